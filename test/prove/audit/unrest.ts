/** How much of the runner died while it lived. */
import type { Handle } from '../../../runtime/store/open.ts';

export type Unrest = { actorDeaths: number; supervisionHolds: number };

export function unrestIn(db: Handle): Unrest {
  const count = (where: string) => db.prepare<[], number>(`SELECT count(*) FROM journal WHERE ${where}`).pluck().get()!;
  return {
    actorDeaths: count(`type LIKE 'xstate.error.actor.%' OR type = 'stage.broke' AND path NOT LIKE '%/stage/%'`),
    supervisionHolds: count(`path LIKE 'job/%/lifecycle' AND (type = 'hold.placed' AND event ->> '$.cause' = 'supervision' OR type = 'xstate.init' AND event ->> '$.input.holds.supervision' IS NOT NULL)`),
  };
}
