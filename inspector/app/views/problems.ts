/** Numbers that somebody must see, beside the views that show what they are of. */
import type { StatusView } from '../../protocol.ts';
import { needs } from './needs.ts';

/** `what`: in words, for who does not see where it stands. */
export type Problems = { n: number; what: string };

export const thoseInNeed = (status: StatusView): Problems => ({ n: needs(status).length, what: 'need you' });

export const failedTasks = ({ jobs }: StatusView): Problems => ({ n: jobs.flatMap(({ stages }) => stages).reduce((sum, { failed, dead }) => sum + failed + dead, 0), what: 'tasks have failed' });

/** One that tries is on its way. */
export function openBreakers({ jobs, resources = [] }: StatusView): Problems {
  const shared = resources.flatMap(({ breaker }) => breaker?.state ?? []);
  const states = jobs.flatMap(({ breaker: { state, stages } }) => (stages ? Object.values(stages) : [state]));
  return { n: [...states, ...shared].filter((state) => state.startsWith('open')).length, what: 'are open' };
}

export const unpricedCalls = ({ jobs }: StatusView): Problems => ({ n: jobs.reduce((sum, { unpricedToday }) => sum + unpricedToday, 0), what: 'calls have no known price' });

export const refusedFile = ({ config }: StatusView): Problems => ({ n: config?.state === 'refused' ? 1 : 0, what: 'file is not used' });

/** What was given up or put aside, and what keeps the runner from starting anything. */
export const systemTroubles = ({ runner, undelivered = [], aside = [], jobs }: StatusView): Problems => ({
  n: Number(runner.state === 'degraded') + undelivered.filter(({ failed }) => failed > 0).length + aside.length + jobs.flatMap(({ down = [] }) => down).filter(({ until }) => until === null).length, what: 'things went wrong in the runner',
});
