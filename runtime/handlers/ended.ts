/** How a stage may end other than by a plain value: what `ctx.done`, `skip`, `reject` and `defer` return. */

/** What may be said beside an output. `priority`: lower runs first. `cost`: US dollars spent, added to `ctx.cost`. */
export type DoneOptions = { priority?: number; cost?: number; discrepancies?: unknown };

export class Done<Value = unknown> implements DoneOptions {
  readonly ending = 'done';
  readonly value: Value;
  declare readonly priority?: number;
  declare readonly cost?: number;
  declare readonly discrepancies?: unknown;
  constructor(value: Value, options?: DoneOptions) {
    this.value = value;
    Object.assign(this, options);
  }
}

export class Skipped {
  readonly ending = 'skip';
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export class Rejected {
  readonly ending = 'reject';
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export class Deferred {
  readonly ending = 'defer';
  /** ms since the epoch. */
  readonly until: number;
  readonly reason: string;
  constructor(until: number, reason: string) {
    this.until = until;
    this.reason = reason;
  }
}

/** An end without an output. */
export type Ending = Skipped | Rejected | Deferred;
