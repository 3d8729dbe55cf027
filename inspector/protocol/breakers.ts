/** Circuit breakers and what jobs share, with what is at work under them now. */
import type { ErrorClass } from './errors.ts';
import type { ResourceView } from './status.ts';

/** One attempt that runs now. */
export type RunningTask = { job: string; stage: string; item: number; key: string; title: string | null; since: number };

/** Failures in a row of one class at one stage (of bugs: of one kind), and how many of them open it. */
export type CountedView = { stage: string; class: ErrorClass; fingerprint: string; count: number; most: number };

/** Failures in a row of each class that open it. */
export type Thresholds = { systemic: number; transient: number; code_bug: number };

/**
 * One breaker. `state`: a word, or null while it is being restarted. `active`: states of its chart. `allowance`: most attempts at once; null: as many as the
 * configuration allows. `opened.until`: when it tries again by itself; null: when it was mended. `probe`: what runs while few may. `ramp`: `succeeded` of
 * `width` at once, up to `most`. `clearable`: there is something that CLEAR_ERRORS clears.
 */
export type BreakerView = {
  path: string; job: string; scope: 'job' | 'stage'; stages: string[]; state: string | null; active: string[]; counted: CountedView[]; thresholds: Thresholds; openings: number; allowance: number | null; clearable: boolean;
  opened?: { stage: string; class: ErrorClass; fingerprint: string; reason: string; since: number; count: number; until: number | null };
  ramp?: { width: number; succeeded: number; most: number };
  probe: RunningTask[];
};

/** What is left of a token bucket, which fills at `rate`. */
export type Tokens = { rate: NonNullable<ResourceView['rate']>; left: number };

/** When the breaker of a resource opens, what stands counted, and for how long it stays open: from the first time up to `most`, in ms. */
export type ResourceGuard = { counted: CountedView[]; thresholds: Omit<Thresholds, 'code_bug'>; coolDown: { first: number; most: number } };

/** `slots`: what runs in them, the longest first. `guard`: left out where one job alone uses it. */
export type ResourceDetail = ResourceView & { slots: RunningTask[]; tokens?: Tokens; guard?: ResourceGuard };

/**
 * How much of what jobs share was used in the last day: shares of its slots, over all of it and in each of equal parts of it from `from` (ms since the epoch) on.
 * `waitP95Ms`: of all starts; left out where there were none. What is of the last five minutes is not in it.
 */
export type ResourceUseView = { from: number; barMs: number; resources: { name: string; used: number; bars: number[]; starts: number; waitP95Ms?: number }[] };

/** How fast the tasks of a job may start. */
export type PaceView = { job: string; tokens: Tokens; waiters: ResourceView['waiters'] };

/** `notes`: what was not kept of a moment of the past, in sentences. */
export type BreakersView = { breakers: BreakerView[]; resources: ResourceDetail[]; paces: PaceView[]; notes?: string[] };
