/** Money, held before it can be spent. */
import type { Claim } from './attempts.ts';

/** Whose money is spent: that of an attempt, by the lease of its claim; that of a job that looks for work; or the doctor's own. */
export type Spender = Pick<Claim, 'job' | 'stage' | 'itemId' | 'lease'> | { discovery: string } | { doctor: true };

/**
 * Money is held before it can be spent. A call that costs something reserves the most that it can cost, and says afterwards what it
 * did cost; a process that dies in between has spent all that it had reserved.
 */
export interface Budget {
  /**
   * Holds so many micro-dollars; on disk when this resolves.
   * @throws BudgetRefused when a limit would be passed: nothing is held then, and the call is not made
   * @throws CostExceeded when it is the limit of this attempt or item
   */
  reserve(spender: Spender, maxMicroUsd: number): Promise<Reservation>;
  /** Tells when the job can pay for nothing more, and when one that is held for that can pay again, until the answer is called. Never from within the call. */
  watch(job: string, tell: (exhausted: Exhausted | null) => void): () => void;
}

/** As the reason of a hold: `budget: $4.98 of $5.00`. `until`: the next day's start. */
export type Exhausted = { reason: string; until: number };

/**
 * Ends once: by `settle` or by `release`. What was settled is part of the `costMicroUsd` of the attempt's result: it counts as held until
 * that has been committed, and as spent then. A call that is still under way at that commit counts as if it cost the most, until it says otherwise.
 */
export interface Reservation {
  /** The call has been made, and cost so much; never more than was reserved, unless the provider breaks its word. */
  settle(actualMicroUsd: number): void;
  /** Nothing was spent. */
  release(): void;
}

/** It would cost this attempt or item more than it may: another day does not help. */
export class CostExceeded extends Error {
  override name = 'CostExceeded';
}

/** `until`: when there is money again, ms since the epoch; without it, when the limit is raised. */
export class BudgetRefused extends Error {
  override name = 'BudgetRefused';
  readonly until: number | undefined;
  /** @param reason that of the hold: `budget: $4.98 of $5.00` */
  constructor(reason: string, until?: number) {
    super(reason);
    this.until = until;
  }
}
