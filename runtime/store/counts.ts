/** Tasks by stage and state, maintained with every change: counting a million tasks would block the loop for 0.4 s. */
import type { CountsThen } from './counts-then.ts';
import type { Handle } from './open.ts';
import { DONE, READY, REJECTED, RUNNING, SKIPPED, STATE_COUNT, WAITING } from './states.ts';
import type { Tally } from './tally.ts';
import { TASK_STATES, type TaskState } from './types.ts';

const PENDING = `state IN (${READY}, ${WAITING}, ${RUNNING})`;
/** Somebody or something still has to do with it. */
export const OPEN = `state NOT IN (${DONE}, ${SKIPPED}, ${REJECTED})`;

/** @param changes hears which stages get other counts */
export function countsIn(db: Handle, { changes: note }: Pick<CountsThen, 'changes'> = { changes: () => {} }) {
  const prepared = {
    create: db.prepare<[number, number]>('INSERT INTO task_count (stage_id, state, n) VALUES (?, ?, 0) ON CONFLICT DO NOTHING'),
    change: db.prepare<[number, number, number]>('UPDATE task_count SET n = n + ? WHERE stage_id = ? AND state = ?'),
    pending: db
      .prepare<[string], number>(`SELECT ifnull(sum(n), 0) FROM stage JOIN task_count ON stage_id = stage.id AND ${PENDING} WHERE job = +? AND active = 1`)
      .pluck(),
    pendingByJob: db.prepare<[], { job: string; n: number }>(
      `SELECT job, sum(n) AS n FROM stage JOIN task_count ON stage_id = stage.id AND ${PENDING} WHERE active = 1 GROUP BY job`,
    ),
    items: db.prepare<[string], number>('SELECT ifnull(max(n), 0) FROM (SELECT sum(n) AS n FROM stage JOIN task_count ON stage_id = stage.id WHERE job = ? GROUP BY stage.id)').pluck(),
    open: db.prepare<[string, string], number>(`SELECT ifnull(sum(n), 0) FROM stage JOIN task_count ON stage_id = stage.id AND ${OPEN} WHERE job = ? AND name = ?`).pluck(),
    running: db.prepare<[string, string], number>(`SELECT ifnull(sum(n), 0) FROM stage JOIN task_count ON stage_id = stage.id AND state = ${RUNNING} WHERE job = ? AND name = ?`).pluck(),
    ofJob: db.prepare<[string], { stage: string; state: number; n: number }>(
      'SELECT name AS stage, state, n FROM stage JOIN task_count ON stage_id = stage.id WHERE job = ? AND active = 1 ORDER BY position',
    ),
  };

  return {
    /** A row for each state of a new stage. */
    createFor(stageId: number): void {
      note(stageId);
      for (let state = 0; state < STATE_COUNT; state++) prepared.create.run(stageId, state);
    },
    /** Writes what the tally has counted; part of its transaction. */
    write({ counts }: Tally): void {
      for (const [stage, changes] of counts) {
        note(stage.id);
        for (let state = 0; state < STATE_COUNT; state++) if (changes[state] !== 0) prepared.change.run(changes[state]!, stage.id, state);
      }
    },
    /** Tasks of the job that are ready, waiting or running. */
    pending: (job: string): number => prepared.pending.get(job)!,
    /** Items of the job: each of them has a task at every stage. */
    items: (job: string): number => prepared.items.get(job)!,
    /** Tasks of a stage that have not ended well, whether the configuration still has it or not. */
    open: (job: string, stage: string): number => prepared.open.get(job, stage)!,
    running: (job: string, stage: string): number => prepared.running.get(job, stage)!,
    pendingByJob: (): Map<string, number> => new Map(prepared.pendingByJob.all().map(({ job, n }) => [job, n])),
    /** By stage, in the order of the pipeline. */
    ofJob(job: string): Map<string, Record<TaskState, number>> {
      const counts = new Map<string, Record<TaskState, number>>();
      for (const { stage, state, n } of prepared.ofJob.all(job)) {
        if (!counts.has(stage)) counts.set(stage, Object.fromEntries(TASK_STATES.map((name) => [name, 0])) as Record<TaskState, number>);
        counts.get(stage)![TASK_STATES[state]!] = n;
      }
      return counts;
    },
  };
}
