/** A budget without a limit: everything is granted, and nobody keeps count. */
import type { Budget, Reservation } from '../actors/ports.ts';

const granted: Reservation = { settle() {}, release() {} };

export const unlimitedBudget: Budget = { reserve: () => Promise.resolve(granted), watch: () => () => {} };
