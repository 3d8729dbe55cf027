/** What one day had cost by a moment, from the rows of money themselves: sums are of now. Reads only. */
import type { Database } from 'better-sqlite3';
import type { UnpricedCalls } from '../../inspector/protocol.ts';
import { firstSince } from './first-since.ts';
import { preparedFor } from './prepared.ts';

/** `at`: the moment. `from`: when its day began. Times in ms since the epoch. */
export type DayThen = { at: number; day: string; from: number };
/** What was of one kind then, in micro-dollars, by parts of the day. `stageId`: 0 for what no attempt spent. */
export type SpentThen = { job: string; stageId: number; kind: 'reserve' | 'actual' | 'lost'; slot: number; microUsd: number };
type CallsThen = UnpricedCalls & { stageId: number };

/** The latest rows of the day that are added up; of so many the attempt is looked up: it may still have run. */
const MOST_ROWS = 10_000;
const LOOKED_UP = 2_000;
/** Rows of one flush, and of calls that ended late, may stand in another order. */
const DISORDER = 500;

type Asked = { from: number; at: number; day: string; first: number; end: number; slotMs: number; most: number };

const DAY = 'id >= @first AND id < @end AND at <= @at AND day = @day ORDER BY id DESC LIMIT @most';
const SLOT = 'CAST((at - @from) / @slotMs AS INTEGER) AS slot';

const statements = preparedFor((db) => ({
  lastCost: db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM cost').pluck(),
  costAt: db.prepare<[number], number>('SELECT at FROM cost WHERE id >= ? ORDER BY id LIMIT 1').pluck(),
  spent: db.prepare<[Asked], SpentThen & { n: number }>(
    `SELECT job, stage_id AS stageId, kind, ${SLOT}, sum(micro_usd) AS microUsd, count(*) AS n FROM (SELECT job, stage_id, kind, at, micro_usd FROM cost WHERE ${DAY}) GROUP BY job, stageId, kind, slot`,
  ),
  // An attempt that ended later, or was taken back later, had only reserved by then.
  underWay: db.prepare<[Asked], SpentThen>(
    `SELECT job, stage_id AS stageId, kind, ${SLOT}, micro_usd AS microUsd FROM (SELECT * FROM cost WHERE ${DAY}) paid
      WHERE kind <> 'reserve' AND lease IS NOT NULL AND coalesce(
        (SELECT coalesce(finished_at, taken_back_at) FROM attempt WHERE attempt.item_id = paid.item_id AND attempt.stage_id = paid.stage_id AND attempt.lease = paid.lease),
        (SELECT finished_at FROM task WHERE task.item_id = paid.item_id AND task.stage_id = paid.stage_id AND task.lease = paid.lease)) > @at`,
  ),
  lastCall: db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM llm_call').pluck(),
  callAt: db.prepare<[number], number>('SELECT at FROM llm_call WHERE id >= ? ORDER BY id LIMIT 1').pluck(),
  unpriced: db.prepare<[Omit<Asked, 'day' | 'slotMs'>], CallsThen>(
    `SELECT job, stage_id AS stageId, alias, model, count(*) AS calls, ifnull(sum(tokens_in), 0) AS tokensIn, ifnull(sum(tokens_out), 0) AS tokensOut, max(at) AS lastAt
       FROM (SELECT * FROM llm_call WHERE id >= @first AND id < @end AND at BETWEEN @from AND @at ORDER BY id DESC LIMIT @most) WHERE micro_usd IS NULL AND kept = 0 GROUP BY job, stage_id, alias, model`,
  ),
}));

/** `isPart`: only its latest rows were added up. */
export function spentThen(db: Database, { at, day, from }: DayThen, slotMs: number): { rows: SpentThen[]; isPart: boolean } {
  const { lastCost, costAt, spent, underWay } = statements(db);
  const asked: Asked = { at, day, from, slotMs, most: MOST_ROWS, ...idsOf({ last: lastCost.get()!, at: (id) => costAt.get(id) }, from, at) };
  const sums = spent.all(asked);
  const held = underWay.all({ ...asked, most: LOOKED_UP });
  const back = held.flatMap((row): SpentThen[] => [{ ...row, microUsd: -row.microUsd }, { ...row, kind: 'reserve' }]);
  return { rows: [...sums, ...back], isPart: sums.reduce((all, { n }) => all + n, 0) === MOST_ROWS };
}

/** Calls of the day by then whose price nobody knows. */
export function unpricedThen(db: Database, { at, from }: DayThen): CallsThen[] {
  const { lastCall, callAt, unpriced } = statements(db);
  return unpriced.all({ at, from, most: MOST_ROWS, ...idsOf({ last: lastCall.get()!, at: (id) => callAt.get(id) }, from, at) });
}

function idsOf(rows: { last: number; at(id: number): number | undefined }, from: number, at: number): { first: number; end: number } {
  return { first: firstSince(rows, from), end: firstSince(rows, at + 1, 0) + DISORDER };
}
