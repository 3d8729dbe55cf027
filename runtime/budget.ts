/**
 * The money of the runner: reserves for calls, through the group commit, and tells a job when it can pay for nothing more and when it can
 * again.
 *
 * A job is told that its money is over when a limit kept something from starting and nothing in flight will give any of it back: as long
 * as something does, what is short waits for that without a hold. A call that is refused in the middle of an attempt ends
 * it, and holds the job until there is room for such a call again.
 */
import { BudgetRefused, CostExceeded, type Budget, type Clock, type Exhausted, type Reservation, type Spender } from '../actors/ports.ts';
import type { Grant } from './store/money/calls.ts';
import { budgetReason } from './store/money/dollars.ts';
import type { Money } from './store/money/money.ts';
import type { Batch, Flushed, MoneyMove, Shortage } from './store/types.ts';

/** Of the ledger, what money needs. */
export type MoneyLedger = {
  reserve(spender: Spender, need: number): Promise<Grant>;
  move(move: Exclude<MoneyMove, { kind: 'reserve' }>): void;
  /** Asks for work although nothing was handed in. */
  lookAgain(): void;
  /** Whether an attempt of the job is declared to cost something. */
  declaresCost(job: string): boolean;
};

type World = {
  clock: Clock;
  money: Money;
  ledger: MoneyLedger;
};
type Watch = { job: string; isHeld: boolean; short: Shortage | undefined; tell(exhausted: Exhausted | null): void };

export class RunnerBudget implements Budget {
  private readonly world: World;
  private readonly watches = new Set<Watch>();
  /** By job and stage: what kept it from starting at the last look. */
  private readonly short = new Map<string, Shortage>();
  /** Jobs that their budget holds, as of the last commit. */
  private readonly held: Set<string>;
  private dayTimer: unknown;

  /** @param held jobs that their budget holds when it begins */
  constructor(world: World, held: Iterable<string>) {
    this.world = world;
    this.held = new Set(held);
    world.money.limits.onReload(() => this.govern());
  }

  async reserve(spender: Spender, maxMicroUsd: number): Promise<Reservation> {
    const need = wholeMicro(maxMicroUsd);
    const { ledger } = this.world;
    const grant = await ledger.reserve(spender, need);
    if ('refusal' in grant) throw new CostExceeded(grant.refusal);
    if ('shortage' in grant) {
      this.tellOver(grant.shortage);
      throw new BudgetRefused(budgetReason(grant.shortage), this.dayEnds());
    }
    let isOver = false;
    const end = (cost: number) => {
      if (isOver) return;
      isOver = true;
      ledger.move({ kind: 'end', id: grant.id, reserved: need, cost });
    };
    return { settle: (actual) => end(wholeMicro(actual)), release: () => end(0) };
  }

  watch(job: string, tell: (exhausted: Exhausted | null) => void): () => void {
    const watch: Watch = { job, isHeld: this.held.has(job), short: undefined, tell };
    this.watches.add(watch);
    // The limits may have been raised while no runner lived.
    if (watch.isHeld) this.later(() => this.review());
    return () => void this.watches.delete(watch);
  }

  /** What a stage of a job is short of, for who asks why. */
  shortOf(job: string, stage: string): Shortage | undefined {
    return this.short.get(`${job}/${stage}`);
  }

  /** When the next day begins, ms since the epoch. */
  dayEnds(): number {
    const { money, clock } = this.world;
    return money.limits.endOfDay(clock.now());
  }

  /** What there was no money for when a job was held; undefined of a hold from before it began. */
  heldFor(job: string): Shortage | undefined {
    for (const watch of this.watches) if (watch.job === job && watch.isHeld) return watch.short;
    return undefined;
  }

  /** After each commit: what was short, of those that asked for work, and how jobs stand whose holds have changed. */
  hear({ shortages }: Flushed, { claims: asked, jobs }: Batch): void {
    for (const { job, holds } of jobs) this.noteHold(job, holds.budget !== undefined);
    if (this.short.size > 0) for (const { job, stage } of asked) this.short.delete(`${job}/${stage}`);
    for (const shortage of shortages) {
      this.short.set(`${shortage.job}/${shortage.stage}`, shortage);
      if (shortage.isOver) this.tellOver(shortage);
    }
    if (shortages.length > 0) this.watchDay();
    if (this.held.size > 0) this.later(() => this.review());
  }

  private noteHold(job: string, isHeld: boolean): void {
    if (isHeld) this.held.add(job);
    else this.held.delete(job);
    for (const watch of this.watches) if (watch.job === job) Object.assign(watch, { isHeld, ...(!isHeld && { short: undefined }) });
  }

  /** Other limits are in force, or money came back: who is held may go on, where there is room for what was refused. */
  private review(): void {
    const { money, clock } = this.world;
    const day = money.limits.dayOf(clock.now());
    for (const watch of this.watches) {
      if (!watch.isHeld || !money.hasRoom({ job: watch.job }, watch.short?.need ?? 1, day)) continue;
      watch.isHeld = false;
      watch.tell(null);
    }
  }

  /** Other limits are in force. */
  private govern(): void {
    this.world.money.forgetRefused();
    this.later(() => this.review());
    this.world.ledger.lookAgain();
  }

  close(): void {
    this.world.clock.clearTimeout(this.dayTimer);
    this.watches.clear();
  }

  /** The limit of the whole runner holds every job that costs money, at once. A stage's own limit holds nobody else. */
  private tellOver(shortage: Shortage): void {
    const { scope, job } = shortage;
    if (scope === 'stage') return;
    const { money, ledger } = this.world;
    const concerned = (one: string) => one === job || (scope === 'runner' && (money.hasSpent(one) || ledger.declaresCost(one)));
    const exhausted = { reason: budgetReason(shortage), until: this.dayEnds() };
    for (const watch of this.watches) {
      if (!concerned(watch.job)) continue;
      watch.short = shortage;
      this.later(() => watch.tell(exhausted));
    }
  }

  /** What is short without a hold looks again when the next day begins. */
  private watchDay(): void {
    if (this.dayTimer !== undefined) return;
    const { clock, ledger } = this.world;
    const wait = this.dayEnds() - clock.now();
    this.dayTimer = clock.setTimeout(() => {
      this.dayTimer = undefined;
      ledger.lookAgain();
    }, wait);
  }

  /** Not in the middle of what the ledger does. */
  private later(run: () => void): void {
    this.world.clock.defer(run);
  }
}

/** @throws RangeError for what is no amount of money */
function wholeMicro(microUsd: number): number {
  if (microUsd >= 0 && microUsd <= Number.MAX_SAFE_INTEGER / 1_000) return Math.ceil(microUsd);
  throw new RangeError(`an amount of money must be a number of micro-dollars from 0 on, not ${microUsd}`);
}
