/** Money as it stood at a moment: what that day had cost by then, under the limits that were in force. */
import type { BudgetView, CostsView, HoldView } from '../../inspector/protocol.ts';
import type { BudgetSpec } from '../../machines/spec.ts';
import { specIn } from '../config/check.ts';
import { budgetOf, dayOf, MOST_UNPRICED, readLimits, SLOT_MS, type Day, type Limits } from '../store/budget-view.ts';
import { readRevisionThen, type ConfigRevision } from '../store/config-revisions.ts';
import { costsFrom, firstDay, modelsThen, readDays, type CostsQuery, type DayRow } from '../store/costs-view.ts';
import { everyStage } from '../store/names-view.ts';
import type { Handle } from '../store/open.ts';
import { spentThen, unpricedThen, type SpentThen } from '../store/spent-then.ts';
import { momentOf } from './moment.ts';
import { plansAt, type PlansThen } from './plans-then.ts';

type Moment = { limits: Limits; today: Day; plans: PlansThen; notes: string[] };

const SUM_OF = { actual: 'settled', lost: 'lost', reserve: 'reserved' } as const;
const NOTHING = { settled: 0, lost: 0, reserved: 0, unpriced: 0 };
/** What it became is what is known. */
const RESERVED = 'what was reserved for an attempt that still ran is shown as what it came to cost';
const PART = 'of what was spent that day by then only the latest 10,000 payments are added up';

export function budgetThen(db: Handle, seq: number): BudgetView {
  const { limits, today, plans, notes } = momentThen(db, seq);
  const { rows, isPart } = spentThen(db, { at: today.now, ...today }, SLOT_MS);
  const calls = unpricedThen(db, { at: today.now, ...today });
  const jobs = plans.jobs.map(({ id, guards }) => ({ id, dailyCostLimit: guards.dailyCostLimit ?? null, softLimit: false, holds: holdsOf(plans, id) }));
  const sums = [...new Set([...rows, ...calls].map(({ job }) => job))].map((job) => ({ job, ...sumOf(rows.filter((row) => row.job === job), calls.filter((call) => call.job === job)) }));
  const spent = rows.filter(({ kind }) => kind !== 'reserve').toSorted((a, b) => a.slot - b.slot);
  const unpriced = calls.map(({ stageId: _, ...call }) => call).toSorted((a, b) => b.lastAt - a.lastAt).slice(0, MOST_UNPRICED);
  return { ...budgetOf({ limits, today, jobs, sums, spent, unpriced }), notes: [...notes, ...(sums.some(({ reserved }) => reserved > 0) ? [RESERVED] : []), ...(isPart ? [PART] : [])] };
}

/** Days before are as they were summed up; the day of the moment ends there. */
export function costsThen(db: Handle, seq: number, query: CostsQuery): CostsView {
  const { limits, today, plans } = momentThen(db, seq);
  const before = readDays(db, firstDay(limits.tz, today.now, query)).filter(({ day }) => day < today.day);
  const { rows, isPart } = spentThen(db, { at: today.now, ...today }, SLOT_MS);
  const { models, isPart: isPartOfCalls } = query.by === 'model' ? modelsThen(db, today.now, query, limits.tz) : { models: [], isPart: false };
  const costs = costsFrom({ now: today.now, limits, specs: plans.jobs, models, rows: [...dayRows(db, today, rows), ...before] }, query);
  return isPart || isPartOfCalls ? { ...costs, notes: [PART] } : costs;
}

function momentThen(db: Handle, seq: number): Moment {
  const at = momentOf(db, seq);
  const revision = readRevisionThen(db, at);
  const known = revision && budgetIn(revision);
  const { tz, dailyCostLimit = null, doctorCostLimit = null } = known ?? readLimits(db);
  return { limits: { tz, dailyCostLimit, doctorCostLimit }, today: dayOf(tz, at), plans: plansAt(db, seq), notes: known ? [] : ['which limit held all jobs together was not kept: the one of now is shown'] };
}

/** Reading a text takes longer than all else, and every moment asks for the same few. */
const budgets = new Map<string, BudgetSpec | undefined>();

function budgetIn({ hash, text }: ConfigRevision): BudgetSpec | undefined {
  if (!budgets.has(hash)) budgets.set(hash, specIn(text)?.budget);
  return budgets.get(hash);
}

const holdsOf = ({ holds }: PlansThen, job: string): HoldView[] => Object.entries(holds(job)).map(([cause, hold]) => ({ cause: cause as HoldView['cause'], ...hold }));

function sumOf(rows: readonly SpentThen[], calls: readonly { calls: number }[]): typeof NOTHING {
  const sum = { ...NOTHING, unpriced: calls.reduce((all, { calls }) => all + calls, 0) };
  for (const { kind, microUsd } of rows) sum[SUM_OF[kind]] += microUsd;
  return sum;
}

/** By job and stage, in the order of pipelines; what no stage spent comes first. */
function dayRows(db: Handle, { now: at, day, from }: Day, rows: readonly SpentThen[]): DayRow[] {
  const calls = unpricedThen(db, { at, day, from });
  const order = everyStage(db);
  const names = new Map(order.map(({ id, stage }, n) => [id, { stage, n }]));
  const keyOf = ({ job, stageId }: { job: string; stageId: number }) => `${job} ${stageId}`;
  const all = Map.groupBy([...rows, ...calls], keyOf);
  const days = [...all].map(([key, [first]]) => ({ stageId: first!.stageId, row: { day, job: first!.job, stage: names.get(first!.stageId)?.stage ?? null, ...sumOf(rows.filter((row) => keyOf(row) === key), calls.filter((call) => keyOf(call) === key)) } }));
  const place = (stageId: number) => names.get(stageId)?.n ?? -1;
  return days.filter(({ row }) => row.settled + row.lost + row.reserved + row.unpriced > 0).toSorted((a, b) => (a.row.job < b.row.job ? -1 : a.row.job > b.row.job ? 1 : place(a.stageId) - place(b.stageId))).map(({ row }) => row);
}
