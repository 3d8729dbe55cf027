/** Items as they were at a time: a page of them, or all there is to know of one. Reads only. */
import type { AttemptView, ItemRow, ItemThenView, ShownTask } from '../../inspector/protocol.ts';
import { historiesOf, type StagesThen } from './histories.ts';
import { readItem, why } from './items-view.ts';
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';
import { tasksAt, type TaskThen } from './task-then.ts';

/** `at`: ms since the epoch. */
export type Moment = { at: number; stages: StagesThen };

type Row = { id: number; job: string; key: string; title: string | null; priority: number; createdAt: number; microUsd: number };

const statements = preparedFor((db) => ({
  rows: db.prepare<[number, string], Row>(
    `SELECT item.id, job, item.key, title, priority, created_at AS createdAt, (SELECT ifnull(sum(micro_usd), 0) FROM cost WHERE cost.item_id = item.id AND kind <> 'reserve' AND at <= ?) AS microUsd
       FROM json_each(?) ids CROSS JOIN item ON item.id = ids.value`,
  ),
  paid: db.prepare<[number, number], { stage: string; microUsd: number }>(
    "SELECT stage.name AS stage, sum(micro_usd) AS microUsd FROM cost JOIN stage ON stage.id = cost.stage_id WHERE cost.item_id = ? AND kind <> 'reserve' AND at <= ? GROUP BY stage.id",
  ),
  order: db.prepare<[string], { stage: string }>('SELECT name AS stage FROM stage WHERE job = ? ORDER BY active DESC, position'),
  revision: db.prepare<[number], string | null>('SELECT revision FROM item WHERE id = ?').pluck(),
  lastBy: db.prepare<[number], { id: number; createdAt: number }>('SELECT id, created_at AS createdAt FROM item WHERE id <= ? ORDER BY id DESC LIMIT 1'),
  bounds: db.prepare<[], { first: number | null; last: number | null }>('SELECT (SELECT min(id) FROM item) AS first, (SELECT max(id) FROM item) AS last'),
}));

/** Ids of the first item, and of the last one that had been found by then; undefined when there was none. They are found in the order of their ids; clocks that were set back aside. */
export function foundBy(db: Handle, at: number): { first: number; last: number } | undefined {
  const { bounds, lastBy } = statements(db);
  const { first, last } = bounds.get()!;
  if (first === null || last === null) return undefined;
  let [low, high] = [first - 1, last];
  while (low < high) {
    const row = lastBy.get(Math.ceil((low + high) / 2));
    if (row && row.createdAt > at) high = row.id - 1;
    else low = Math.max(row?.id ?? low, Math.ceil((low + high) / 2));
  }
  return low < first ? undefined : { first, last: low };
}

/** These items, in this order; null for one that is there no more. */
export function readRowsThen(db: Handle, ids: readonly number[], { at, stages }: Moment): (ItemRow | null)[] {
  const rows = new Map(statements(db).rows.all(at, JSON.stringify(ids)).map((row) => [row.id, row]));
  const histories = historiesOf(db, ids, stages);
  return ids.map((id) => {
    const row = rows.get(id);
    if (!row) return null;
    const { microUsd, ...item } = row;
    return { ...item, stages: Object.fromEntries(tasksAt(histories.get(id)!, at).map((task) => [task.stage, shown(task)])), ...(microUsd > 0 && { costUsd: microUsd / 1e6 }) };
  });
}

function shown({ state, attempts, startedAt, doubt, last }: TaskThen): ShownTask {
  const said = state === 'done' || state === 'running' ? undefined : (last?.error ?? last?.reason ?? undefined);
  return { state, attempts, ...(startedAt !== undefined && { startedAt }), ...(doubt !== undefined && { doubt }), ...(said !== undefined && why(said)) };
}

/** Undefined when there is no item with this id, or when it had not been found yet. */
export function readItemThen(db: Handle, id: number, { at, stages }: Moment): ItemThenView | undefined {
  const item = readItem(db, id);
  if (!item || item.createdAt > at) return undefined;
  const { order, paid, revision } = statements(db);
  const costs = new Map(paid.all(id, at).map(({ stage, microUsd }) => [stage, microUsd / 1e6]));
  const tasks = tasksAt(historiesOf(db, [id], stages).get(id)!, at);
  const inOrder = order.all(item.job).flatMap(({ stage }) => tasks.find((task) => task.stage === stage) ?? []);
  const runs = (startedAt: number, stage: string) => tasks.some((task) => task.stage === stage && task.startedAt === startedAt);
  const attempts = item.attempts.filter(({ stage, startedAt, finishedAt }) => startedAt <= at && (finishedAt ?? startedAt) <= at && !runs(startedAt, stage));
  const calls = item.calls?.filter((call) => call.at <= at) ?? [];
  const { calls: _, ...rest } = item;
  return {
    ...rest,
    stages: Object.fromEntries(inOrder.map((task) => [task.stage, { ...shown(task), ...(costs.get(task.stage) && { costUsd: costs.get(task.stage)! }), ...inForce(task, attempts) }])),
    attempts,
    ...(calls.length > 0 && { calls }),
    notes: typeof revision.get(id) === 'string' ? ['what was found is as its newest revision has it: earlier ones are not kept'] : [],
  };
}

/** An output counts until a newer one takes its place, or its task is skipped or rejected. */
function inForce({ stage, state }: TaskThen, attempts: readonly AttemptView[]): Pick<ShownTask, 'outputSeq'> {
  const outputSeq = attempts.findLast((attempt) => attempt.stage === stage && attempt.outputSeq !== undefined)?.outputSeq;
  return outputSeq === undefined || state === 'skipped' || state === 'rejected' ? {} : { outputSeq };
}
