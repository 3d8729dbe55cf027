/** All of them. */
import type { Attack } from './attack.ts';
import { doors } from './doors.ts';
import { sockets } from './sockets.ts';

export const attacks: readonly Attack[] = [...doors, ...sockets];
export type { Attack, Outcome, Target } from './attack.ts';
