/** Jobs as their lifecycle says: whether they take work, and what holds them. */
import type { JobSpec } from '../../machines/spec.ts';
import { HOLD_CAUSES, type Hold, type HoldCause } from '../../machines/lifecycle.ts';
import type { Handle } from './open.ts';
import type { JobProjection } from './types.ts';

export type JobRow = JobProjection & { spec: JobSpec; archived: boolean };

type Row = { id: string; spec: string; claiming: number; draining: number; archived: number };
type HoldRow = { job: string; cause: HoldCause; reason: string; since: number; until: number | null };

export function jobsIn(db: Handle) {
  const prepared = {
    project: db.prepare<[number, number, string]>('UPDATE job SET claiming = ?, draining = ? WHERE id = ?'),
    lift: db.prepare<[string]>('DELETE FROM hold WHERE job = ?'),
    hold: db.prepare<unknown[]>('INSERT INTO hold (job, cause, reason, since, until) VALUES (?, ?, ?, ?, ?)'),
    all: db.prepare<[], Row>('SELECT id, spec, claiming, draining, archived FROM job ORDER BY id'),
    holds: db.prepare<[], HoldRow>('SELECT job, cause, reason, since, until FROM hold'),
  };

  return {
    /** Replaces what the rows say of a job's lifecycle. */
    project({ job, claiming, draining, holds }: JobProjection): void {
      prepared.project.run(Number(claiming), Number(draining), job);
      prepared.lift.run(job);
      for (const cause of HOLD_CAUSES) {
        const hold = holds[cause];
        if (hold) prepared.hold.run(job, cause, hold.reason, hold.since, hold.until);
      }
    },
    all(): JobRow[] {
      const holds = Map.groupBy(prepared.holds.all(), (hold) => hold.job);
      return prepared.all.all().map(({ id, spec, claiming, draining, archived }) => ({
        job: id, spec: JSON.parse(spec) as JobSpec, claiming: claiming === 1, draining: draining === 1, archived: archived === 1, holds: holdsOf(holds.get(id) ?? []),
      }));
    },
  };
}

function holdsOf(rows: readonly HoldRow[]): Partial<Record<HoldCause, Hold>> {
  return Object.fromEntries(rows.map(({ cause, reason, since, until }) => [cause, { reason, since, ...(until !== null && { until }) }]));
}
