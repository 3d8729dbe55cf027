/** What the rows have kept of the tasks of items: all that is needed to tell what they were at a time. */
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';
import { DONE, RUNNING, type StateNumber } from './states.ts';
import type { RunThen, TaskHistory } from './task-then.ts';

/** Which stages of a job there were; undefined: nothing is known of it, so all that it has had. */
export type StagesThen = (job: string) => ReadonlySet<string> | undefined;

type TaskRow = [item: number, job: string, stage: string, stageId: number, state: StateNumber, lease: number, attempt: number, startedAt: number | null, finishedAt: number | null, output: number | null];
type RunRow = RunThen & { itemId: number; stageId: number };
type EditRow = { itemId: number; stageId: number; at: number; state: StateNumber };

const statements = preparedFor((db) => ({
  tasks: db.prepare<[string], TaskRow>(
    `SELECT task.item_id, stage.job, stage.name, stage.id, task.state, task.lease, task.attempt, task.started_at, task.finished_at, task.output_seq
       FROM json_each(?) ids CROSS JOIN task ON task.item_id = ids.value CROSS JOIN stage ON stage.id = task.stage_id`,
  ).raw(),
  attempts: db.prepare<[string], RunRow>(
    `SELECT item_id AS itemId, stage_id AS stageId, lease, attempt, outcome, started_at AS startedAt, finished_at AS finishedAt, led_to AS ledTo, taken_back_at AS takenBackAt, class, fingerprint, error, reason, NULL AS seq
       FROM json_each(?) ids CROSS JOIN attempt ON attempt.item_id = ids.value`,
  ),
  // The outputs of a task hang together by `previous`; no index leads from an item to them.
  outputs: db.prepare<[string], RunRow>(
    `WITH RECURSIVE chain (seq) AS (
       SELECT value FROM json_each(?)
       UNION ALL SELECT output.previous FROM chain JOIN output ON output.seq = chain.seq WHERE output.previous IS NOT NULL)
     SELECT item_id AS itemId, stage_id AS stageId, lease, attempt, 'done' AS outcome, started_at AS startedAt, finished_at AS finishedAt, ${DONE} AS ledTo, NULL AS takenBackAt,
            NULL AS class, NULL AS fingerprint, NULL AS error, NULL AS reason, output.seq
       FROM chain JOIN output ON output.seq = chain.seq`,
  ),
  edits: db.prepare<[string], EditRow>('SELECT item_id AS itemId, stage_id AS stageId, at, state FROM json_each(?) ids CROSS JOIN task_edit ON task_edit.item_id = ids.value'),
}));

/** By item; the stages in no order. */
export function historiesOf(db: Handle, ids: readonly number[], stagesThen: StagesThen): Map<number, TaskHistory[]> {
  const rows = statements(db).tasks.all(JSON.stringify(ids)).filter(([, job, stage]) => stagesThen(job)?.has(stage) ?? true);
  const more = moreOf(db, rows.filter((row) => !tellsAll(row)));
  const histories = new Map<number, TaskHistory[]>(ids.map((id) => [id, []]));
  for (const row of rows) {
    const [itemId, , stage, stageId, state, lease, attempt, startedAt, finishedAt] = row;
    const { runs, edits } = more(itemId, stageId);
    histories.get(itemId)!.push({ stage, state, lease, attempt, startedAt, finishedAt, runs: tellsAll(row) ? ownRun(row) : runs, edits });
  }
  return histories;
}

/** The usual case: it has not begun, is at its first attempt, or was done by it. */
const tellsAll = ([, , , , state, lease, , startedAt]: TaskRow): boolean => lease === 0 || (lease === 1 && startedAt !== null && (state === RUNNING || state === DONE));

function ownRun([, , , , state, lease, attempt, startedAt, finishedAt, seq]: TaskRow): RunThen[] {
  if (lease === 0 || state !== DONE) return [];
  return [{ lease, attempt, outcome: 'done', startedAt: startedAt!, finishedAt, ledTo: DONE, takenBackAt: null, class: null, fingerprint: null, error: null, reason: null, seq }];
}

function moreOf(db: Handle, rows: readonly TaskRow[]): (itemId: number, stageId: number) => Pick<TaskHistory, 'runs' | 'edits'> {
  const { attempts, outputs, edits } = statements(db);
  const ids = JSON.stringify([...new Set(rows.map(([item]) => item))]);
  const keyOf = ({ itemId, stageId }: { itemId: number; stageId: number }) => `${itemId} ${stageId}`;
  const seqs = rows.flatMap(([, , , , , , , , , seq]) => (seq === null ? [] : [seq]));
  const runs = Map.groupBy(rows.length === 0 ? [] : [...attempts.all(ids), ...outputs.all(JSON.stringify(seqs))], keyOf);
  const changes = Map.groupBy(rows.length === 0 ? [] : edits.all(ids), keyOf);
  return (itemId, stageId) => ({
    runs: (runs.get(keyOf({ itemId, stageId })) ?? []).sort((a, b) => a.lease - b.lease),
    edits: (changes.get(keyOf({ itemId, stageId })) ?? []).sort((a, b) => a.at - b.at),
  });
}
