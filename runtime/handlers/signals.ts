/** What a stage may throw to say what its failure means. */

/** How these are recognised, also across two copies of this file (a worker thread, a test runner). */
export const SIGNAL = Symbol.for('rivus.signal');

/** Try again: later and later, or after `retryAfter` (ms, or `30s`). Counts as a try. */
export class Transient extends Error {
  override name = 'Transient';
  readonly [SIGNAL] = 'transient';
  readonly retryAfter: number | string | undefined;
  constructor(message: string, options: { retryAfter?: number | string; cause?: unknown } = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter;
  }
}

/** This item fails, now, without further tries; others go on. */
export class Fatal extends Error {
  override name = 'Fatal';
  readonly [SIGNAL] = 'fatal';
}

/** Nothing of this job can work now: hold it, until `resumeAt` (ms since the epoch, `Date`, ISO date, or `3h` from now) or until an operator resumes it. */
export class PauseJob extends Error {
  override name = 'PauseJob';
  readonly [SIGNAL] = 'pause';
  readonly resumeAt: number | string | Date | undefined;
  constructor(message: string, options: { resumeAt?: number | string | Date; cause?: unknown } = {}) {
    super(message, options);
    this.resumeAt = options.resumeAt;
  }
}
