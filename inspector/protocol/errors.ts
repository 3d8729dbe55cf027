/** Errors by their kind: what is known of each, what the doctor makes of it, and what it did. */
import type { ERROR_CLASSES } from './atoms.ts';

export type ErrorClass = (typeof ERROR_CLASSES)[number];
/** Who has decided what an error means: a rule, what is remembered, a model that was asked, many items together, or an operator. */
export type DecidedBy = 'rule' | 'memory' | 'model' | 'evidence' | 'operator';

/** A message about it. */
export type Told = { target: string; state: 'waiting' | 'sent' | 'failed' | 'dropped'; at: number; reason?: string };

/** One thing that the doctor did. `until`: as long as it holds the job; null where that has no known end. `endedAt`: when it was over; `lasts`: it is about a trouble that is over one day. */
export type DoctorActionView = {
  id: number; at: number; job: string | null; stage: string | null; fingerprint: string; class: ErrorClass; action: 'retry_later' | 'fail_item' | 'pause_job' | 'reclassify'; by: DecidedBy;
  risk: 'low' | 'medium' | 'high'; reason: string; costUsd: number; ms: number; until: number | null; endedAt: number | null; lasts: boolean;
};

/** What the next error of a kind comes to. `model`, `costUsd`, `ms`: of the model that was asked once. Of the past, `by` and `confidence` are left out where they were not kept. */
export type VerdictView = { class: ErrorClass; by?: DecidedBy; rule?: string; confidence?: number; reason?: string; model?: string; costUsd?: number; ms?: number };

/** Where it was met, among the attempts that were looked at; `failed`: tasks that stand failed by it. */
export type ErrorPlace = { job: string; stage: string; attempts: number; items: number; failed: number };

/** `counts`: attempts by time, from `from` to `to` in equal parts. */
export type Histogram = { from: number; to: number; counts: number[] };

/**
 * One kind of error; `n` counts all that were ever met (`orMore`: and it may have been more: of the past, nobody counts many). Of the latest `looked` attempts: `places` and `histogram`. `action`: the last that
 * followed. `told`: the last message about it to each target. `held`: jobs that it holds now.
 */
export type ErrorKind = {
  fingerprint: string; name: string; message: string; n: number; orMore?: true; firstAt: number; lastAt: number; verdict: VerdictView; looked: number; places: ErrorPlace[]; histogram: Histogram;
  action?: DoctorActionView; told: Told[]; held: string[];
};

/** What a model took for its verdicts: of half and of nineteen of twenty of them at most. */
export type ConsultedModel = { model: string; verdicts: number; costUsd: { p50: number; p95: number }; ms: { p50: number; p95: number } };

/** Those met last come first; `next`, when there are more, is what to give as `before`. `failures`: all that the doctor has judged, and what that took; left out of the past. `actions`: its latest. */
export type ErrorsView = { errors: ErrorKind[]; next?: number; failures?: number; models?: ConsultedModel[]; actions: DoctorActionView[] };

/** An attempt that ended so. */
export type ErrorSample = { item: number; key: string; title: string | null; job: string; stage: string; attempt: number; at: number; message: string };

/** One kind with its latest attempts, and all that was done about it. */
export type ErrorDetail = ErrorKind & { samples: ErrorSample[]; actions: DoctorActionView[] };
