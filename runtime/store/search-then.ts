/** Which items matched a filter at a time, slice by slice, as `search.ts` does for now; and how what matched was spread. */
import type { Condition, ItemOrder } from '../../inspector/protocol.ts';
import { historiesOf } from './histories.ts';
import { foundBy, type Moment } from './items-then-view.ts';
import type { Handle } from './open.ts';
import type { Search } from './search.ts';
import { tasksAt, type TaskThen } from './task-then.ts';
import { costBy, isOfItem, matching } from './where.ts';

const FIRST_WIDTH = 2_000;

/** What the order goes by; priorities of that time are not kept. */
const ranked = (order: ItemOrder, at: number): { rank: string; order: string } =>
  order === 'cost' ? { rank: `-${costBy(at)}`, order: 'rank, item.id DESC' } : { rank: '0', order: order === 'oldest' ? 'item.id' : 'item.id DESC' };

/** Items that had not been found by then are not looked at. */
export function* searchItemsThen(db: Handle, where: readonly Condition[], moment: Moment, order: ItemOrder): Search {
  const bounds = foundBy(db, moment.at);
  if (!bounds) return;
  const { first, last } = bounds;
  const ofTasks = where.filter((condition) => !isOfItem(condition));
  const match = matching(where.filter(isOfItem), moment.at, costBy(moment.at));
  const { rank, order: by } = ranked(order, moment.at);
  const slice = db.prepare<unknown[], [number, number]>(`SELECT item.id, ${rank} AS rank FROM item WHERE item.id BETWEEN ? AND ?${match.sql} ORDER BY ${by}`).raw();
  let width = FIRST_WIDTH;
  for (let done = 0; done <= last - first; ) {
    const end = Math.min(done + width, last - first + 1) - 1;
    const [from, to] = order === 'oldest' ? [first + done, first + end] : [last - end, last - done];
    done = end + 1;
    const rows = slice.all(from, to, ...match.values);
    const fits = ofTasks.length === 0 ? undefined : fitting(db, rows.map(([id]) => id), ofTasks, moment);
    const kept = fits ? rows.filter(([id]) => fits.has(id)) : rows;
    width = (yield { ids: kept.map(([id]) => id), ranks: kept.map(([, rank]) => rank) }) ?? width;
  }
}

function fitting(db: Handle, ids: readonly number[], where: readonly Condition[], { at, stages }: Moment): Set<number> {
  const histories = historiesOf(db, ids, stages);
  return new Set(ids.filter((id) => fits(tasksAt(histories.get(id)!, at), where)));
}

const isTurned = ({ is }: Condition): boolean => is.startsWith('!');

/** One of its tasks fits, and none meets what is asked the other way round; as `where.ts` has it for now. */
export function fits(tasks: readonly TaskThen[], where: readonly Condition[]): boolean {
  const place = where.filter(({ field }) => field === 'stage');
  const rest = where.filter(({ field }) => field !== 'stage');
  const among = tasks.filter((task) => place.every((condition) => meets(task, condition) !== isTurned(condition)));
  const asked = rest.filter((condition) => !isTurned(condition));
  return among.some((task) => asked.every((condition) => meets(task, condition))) && rest.filter(isTurned).every((condition) => !among.some((task) => meets(task, condition)));
}

/** Without its `!`. */
function meets(task: TaskThen, { field, is, value }: Condition): boolean {
  const values: (string | number)[] = [value].flat();
  // Of an attempt that ran nobody knew how it would end.
  const last = task.state === 'running' || task.state === 'done' ? undefined : task.last;
  switch (field) {
    case 'stage':
      return values.includes(task.stage);
    case 'state':
      return values.includes(task.state);
    case 'class':
      return values.includes(last?.class ?? '');
    case 'fingerprint':
      return values.includes(last?.fingerprint ?? '');
    case 'error':
      return values.some((part) => textOf(last).includes(String(part).toLowerCase()));
    case 'attempts':
      return compared(task.attempts, is, Number(value));
    default:
      throw new Error(`${field} is not asked of a task`);
  }
}

function textOf(last: TaskThen['last']): string {
  if (!last?.error) return (last?.reason ?? '').toLowerCase();
  const { name, message } = JSON.parse(last.error) as { name: string; message: string };
  return `${name}: ${message}`.toLowerCase();
}

function compared(one: number, is: string, other: number): boolean {
  switch (is.replace('!=', '=')) {
    case '<':
      return one < other;
    case '<=':
      return one <= other;
    case '>':
      return one > other;
    case '>=':
      return one >= other;
    default:
      return one === other;
  }
}

/** Tasks of one state at one stage. */
export type CellThen = { job: string; stage: string; state: TaskThen['state']; kind: string | null; n: number };

/** Of these items: those of their tasks that fit what is asked of tasks, beside stage and state. */
export function cellsThen(db: Handle, ids: readonly number[], where: readonly Condition[], { at, stages }: Moment): CellThen[] {
  const asked = where.filter((condition) => !isOfItem(condition) && condition.field !== 'stage' && condition.field !== 'state');
  const jobs = new Map(db.prepare<[string], [number, string]>('SELECT item.id, job FROM json_each(?) ids CROSS JOIN item ON item.id = ids.value').raw().all(JSON.stringify(ids)));
  const cells = new Map<string, CellThen>();
  for (const [id, history] of historiesOf(db, ids, stages)) {
    for (const task of tasksAt(history, at)) {
      if (!asked.every((condition) => meets(task, condition) !== isTurned(condition))) continue;
      const { stage, state } = task;
      const [job, kind] = [jobs.get(id)!, state === 'failed' || state === 'dead' ? (task.last?.class ?? null) : null];
      const key = JSON.stringify([job, stage, state, kind]);
      const cell = cells.get(key);
      if (cell) cell.n += 1;
      else cells.set(key, { job, stage, state, kind, n: 1 });
    }
  }
  return [...cells.values()];
}
