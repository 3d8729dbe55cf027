/** Numbers that somebody must see, beside the views that show what they are of. */
import type { StatusView } from '../../protocol.ts';
import { needs } from './needs.ts';

/** `what`: in words, for who does not see where it stands. */
export type Problems = { n: number; what: string };

export const thoseInNeed = (status: StatusView): Problems => ({ n: needs(status).length, what: 'need you' });

export const failedTasks = ({ jobs }: StatusView): Problems => ({ n: jobs.flatMap(({ stages }) => stages).reduce((sum, { failed, dead }) => sum + failed + dead, 0), what: 'tasks have failed' });

/** One that tries is on its way. */
export function openBreakers({ jobs }: StatusView): Problems {
  const states = jobs.flatMap(({ breaker: { state, stages } }) => (stages ? Object.values(stages) : [state]));
  return { n: states.filter((state) => state.startsWith('open')).length, what: 'are open' };
}

export const unpricedCalls = ({ jobs }: StatusView): Problems => ({ n: jobs.reduce((sum, { unpricedToday }) => sum + unpricedToday, 0), what: 'calls have no known price' });
