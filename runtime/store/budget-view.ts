/** How today's money goes: what is left under each limit, when it was spent, and until when it lasts. Reads only. */
import type { Database } from 'better-sqlite3';
import type { BudgetLine, BudgetView, JobView, UnpricedCalls } from '../../inspector/protocol.ts';
import { firstSince } from './first-since.ts';
import { daysIn } from './money/days.ts';
import { DOCTOR } from './money/limits.ts';
import { preparedFor } from './prepared.ts';

export const SLOT_MS = 900_000;
/** What was spent in so many slots, the present one included, says how it goes on. */
const RECENT_SLOTS = 4;
/** Beyond them the curve begins later: adding up more would stop the runner. */
const MOST_ROWS = 10_000;
export const MOST_UNPRICED = 20;

export type Sum = { job: string; settled: number; lost: number; reserved: number; unpriced: number };
export type Spent = { job: string; slot: number; microUsd: number };
type Today = { now: number; from: number; until: number };

const statements = preparedFor((db) => ({
  budget: db.prepare<[], Limits>('SELECT tz, daily_cost_limit AS dailyCostLimit, doctor_cost_limit AS doctorCostLimit FROM budget'),
  sums: db.prepare<[string], Sum>('SELECT job, sum(settled) AS settled, sum(lost) AS lost, sum(reserved) AS reserved, sum(unpriced) AS unpriced FROM cost_day WHERE day = ? GROUP BY job'),
  lastCost: db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM cost').pluck(),
  costAt: db.prepare<[number], number>('SELECT at FROM cost WHERE id >= ? ORDER BY id LIMIT 1').pluck(),
  spent: db.prepare<[{ from: number; slotMs: number; first: number; day: string }], Spent>(
    `SELECT job, CAST((at - @from) / @slotMs AS INTEGER) AS slot, sum(micro_usd) AS microUsd FROM cost WHERE id >= @first AND day = @day AND kind <> 'reserve' GROUP BY job, slot ORDER BY slot`,
  ),
  lastCall: db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM llm_call').pluck(),
  callAt: db.prepare<[number], number>('SELECT at FROM llm_call WHERE id >= ? ORDER BY id LIMIT 1').pluck(),
  unpriced: db.prepare<[number, number, number], UnpricedCalls>(
    `SELECT job, alias, model, count(*) AS calls, ifnull(sum(tokens_in), 0) AS tokensIn, ifnull(sum(tokens_out), 0) AS tokensOut, max(at) AS lastAt
       FROM llm_call WHERE id >= ? AND at >= ? AND micro_usd IS NULL AND kept = 0 GROUP BY job, alias, model ORDER BY lastAt DESC LIMIT ?`,
  ),
}));

/** `jobs`: as they stand, archived ones left out. `now` in ms since the epoch. */
export function readBudget(db: Database, now: number, jobs: readonly JobView[]): BudgetView {
  const limits = readLimits(db);
  const today = dayOf(limits.tz, now);
  const sums = statements(db).sums.all(today.day);
  return budgetOf({ limits, today, jobs, sums, spent: spentBySlot(db, today), unpriced: sums.some(({ unpriced }) => unpriced > 0) ? unpricedSince(db, today.from) : [] });
}

/** In US dollars, and the zone whose days count. */
export type Limits = { tz: string; dailyCostLimit: number | null; doctorCostLimit: number | null };
export const readLimits = (db: Database): Limits => statements(db).budget.get()!;

export type Day = Today & { day: string };
export function dayOf(tz: string, now: number): Day {
  const calendar = daysIn(tz);
  return { now, day: calendar.of(now), from: calendar.startOf(now), until: calendar.endOf(now) };
}

/** Of one day, whenever that was: `sums` by job, and what was spent in which slot of `SLOT_MS`. */
export type Books = { limits: Limits; today: Day; jobs: readonly Pick<JobView, 'id' | 'dailyCostLimit' | 'softLimit' | 'holds'>[]; sums: readonly Sum[]; spent: readonly Spent[]; unpriced: UnpricedCalls[] };

