/**
 * Which items match a filter, slice by slice: whoever reads decides how much is looked at in one turn of the loop, and may stop. No index
 * serves every filter, and none may cost the flush anything; so ranges of ids are walked, or the few tasks that an index leads to.
 */
import type { Condition, ItemOrder } from '../../inspector/protocol.ts';
import type { Handle } from './open.ts';
import { TASK_STATES, type TaskState } from './types.ts';
import { COST, matching, statesAsked } from './where.ts';

/** So many tasks are looked at in one step. */
const FEW = 5_000;
const FIRST_WIDTH = 2_000;
/** States that have an index of their own. */
const INDEXED: Partial<Record<TaskState, string>> = { waiting: 'state = 2', running: 'state = 3', rejected: 'state >= 6 AND state = 6', failed: 'state >= 6 AND state = 7', dead: 'state >= 6 AND state = 8' };

/** By what the order goes; the least first, and of equals the newest. Only where ids are in order by themselves nothing has to be sorted. */
const RANKS: Record<ItemOrder, { rank: string; order: string }> = {
  newest: { rank: '0', order: 'item.id DESC' },
  oldest: { rank: '0', order: 'item.id' },
  priority: { rank: 'item.priority', order: 'rank, item.id DESC' },
  cost: { rank: `-${COST}`, order: 'rank, item.id DESC' },
};

export type Found = { ids: number[]; ranks: number[] };
/** What is given back is how many ids the next step looks at. */
export type Search = Generator<Found, void, number | undefined>;

/** `at` in ms since the epoch. Items that come later are not found. Newest and oldest come in their order; the others are ordered within each step only. */
export function* searchItems(db: Handle, where: readonly Condition[], at: number, order: ItemOrder): Search {
  const few = fewTasks(db, where);
  const match = matching(where, at);
  const { rank, order: by } = RANKS[order];
  const select = (from: string) => db.prepare<unknown[], [number, number]>(`SELECT item.id, ${rank} AS rank ${from}${match.sql} ORDER BY ${by}`).raw();
  if (few !== undefined) return void (yield columns(select(`FROM (${few}) few CROSS JOIN item ON item.id = few.item_id WHERE 1`).all(...match.values)));
  const { first, last } = db.prepare<[], { first: number | null; last: number | null }>('SELECT (SELECT min(id) FROM item) AS first, (SELECT max(id) FROM item) AS last').get()!;
  if (first === null || last === null) return;
  const slice = select('FROM item WHERE item.id BETWEEN ? AND ?');
  let width = FIRST_WIDTH;
  for (let done = 0; done <= last - first; ) {
    const end = Math.min(done + width, last - first + 1) - 1;
    const [from, to] = order === 'oldest' ? [first + done, first + end] : [last - end, last - done];
    done = end + 1;
    width = (yield columns(slice.all(from, to, ...match.values))) ?? width;
  }
}

/** Of the tasks that one of the items must have, when an index leads to all of them and they are few. */
function fewTasks(db: Handle, where: readonly Condition[]): string | undefined {
  const states = statesAsked(where);
  if (!states || !states.every((state) => INDEXED[state])) return undefined;
  const numbers = JSON.stringify(states.map((state) => TASK_STATES.indexOf(state)));
  const n = db.prepare<[string], number>('SELECT ifnull(sum(n), 0) FROM task_count WHERE state IN (SELECT value FROM json_each(?))').pluck().get(numbers)!;
  return n > FEW ? undefined : states.map((state) => `SELECT item_id FROM task WHERE ${INDEXED[state]}`).join(' UNION ');
}

const columns = (rows: readonly [number, number][]): Found => ({ ids: rows.map(([id]) => id), ranks: rows.map(([, rank]) => rank) });
