/** What was spent, added up as somebody wants to see it: from the sums of days alone. Reads only. */
import type { Database } from 'better-sqlite3';
import type { CostsBy, CostsView, CostView } from '../../inspector/protocol.ts';
import type { BudgetSpec, JobSpec } from '../../machines/spec.ts';
import type { Limits } from './budget-view.ts';
import { firstSince } from './first-since.ts';
import { daysIn } from './money/days.ts';
import { DOCTOR } from './money/limits.ts';
import { preparedFor } from './prepared.ts';

export type DayRow = { day: string; job: string; stage: string | null; settled: number; lost: number; reserved: number; unpriced: number };
export type ModelRow = { model: string; calls: number; tokensIn: number; tokensOut: number; microUsd: number; unpriced: number };
export type CostsQuery = { by: CostsBy; job?: string; days: number };

/** Calls that are added up at once: the runner stands still for some 2 ms. */
const SLICE = 5_000;
/** Of a moment of the past they are added up at once, and not by the runner. */
const MOST_CALLS = 10_000;
/** Calls are written when they end: a few stand in another order. */
const DISORDER = 500;

const statements = preparedFor((db) => ({
  rows: db.prepare<[string], DayRow>(
    `SELECT day, cost_day.job, stage.name AS stage, settled, lost, reserved, unpriced FROM cost_day LEFT JOIN stage ON stage.id = stage_id
      WHERE day >= ? AND settled + lost + reserved + unpriced > 0 ORDER BY day DESC, cost_day.job, stage.position`,
  ),
  budget: db.prepare<[], Limits>('SELECT tz, daily_cost_limit AS dailyCostLimit, doctor_cost_limit AS doctorCostLimit FROM budget'),
  lastCall: db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM llm_call').pluck(),
  callAt: db.prepare<[number], number>('SELECT at FROM llm_call WHERE id >= ? ORDER BY id LIMIT 1').pluck(),
  models: db.prepare<[number, number, number, number, string | null, string | null], ModelRow>(
    `SELECT model, count(*) AS calls, ifnull(sum(tokens_in), 0) AS tokensIn, ifnull(sum(tokens_out), 0) AS tokensOut, ifnull(sum(micro_usd), 0) AS microUsd, sum(micro_usd IS NULL) AS unpriced
       FROM llm_call WHERE id BETWEEN ? AND ? AND at BETWEEN ? AND ? AND kept = 0 AND (? IS NULL OR job = ?) GROUP BY model`,
  ),
  // Of a kind of error that was asked about again, the last time.
  doctors: db.prepare<[number, number], ModelRow>(
    'SELECT model, count(*) AS calls, 0 AS tokensIn, 0 AS tokensOut, sum(cost_micro_usd) AS microUsd, 0 AS unpriced FROM verdict WHERE at BETWEEN ? AND ? AND model IS NOT NULL GROUP BY model',
  ),
  specs: db.prepare<[], { id: string; spec: string }>('SELECT id, spec FROM job WHERE archived = 0'),
}));

/** The last `days` days, today included. */
export const readCosts = (db: Database, now: number, query: CostsQuery): CostsView => costsOf(db, now, query, query.by === 'model' ? [...modelsOf(db, now, query)].flat() : []);

/** The same for the runner, which goes on with its work between the slices. */
export async function readCostsInSlices(db: Database, now: number, query: CostsQuery, pause: () => Promise<void>): Promise<CostsView> {
  const models: ModelRow[] = [];
  if (query.by === 'model') {
    for (const slice of modelsOf(db, now, query)) {
      models.push(...slice);
      await pause();
    }
  }
  return costsOf(db, now, query, models);
}

/** A moment of the first of the days, wherever that began or ended. */
const noonOf = (calendar: { startOf(at: number): number }, now: number, days: number): number => calendar.startOf(now) - (days - 1) * 86_400_000 + 43_200_000;

function costsOf(db: Database, now: number, query: CostsQuery, models: readonly ModelRow[]): CostsView {
  const prepared = statements(db);
  return db.transaction((): CostsView => {
    const limits = prepared.budget.get()!;
    const specs = prepared.specs.all().map(({ spec }) => JSON.parse(spec) as JobSpec);
    return costsFrom({ now, limits, specs, models, rows: readDays(db, firstDay(limits.tz, now, query)) }, query);
  })();
}

/** The first of the days that are meant. */
export function firstDay(tz: string, now: number, { days }: Pick<CostsQuery, 'days'>): string {
  const calendar = daysIn(tz);
  return calendar.of(noonOf(calendar, now, days));
}

/** Sums of days, as they are now. */
export const readDays = (db: Database, from: string): DayRow[] => statements(db).rows.all(from);

/** `rows`: of the days that are meant. `now`: in the last of them. */
type Books = { now: number; limits: Limits; specs: readonly JobSpec[]; models: readonly ModelRow[]; rows: readonly DayRow[] };

export function costsFrom({ now, limits: { tz, dailyCostLimit, doctorCostLimit }, specs: all, models, rows: ofAll }: Books, { by, job, days }: CostsQuery): CostsView {
  const calendar = daysIn(tz);
  const rows = ofAll.filter((row) => job === undefined || row.job === job);
  const specs = new Map(all.map((spec) => [spec.id, spec]));
  const total = sumOf(rows);
  const head = { by, from: firstDay(tz, now, { days }), to: calendar.of(now), tz, until: calendar.endOf(now), dailyCostLimit, total };
  if (by === 'model') return { ...head, costs: byModel(together(models), total) };
  const groups = Map.groupBy(rows, keyOf[by]);
  const limit = (row: DayRow) => (days === 1 ? limitOf[by](row, specs, { tz, ...(doctorCostLimit !== null && { doctorCostLimit }) }) : undefined);
  return { ...head, costs: [...groups.values()].map((group) => ({ ...namesOf[by](group[0]!), ...sumOf(group), ...present(limit(group[0]!)) })) };
}

