/** What goes wrong, and what is made of it. */

/** An error as JSON, at most 8 KB. `facts`: what else it says of itself in words and numbers, such as `status` and `retryAfter` (ms). */
export type EncodedError = { name: string; message: string; code?: string; facts?: Record<string, string | number>; stack?: string; cause?: EncodedError };

export const ERROR_CLASSES = ['transient', 'item_specific', 'temporal', 'systemic', 'code_bug'] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** What follows from a class. */
export const ACTIONS = ['retry_later', 'fail_item', 'pause_job'] as const;
export type Action = (typeof ACTIONS)[number];

/** What the doctor says of a failure, and how it came to it. Times are ms since the epoch, money is micro-dollars. */
export type Verdict = {
  class: ErrorClass;
  action: Action;
  /** Try again then, not earlier. */
  retryAt?: number;
  /** The hold on the job ends then. */
  until?: number;
  /** The hold that the job gets, where it is not that of the breaker. */
  hold?: 'budget';
  /** 0 to 1; below 0.5 it is no more than a guess. */
  confidence: number;
  /** Why, for the operator. */
  evidence: string;
  by: 'rule' | 'memory' | 'model' | 'operator';
  rule?: string;
  /** What the error is, whatever item and job it comes from. */
  fingerprint: string;
  costMicroUsd: number;
  ms: number;
};
/** Of a verdict, what decides how a task goes on; failures that no handler threw have no more. */
export type Judgement = Pick<Verdict, 'class' | 'retryAt' | 'until' | 'hold'> & Partial<Verdict>;