export function budgetOf({ limits: { tz, dailyCostLimit, doctorCostLimit }, today, jobs, sums: all, spent: slots, unpriced }: Books): BudgetView {
  const sums = new Map(all.map((sum) => [sum.job, sum]));
  const spent = Map.groupBy(slots, ({ job }) => job);
  const total = all.reduce((one, sum) => ({ settled: one.settled + sum.settled, lost: one.lost + sum.lost, reserved: one.reserved + sum.reserved, unpriced: one.unpriced + sum.unpriced }), NOTHING);
  const line = (of: Pick<BudgetLine, 'who' | 'kind' | 'limit' | 'isSoft' | 'held'>, sum = NOTHING, slots: readonly Spent[] = []) => lineOf(of, sum, slots, today);
  const lines = jobs.filter(({ id, dailyCostLimit: limit }) => limit !== null || sums.has(id)).map((job) => line({ who: job.id, kind: 'job', limit: job.dailyCostLimit, isSoft: job.softLimit, ...heldBy(job) }, sums.get(job.id), spent.get(job.id)));
  if (doctorCostLimit !== null || sums.has(DOCTOR)) lines.push(line({ who: 'the doctor', kind: 'doctor', limit: doctorCostLimit, isSoft: false }, sums.get(DOCTOR), spent.get(DOCTOR)));
  return {
    ...today, tz, unpriced,
    lines: [line({ who: null, kind: 'all', limit: dailyCostLimit, isSoft: jobs.some(({ softLimit }) => softLimit) }, total, slots), ...lines.toSorted((a, b) => shareOf(b) - shareOf(a) || b.spent - a.spent)],
  };
}

const NOTHING: Omit<Sum, 'job'> = { settled: 0, lost: 0, reserved: 0, unpriced: 0 };

/** Of the limit, what is gone. */
const shareOf = ({ limit, left }: BudgetLine): number => (limit === null || left === null ? -1 : limit === 0 ? 1 : 1 - left / limit);

function heldBy({ holds }: Pick<JobView, 'holds'>): Pick<BudgetLine, 'held'> {
  const hold = holds.find(({ cause }) => cause === 'budget');
  return hold ? { held: { reason: hold.reason, ...(hold.until !== undefined && { until: hold.until }) } } : {};
}

function spentBySlot(db: Database, { day, from }: { day: string; from: number }): Spent[] {
  const { lastCost, costAt, spent } = statements(db);
  const last = lastCost.get()!;
  const first = Math.max(firstSince({ last, at: (id) => costAt.get(id) }, from), last - MOST_ROWS);
  return spent.all({ from, slotMs: SLOT_MS, first, day });
}

function unpricedSince(db: Database, from: number): UnpricedCalls[] {
  const { lastCall, callAt, unpriced } = statements(db);
  const last = lastCall.get()!;
  const first = Math.max(firstSince({ last, at: (id) => callAt.get(id) }, from), last - MOST_ROWS);
  return unpriced.all(first, from, MOST_UNPRICED);
}

function lineOf(of: Pick<BudgetLine, 'who' | 'kind' | 'limit' | 'isSoft' | 'held'>, sum: Omit<Sum, 'job'>, slots: readonly Spent[], today: Today): BudgetLine {
  const gone = sum.settled + sum.lost;
  const left = of.limit === null ? null : Math.max(0, of.limit - (gone + sum.reserved) / 1e6);
  const perHour = recentPerHour(slots, today);
  const lasts = left === null ? Infinity : left === 0 ? 0 : perHour === 0 ? Infinity : (left / perHour) * 3_600_000;
  const exhaustedAt = today.now + lasts < today.until ? Math.round(today.now + lasts) : null;
  return { ...of, spent: gone / 1e6, lost: sum.lost / 1e6, reserved: sum.reserved / 1e6, unpriced: sum.unpriced, left, curve: curveOf(slots, gone, today), perHour, exhaustedAt };
}

/** The ends of slots in which something was spent; the last point is of now, and has all of it. */
function curveOf(slots: readonly Spent[], gone: number, { now, from }: Today): BudgetLine['curve'] {
  const bySlot = [...Map.groupBy(slots, ({ slot }) => slot)].map(([slot, those]): [number, number] => [slot, those.reduce((sum, { microUsd }) => sum + microUsd, 0)]).toSorted(([a], [b]) => a - b);
  let sum = Math.max(0, gone - bySlot.reduce((all, [, microUsd]) => all + microUsd, 0));
  const curve: BudgetLine['curve'] = [[from, 0]];
  for (const [slot, microUsd] of bySlot) {
    curve.push([Math.max(from, from + slot * SLOT_MS), sum / 1e6]);
    sum += microUsd;
    curve.push([Math.min(now, from + (slot + 1) * SLOT_MS), sum / 1e6]);
  }
  return [...curve, [now, gone / 1e6]];
}

function recentPerHour(slots: readonly Spent[], { now, from }: Today): number {
  const first = Math.max(0, Math.floor((now - from) / SLOT_MS) - RECENT_SLOTS + 1);
  const sum = slots.filter(({ slot }) => slot >= first).reduce((all, { microUsd }) => all + microUsd, 0);
  return (sum / 1e6 / Math.max(SLOT_MS / 3, now - from - first * SLOT_MS)) * 3_600_000;
}
