/** The tasks of one item, with all that their rows say. */
import type { Handle } from './open.ts';
import { TASK_STATES, type TaskState } from './types.ts';

export type TaskRow = {
  stage: string;
  state: TaskState;
  lane: number;
  priority: number;
  dueAt: number | null;
  attempt: number;
  tries: number;
  lease: number;
  crash: number;
  soloCrash: number;
  outputSeq: number | null;
  reason: string | null;
};

/** An attempt of a task, whatever its end. `error` is JSON text of an `EncodedError`. */
export type AttemptRow = {
  stage: string;
  lease: number;
  attempt: number;
  outcome: string;
  charged: number;
  startedAt: number;
  finishedAt: number | null;
  versionId: number | null;
  class: string | null;
  error: string | null;
  reason: string | null;
  outputSeq: number | null;
};

export function tasksIn(db: Handle) {
  const prepared = {
    ofItem: db.prepare<[number], Omit<TaskRow, 'state'> & { state: number }>(
      `SELECT stage.name AS stage, state, lane, priority, due_at AS dueAt, attempt, tries, lease, crash, solo_crash AS soloCrash, output_seq AS outputSeq, reason
         FROM task JOIN stage ON stage.id = stage_id WHERE item_id = ? ORDER BY position, stage.id`,
    ),
    unsuccessful: db.prepare<[number], AttemptRow>(
      `SELECT stage.name AS stage, lease, attempt, outcome, charged, started_at AS startedAt, finished_at AS finishedAt, version_id AS versionId, class, error, reason, NULL AS outputSeq
         FROM attempt JOIN stage ON stage.id = stage_id WHERE item_id = ? ORDER BY started_at, lease`,
    ),
  };

  return {
    /** In the order of the pipeline, those of parked stages too. */
    ofItem: (itemId: number): TaskRow[] => prepared.ofItem.all(itemId).map((row) => ({ ...row, state: TASK_STATES[row.state]! })),
    /** Attempts that ended without an output, the oldest first. */
    attemptsWithoutOutput: (itemId: number): AttemptRow[] => prepared.unsuccessful.all(itemId),
  };
}
