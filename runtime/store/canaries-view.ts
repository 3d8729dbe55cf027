/** Canaries of all jobs, as they were last stored. Reads only. */
import type { CanaryContext } from '../../machines/canary.ts';
import type { JobView } from '../../inspector/protocol.ts';
import { progressOf } from '../explain/canary-progress.ts';
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
    const context = JSON.parse(text) as CanaryContext | null;
    const { job, fingerprint, stage, since, total, tried, tasks } = context ?? ({} as Partial<CanaryContext>);
    // A damaged row: at the next start it begins anew.
    if (value === null || !context || job === undefined || fingerprint === undefined || stage === undefined || since === undefined || total === undefined || tried === undefined || !Array.isArray(tasks)) return [];
    return [{ job, fingerprint, stage, state: stateName(value), since, total, tried, said: progressOf({ value, context }) }];
  });
}
