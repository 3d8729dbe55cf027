/** What may be spent, as the rows of jobs say: read once, and again after a declaration. */
import type { BudgetSpec, JobSpec } from '../../../machines/spec.ts';
import type { Handle } from '../open.ts';
import type { Stage } from '../pipelines.ts';
import { daysIn } from './days.ts';
import { limitOf } from './micro.ts';

/** Pays for the doctor's own calls. No job can have this name. */
export const DOCTOR = '@doctor';

/** In micro-dollars; what is left out is not limited. */
export type JobLimits = { day?: number; item?: number; stages: ReadonlyMap<string, number> };
type Loaded = { budget: BudgetSpec; runner?: number; jobs: ReadonlyMap<string, JobLimits> };
type Row = { tz: string; dailyCostLimit: number | null; doctorCostLimit: number | null };

const NONE: JobLimits = { stages: new Map() };

export type Limits = ReturnType<typeof limitsIn>;

export function limitsIn(db: Handle) {
  const prepared = {
    jobs: db.prepare<[], string>('SELECT spec FROM job WHERE archived = 0').pluck(),
    budget: db.prepare<[], Row>('SELECT tz, daily_cost_limit AS dailyCostLimit, doctor_cost_limit AS doctorCostLimit FROM budget'),
    save: db.prepare<unknown[]>('UPDATE budget SET tz = ?, daily_cost_limit = ?, doctor_cost_limit = ?'),
  };

  function load(): Loaded {
    const { tz, dailyCostLimit, doctorCostLimit } = prepared.budget.get()!;
    const budget = { tz, ...(dailyCostLimit !== null && { dailyCostLimit }), ...(doctorCostLimit !== null && { doctorCostLimit }) };
    const jobs = new Map(prepared.jobs.all().map((text) => limitsOf(JSON.parse(text) as JobSpec)));
    jobs.set(DOCTOR, { ...NONE, ...day(doctorCostLimit) });
    return { budget, ...(dailyCostLimit !== null && { runner: limitOf(dailyCostLimit) }), jobs };
  }

  let loaded = load();
  let hearer = () => {};
  return {
    /** Part of a declaration. */
    save({ tz, dailyCostLimit, doctorCostLimit }: BudgetSpec): void {
      prepared.save.run(tz, dailyCostLimit ?? null, doctorCostLimit ?? null);
    },
    /** After a declaration has been committed. */
    reload(): void {
      loaded = load();
      hearer();
    },
    /** Calls after each time that they were read again. */
    onReload(hear: () => void): void {
      hearer = hear;
    },
    /** The day of a time (ms since the epoch) in the zone that counts. */
    dayOf: (at: number): string => daysIn(loaded.budget.tz).of(at),
    /** When that day ends. */
    endOfDay: (at: number): number => daysIn(loaded.budget.tz).endOf(at),
    get budget(): BudgetSpec {
      return loaded.budget;
    },
    get runner(): number | undefined {
      return loaded.runner;
    },
    job: (job: string): JobLimits => loaded.jobs.get(job) ?? NONE,
    stage: ({ job, name }: Pick<Stage, 'job' | 'name'>): number | undefined => (loaded.jobs.get(job) ?? NONE).stages.get(name),
  };
}

const day = (usd: number | null | undefined) => (usd === null || usd === undefined ? {} : { day: limitOf(usd) });

function limitsOf({ id, guards, stages }: JobSpec): [string, JobLimits] {
  const limited = stages.flatMap(({ name, dailyCostLimit }): [string, number][] => (dailyCostLimit === undefined ? [] : [[name, limitOf(dailyCostLimit)]]));
  return [id, { ...day(guards.dailyCostLimit), ...(guards.itemCostLimit !== undefined && { item: limitOf(guards.itemCostLimit) }), stages: new Map(limited) }];
}
