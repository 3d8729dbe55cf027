/** What the rows have kept of the tasks of items: all that is needed to tell what they were at a time. */
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';
import { DONE, RUNNING, type StateNumber } from './states.ts';
import type { RunThen, TaskHistory } from './task-then.ts';

/** Which stages of a job there were; undefined: nothing is known of it, so all that it has had. */
export type StagesThen = (job: string) => ReadonlySet<string> | undefined;

/** As these jobs have them. */
export function stagesOf(jobs: readonly { id: string; stages: readonly { name: string }[] }[]): StagesThen {
  const known = new Map(jobs.map(({ id, stages }) => [id, new Set(stages.map(({ name }) => name))]));
  return (job) => known.get(job);
}

type TaskRow = [item: number, stage: number, state: StateNumber, lease: number, attempt: number, startedAt: number | null, finishedAt: number | null, output: number | null];
type RunRow = RunThen & { itemId: number; stageId: number };
type EditRow = { itemId: number; stageId: number; at: number; state: StateNumber };

const statements = preparedFor((db) => ({
  tasks: db.prepare<[string], TaskRow>(
    'SELECT item_id, stage_id, state, lease, attempt, started_at, finished_at, output_seq FROM json_each(?) ids CROSS JOIN task ON task.item_id = ids.value',
  ).raw(),
  stages: db.prepare<[], { id: number; job: string; name: string }>('SELECT id, job, name FROM stage'),
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

/** By item; the stages in no order. Of 100,000 items it is asked for: the usual case makes nothing but its row. */
export function historiesOf(db: Handle, ids: readonly number[], stagesThen: StagesThen): Map<number, TaskHistory[]> {
  const { tasks, stages } = statements(db);
  const names = new Map(stages.all().flatMap(({ id, job, name }) => (stagesThen(job)?.has(name) ?? true ? [[id, name] as const] : [])));
  const rows = tasks.all(JSON.stringify(ids)).filter(([, stage]) => names.has(stage));
  const more = moreOf(db, rows.filter((row) => !tellsAll(row)));
  const histories = new Map<number, TaskHistory[]>(ids.map((id) => [id, []]));
  for (const row of rows) {
    const [itemId, stageId, state, lease, attempt, startedAt, finishedAt] = row;
    const { runs, edits } = more(itemId, stageId);
    histories.get(itemId)!.push({ stage: names.get(stageId)!, state, lease, attempt, startedAt, finishedAt, runs: tellsAll(row) ? ownRun(row) : runs, edits });
  }
  return histories;
}

/** The usual case: it has not begun, is at its first attempt, or was done by it. */
const tellsAll = ([, , state, lease, , startedAt]: TaskRow): boolean => lease === 0 || (lease === 1 && startedAt !== null && (state === RUNNING || state === DONE));

function ownRun([, , state, lease, attempt, startedAt, finishedAt, seq]: TaskRow): readonly RunThen[] {
  if (lease === 0 || state !== DONE) return NONE;
  return [{ lease, attempt, outcome: 'done', startedAt: startedAt!, finishedAt, ledTo: DONE, takenBackAt: null, class: null, fingerprint: null, error: null, reason: null, seq }];
}

type More = Pick<TaskHistory, 'runs' | 'edits'>;
const NONE: readonly never[] = [];
const NOTHING_MORE: More = { runs: NONE, edits: NONE };

/** Of the other stages of their items too: these may have ended with them. */
function moreOf(db: Handle, rows: readonly TaskRow[]): (itemId: number, stageId: number) => More {
  if (rows.length === 0) return () => NOTHING_MORE;
  const { attempts, outputs, edits } = statements(db);
  const items = new Set(rows.map(([item]) => item));
  const ids = JSON.stringify([...items]);
  const keyOf = ({ itemId, stageId }: { itemId: number; stageId: number }) => `${itemId} ${stageId}`;
  const seqs = rows.flatMap(([, , , , , , , seq]) => (seq === null ? [] : [seq]));
  const runs = Map.groupBy([...attempts.all(ids), ...outputs.all(JSON.stringify(seqs))], keyOf);
  const changes = Map.groupBy(edits.all(ids), keyOf);
  return (itemId, stageId) => {
    if (!items.has(itemId)) return NOTHING_MORE;
    const key = keyOf({ itemId, stageId });
    return { runs: (runs.get(key) ?? []).sort((a, b) => a.lease - b.lease), edits: (changes.get(key) ?? []).sort((a, b) => a.at - b.at) };
  };
}