/** Slice by slice of the calls; a model may be in several. */
function* modelsOf(db: Database, now: number, { job = null, days }: { job?: string | null | undefined; days: number }): Generator<ModelRow[]> {
  const { lastCall, models, doctors } = statements(db);
  const since = sinceOf(readTz(db), now, days);
  const last = lastCall.get()!;
  for (let from = firstCall(db, since); from <= last; from += SLICE) yield models.all(from, from + SLICE - 1, since, FOR_EVER, job, job);
  if (job === null) yield doctors.all(since, FOR_EVER);
}

/** As much as had been called by a moment; `isPart`: of very many only the latest. */
export function modelsThen(db: Database, at: number, { job = null, days }: { job?: string | null | undefined; days: number }, tz: string): { models: ModelRow[]; isPart: boolean } {
  const { lastCall, callAt, models, doctors } = statements(db);
  const since = sinceOf(tz, at, days);
  const last = firstSince({ last: lastCall.get()!, at: (id) => callAt.get(id) }, at + 1, 0) + DISORDER;
  const first = Math.max(firstCall(db, since), last - MOST_CALLS);
  return { models: [...models.all(first, last, since, at, job, job), ...(job === null ? doctors.all(since, at) : [])], isPart: first > firstCall(db, since) };
}

const FOR_EVER = Number.MAX_SAFE_INTEGER;
const readTz = (db: Database): string => statements(db).budget.get()!.tz;
const sinceOf = (tz: string, now: number, days: number): number => daysIn(tz).startOf(noonOf(daysIn(tz), now, days));

function firstCall(db: Database, since: number): number {
  const { lastCall, callAt } = statements(db);
  return firstSince({ last: lastCall.get()!, at: (id) => callAt.get(id) }, since);
}

/** The doctor may ask a model that jobs ask too. */
function together(rows: readonly ModelRow[]): ModelRow[] {
  const sum = (one: ModelRow, other: ModelRow): ModelRow => ({
    model: one.model, calls: one.calls + other.calls, tokensIn: one.tokensIn + other.tokensIn, tokensOut: one.tokensOut + other.tokensOut, microUsd: one.microUsd + other.microUsd, unpriced: one.unpriced + other.unpriced,
  });
  return [...Map.groupBy(rows, ({ model }) => model).values()].map((same) => same.reduce(sum)).toSorted((a, b) => b.microUsd - a.microUsd || (a.model < b.model ? -1 : 1));
}

const jobOf = ({ job }: DayRow): string => (job === DOCTOR ? 'the doctor' : job);
const stageOf = ({ job, stage }: DayRow): string => stage ?? (job === DOCTOR ? 'its calls' : 'discovery');

/** Models, the dearest first; then what was spent on anything else, and what is reserved or lost, for that is of no call any more. */
function byModel(rows: readonly ModelRow[], total: CostsView['total']): CostView[] {
  const models = rows.map(({ microUsd, ...row }): CostView => ({ ...row, costUsd: microUsd / 1e6, lostUsd: 0, reservedUsd: 0 }));
  const rest = Math.max(0, Math.round(1e6 * total.costUsd - rows.reduce((sum, { microUsd }) => sum + microUsd, 0)) / 1e6);
  const { reservedUsd, lostUsd } = total;
  return rest + reservedUsd > 0 ? [...models, { costUsd: rest, lostUsd, reservedUsd, unpriced: 0 }] : models;
}

type Kept = Exclude<CostsBy, 'model'>;
const keyOf: Record<Kept, (row: DayRow) => string> = { job: ({ job }) => job, stage: (row) => `${row.job}/${stageOf(row)}`, day: ({ day }) => day };
const namesOf: Record<Kept, (row: DayRow) => Pick<CostView, 'job' | 'stage' | 'day'>> = {
  job: (row) => ({ job: jobOf(row) }),
  stage: (row) => ({ job: jobOf(row), stage: stageOf(row) }),
  day: ({ day }) => ({ day }),
};
/** In US dollars; of one day only. */
const limitOf: Record<Kept, (row: DayRow, specs: ReadonlyMap<string, JobSpec>, budget: BudgetSpec) => number | undefined> = {
  job: ({ job }, specs, { doctorCostLimit }) => (job === DOCTOR ? doctorCostLimit : specs.get(job)?.guards.dailyCostLimit),
  stage: ({ job, stage }, specs) => specs.get(job)?.stages.find(({ name }) => name === stage)?.dailyCostLimit,
  day: () => undefined,
};

const present = (dailyCostLimit: number | undefined) => (dailyCostLimit === undefined ? {} : { dailyCostLimit });

function sumOf(rows: readonly DayRow[]): CostsView['total'] {
  const sum = (of: (row: DayRow) => number) => rows.reduce((all, row) => all + of(row), 0);
  return { costUsd: sum((row) => row.settled + row.lost) / 1e6, lostUsd: sum((row) => row.lost) / 1e6, reservedUsd: sum((row) => row.reserved) / 1e6, unpriced: sum((row) => row.unpriced) };
}
