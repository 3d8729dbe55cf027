/** Canaries of all jobs, as they were last stored. Reads only. */
import { canaryContext, progressOf } from '../../machines/canary.ts';
import type { JobView } from '../../inspector/protocol.ts';
import { READABLE } from './actors.ts';
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';
import { stateName } from './state-name.ts';

export type CanaryView = { job: string } & NonNullable<JobView['canaries']>[number];

const statements = preparedFor((db) => ({
  all: db.prepare<[], { value: string | null; context: string }>(
    `SELECT snapshot ->> '$.value' AS value, snapshot -> '$.context' AS context FROM actor WHERE path > 'job/' AND path < 'job0' AND src = 'canary' AND ${READABLE} ORDER BY path`,
  ),
}));

export function readCanaries(db: Handle): CanaryView[] {
  return statements(db).all.all().flatMap(({ value, context: text }) => {
    const { success, data: context } = canaryContext.safeParse(JSON.parse(text));
    // A damaged row: at the next start it begins anew.
    if (!success || value === null) return [];
    const { job, fingerprint, stage, since, total, tried } = context;
    return [{ job, fingerprint, stage, state: stateName(value), since, total, tried, said: progressOf({ value, context }) }];
  });
}
