/**
 * The working part of a stage worker: takes claims from the ledger, runs their handlers, hands in what came of them, and
 * tells its machine in summaries: one every 250 ms while something happens, and one at once for a batch with a failure.
 *
 * An attempt that is over time is aborted and settled as timed out. Its slot stays taken until its promise ends or a grace
 * period has passed; what it says then is handed in too, and the store's fence refuses it.
 */
import { fromCallback } from 'xstate';
import type { JobSpec, StageSpec } from '../machines/spec.ts';
import type { Failure, Run, StageWorkerEvent } from '../machines/stage-worker.ts';
import { backoffMs } from './backoff.ts';
import { Durations } from './durations.ts';
import { failureOf } from './failure.ts';
import type { Claim, Member, Ports, Receipt, Result, Seat, Settlement } from './ports.ts';

const SUMMARY_MS = 250;
/** A handler that does not end after it was aborted keeps its slot for so long. */
const ZOMBIE_GRACE_MS = 10_000;
/** A deadline that is found so late was not missed by the handlers: the process was stopped, the machine slept, or something blocked the loop. They get their whole time once more. */
const STALL_MS = 1_000;
/** It was cut off while it was at it: what it has cost comes later, or never. */
const SPENDING = { spending: true } as const;
/** Failures that a summary tells one by one. One is told at once, or, while the job is held, four times a second. */
const MOST_FAILURES = 200;
/** A bug that one item alone meets again and again is that item's, until other code comes. */
const BUG_TRIES = 2;

/**
 * `running` has a slot; `timedOut` and `interrupted` are settled, and a `timedOut` one keeps its slot for a while. `startedAt` is a
 * time of day; `began` and `deadline` are of the monotonic clock, so that nobody ends early or late when a clock is set.
 */
type Attempt = { claim: Claim; version: number; resources: readonly string[]; startedAt: number; began: number; deadline: number; timeoutMs: number; state: 'running' | 'timedOut' | 'interrupted' | 'ended'; controller?: AbortController };
type Tell = (event: StageWorkerEvent) => void;
type Input = { job: string; spec: StageSpec };

/** @param specOf a job's specification in force; undefined for one that is archived */
export const pump = (ports: Ports, specOf: (job: string) => JobSpec | undefined) =>
  fromCallback<StageWorkerEvent, Input>(({ input, sendBack, receive }) => {
    const started = new Pump(input, ports, sendBack as Tell);
    receive((event) => started.hear(event));
    return () => started.stop(specOf(input.job)?.stages.some(({ name }) => name === input.spec.name) ?? false);
  });

class Pump implements Member {
  private readonly job: string;
  private spec: StageSpec;
  private readonly ports: Ports;
  private readonly tell: Tell;
  private readonly seat: Seat;
  private readonly attempts = new Set<Attempt>();
  private readonly durations = new Durations();
  private slots = 0;
  private readonly held = new Map<string, number>();
  private zombies = 0;
  /** Loaded, and no failure on its way to the machine that may hold the job. */
  private ready = false;
  private concerned = false;
  /** Nothing may start, so nothing has to be heard of at once. */
  private isHeld = false;
  /** Its code as it is now cannot be run. */
  private broken = false;
  /** Of its code, as it was last told. */
  private version: number | undefined;
  private loading = false;
  private loadAgain = false;
  private stopped = false;
  private lastSummaryAt = -Infinity;
  private summaryTimer: unknown;
  private deadlineTimer: unknown;
  private nextDeadline = Infinity;
  private readonly unwatch: () => void;
  private tally = nothing();

  constructor({ job, spec }: Input, ports: Ports, tell: Tell) {
    this.job = job;
    this.spec = spec;
    this.ports = ports;
    this.tell = tell;
    this.unwatch = ports.handlers.watch(job, spec.name, () => this.safely(() => this.load()));
    this.seat = ports.ledger.join(job, spec, this);
    this.load();
    this.introduce();
  }

  hear(event: StageWorkerEvent): void {
    if (event.type === 'spec.changed') {
      this.spec = event.spec;
      this.seat.update(event.spec);
      this.load();
    } else if (event.type === 'reload.asked') {
      this.load();
    } else if (event.type === 'job.held') {
      this.isHeld = true;
    } else if (event.type === 'job.draining') {
      this.summarise();
    } else if (event.type === 'job.freed') {
      this.isHeld = false;
      if (this.broken) this.load();
      if (this.concerned && this.tally.failed > 0) this.tellFailures();
      this.seat.wake();
    }
  }

  /** @param goesOn the stage is still in force and starts anew: it needs the slots. What a reload takes out ends in peace. */
  stop(goesOn: boolean): void {
    this.stopped = true;
    this.unwatch();
    this.ports.clock.clearTimeout(this.summaryTimer);
    // What does not end now is still given up at its deadline.
    if (this.attempts.size === 0) this.ports.clock.clearTimeout(this.deadlineTimer);
    if (goesOn) for (const attempt of this.attempts) attempt.controller?.abort(new StageStopped());
    this.seat.leave();
  }

  // ---------------------------------------------------------------- member of the ledger

  free(): number {
    return this.ready && !this.concerned && !this.stopped ? Math.max(0, this.spec.concurrency - this.slots) : 0;
  }

  maxCost(): number {
    const usd = this.spec.maxCost ?? this.ports.handlers.maxCost(this.job, this.spec.name);
    return usd === undefined ? 0 : Math.ceil(usd * 1e6 - 1e-6);
  }

  inFlight(): number {
    return this.slots;
  }

  holding(): ReadonlyMap<string, number> {
    return this.held;
  }

  start(claims: readonly Claim[]): void {
    const { clock, handlers } = this.ports;
    const startedAt = clock.now();
    const began = clock.monotonic();
    const { timeoutMs, resources } = this.spec;
    const version = handlers.version(this.job, this.spec.name);
    this.occupy(resources, claims.length);
    for (const claim of claims) {
      const attempt: Attempt = { claim, version, resources, startedAt, began, deadline: began + timeoutMs, timeoutMs, state: 'running' };
      this.attempts.add(attempt);
      if (claim.refusal !== undefined) {
        this.handIn(attempt, tooExpensive(claim.refusal));
        continue;
      }
      void handlers.run(claim, () => (attempt.controller ??= new AbortController()).signal).catch((error: Error) => this.notRun(error)).then((result) => this.ended(attempt, result)).catch((error: Error) => this.broke(error));
    }
    this.watchDeadlines(began + timeoutMs);
    this.summariseSoon();
  }

  settled(receipts: readonly Receipt[], finished: number): void {
    const { tally } = this;
    tally.finished += finished;
    let failed = this.concerned;
    for (const { settlement, answer } of receipts) {
      if (answer === 'refused') {
        tally.refused += 1;
        continue;
      }
      const { outcome } = settlement.result;
      tally.ended += 1;
      this.durations.add(settlement.finishedAt - settlement.startedAt);
      if (outcome.kind !== 'interrupted') count(tally.runs, outcome.kind === 'failed' ? outcome.class : 'ok');
      if (outcome.kind !== 'failed') continue;
      failed = true;
      tally.failed += 1;
      if (tally.failures.length < MOST_FAILURES) tally.failures.push(failureOf(outcome, settlement));
    }
    if (!failed || (this.isHeld && tally.failures.length < MOST_FAILURES)) return this.summariseSoon();
    this.tellFailures();
  }

  private tellFailures(): void {
    this.summarise();
    // The machines have heard of it by now: if they hold the job, the hold is in the flush that this wakes.
    this.concerned = false;
    this.seat.wake();
  }

  interrupt(): void {
    for (const attempt of this.attempts) {
      if (attempt.state !== 'running') continue;
      this.handIn(attempt, INTERRUPTED, SPENDING);
      attempt.state = 'interrupted';
      attempt.controller?.abort(new StageStopped());
    }
  }

  broke(error: Error): void {
    if (this.stopped) return;
    const { clock, log } = this.ports;
    log.error(`job "${this.job}" stage "${this.spec.name}" is started again: it broke: ${error.message}`, { stack: error.stack });
    this.tell({ type: 'stage.broke', stage: this.spec.name, error: `${error.name}: ${error.message}`, at: clock.now() });
  }

  /** For what the clock and promises call: what is thrown there would be nobody's. */
  private safely(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.broke(error as Error);
    }
  }

  // ---------------------------------------------------------------- attempts

  private occupy(resources: readonly string[], n: number): void {
    this.slots += n;
    for (const name of resources) this.held.set(name, (this.held.get(name) ?? 0) + n);
  }

  /** Handlers answer with an outcome whatever happens: if they do not, it is no fault of the task. */
  private notRun(error: Error): Result {
    this.broke(error);
    return INTERRUPTED;
  }

  private ended(attempt: Attempt, result: Result): void {
    const { state } = attempt;
    if (state === 'running') return this.handIn(attempt, result);
    if (state === 'timedOut') this.releaseZombie(attempt);
    // Late: it is the store that says so.
    this.seat.settle(this.settlementOf(attempt, result));
  }

  private handIn(attempt: Attempt, result: Result, more: typeof SPENDING | {} = {}): void {
    attempt.state = 'ended';
    this.attempts.delete(attempt);
    this.occupy(attempt.resources, -1);
    // A stopped pump would be kept alive until the time-out of what it ended long ago.
    if (this.stopped && this.attempts.size === 0) this.ports.clock.clearTimeout(this.deadlineTimer);
    if (result.outcome.kind === 'failed' && result.outcome.class !== 'item_specific') this.concerned = true;
    if (result.costMicroUsd > 0) this.compareCost(attempt.claim, result.costMicroUsd);
    this.seat.settle({ ...this.settlementOf(attempt, result), ...more });
  }

  /** A declaration that does not hold is worse than none: the limits that count on it do not hold either. */
  private compareCost({ key }: Claim, cost: number): void {
    const declared = this.maxCost();
    if (declared === 0 || cost <= declared) return;
    const said = `job "${this.job}" stage "${this.spec.name}": "${key}" has cost $${cost / 1e6}, and its max_cost is $${declared / 1e6}; from now on as much as that is reserved`;
    this.ports.log.warn(said);
  }

  private settlementOf({ claim, version, startedAt, began }: Attempt, result: Result): Settlement {
    const { clock, handlers } = this.ports;
    const finishedAt = startedAt + Math.round(clock.monotonic() - began);
    const settlement: Settlement = { claim, result, startedAt, finishedAt, version, lastTry: false };
    const log = handlers.takeLog(claim);
    if (log) settlement.log = log;
    const { outcome } = result;
    if (outcome.kind !== 'failed') return settlement;
    const tries = claim.tries + 1;
    if (outcome.class === 'code_bug') return { ...settlement, lastTry: tries >= BUG_TRIES };
    if (outcome.class !== 'transient') return settlement;
    const dueAt = outcome.retryAt ?? clock.now() + backoffMs(this.spec.retry, tries, clock.random());
    return { ...settlement, dueAt, lastTry: tries >= this.spec.retry.max };
  }

  /** One timer for all, at the earliest deadline: `first` is one that may be earlier than those known. */
  private watchDeadlines(first: number): void {
    if (first >= this.nextDeadline) return;
    const { clock } = this.ports;
    clock.clearTimeout(this.deadlineTimer);
    this.nextDeadline = first;
    this.deadlineTimer = clock.setTimeout(() => this.safely(() => this.endOverdue()), Math.max(0, first - clock.monotonic()));
  }

  private endOverdue(): void {
    const now = this.ports.clock.monotonic();
    const stalled = now - this.nextDeadline > STALL_MS;
    let next = Infinity;
    for (const attempt of this.attempts) {
      if (stalled) attempt.deadline = now + attempt.timeoutMs;
      if (attempt.deadline <= now) this.timeOut(attempt);
      else next = Math.min(next, attempt.deadline);
    }
    this.nextDeadline = Infinity;
    this.watchDeadlines(next);
  }

  private timeOut(attempt: Attempt): void {
    const message = `the stage "${this.spec.name}" took longer than ${attempt.timeoutMs} ms`;
    this.attempts.delete(attempt);
    attempt.state = 'timedOut';
    this.zombies += 1;
    this.seat.settle({ ...this.settlementOf(attempt, { outcome: { kind: 'failed', class: 'transient', error: { name: 'TimeoutError', message } }, costMicroUsd: 0, artifacts: [] }), ...SPENDING });
    attempt.controller?.abort(new DOMException(message, 'TimeoutError'));
    this.ports.clock.setTimeout(() => {
      if (attempt.state !== 'timedOut') return;
      this.releaseZombie(attempt);
      this.seat.giveUp(attempt.claim);
    }, ZOMBIE_GRACE_MS);
  }

  private releaseZombie(attempt: Attempt): void {
    attempt.state = 'ended';
    this.zombies -= 1;
    this.occupy(attempt.resources, -1);
    this.seat.wake();
  }

  // ---------------------------------------------------------------- code

  /** One look at a time, and one more for all who asked meanwhile: a storm of reloads costs no more than that. */
  private load(): void {
    if (this.loading) return void (this.loadAgain = true);
    this.loading = true;
    this.ports.handlers
      .prepare(this.job, this.spec.name)
      .then(
        () => this.loaded(),
        (error: Error) => this.notLoaded(error),
      )
      .finally(() => this.looked())
      .catch((error: Error) => this.broke(error));
  }

  /** A storm of changes is one more look. */
  private looked(): void {
    const again = this.loadAgain && !this.stopped;
    this.loading = this.loadAgain = false;
    if (again) this.load();
  }

  private loaded(): void {
    if (this.stopped) return;
    this.ready = true;
    if (this.broken) this.tell({ type: 'stage.loaded', stage: this.spec.name, at: this.ports.clock.now() });
    this.broken = false;
    this.tellVersion();
    this.seat.wake();
  }

  private tellVersion(): void {
    const version = this.ports.handlers.version(this.job, this.spec.name);
    if (version === this.version) return;
    this.version = version;
    this.tell({ type: 'code.loaded', stage: this.spec.name, version, at: this.ports.clock.now() });
  }

  /** What was loaded before a mistake goes on; without any such code the job is held. */
  private notLoaded({ message: reason }: Error): void {
    if (this.stopped) return;
    const { clock, handlers, log } = this.ports;
    const { name: stage } = this.spec;
    this.broken = true;
    this.ready = handlers.isReady(this.job, stage);
    this.tell({ type: this.ready ? 'stage.outdated' : 'stage.unloadable', stage, reason, at: clock.now() });
    log.error(`job "${this.job}" stage "${stage}" ${this.ready ? 'goes on with the code that it has' : 'has no code to run'}: ${reason}`);
  }

  // ---------------------------------------------------------------- summaries

  /** Its machine may come from before a restart and think that something is in flight. */
  private introduce(): void {
    this.summaryTimer = this.ports.clock.setTimeout(() => {
      this.summarise();
      this.lastSummaryAt = -Infinity;
    }, 0);
  }

  private summariseSoon(): void {
    if (this.summaryTimer !== undefined || this.stopped) return;
    const { clock } = this.ports;
    const wait = this.lastSummaryAt + SUMMARY_MS - clock.monotonic();
    this.summaryTimer = clock.setTimeout(() => this.safely(() => (this.tally.failed > 0 ? this.tellFailures() : this.summarise())), Math.max(0, wait));
  }

  private summarise(): void {
    const { clock } = this.ports;
    clock.clearTimeout(this.summaryTimer);
    this.summaryTimer = undefined;
    if (this.stopped) return;
    const { failures, ...tally } = this.tally;
    this.tally = nothing();
    this.lastSummaryAt = clock.monotonic();
    this.tell({
      type: 'stage.settled', stage: this.spec.name, at: clock.now(), ...(failures.length > 0 && { failures }),
      running: this.slots, zombies: this.zombies, ...tally, ...this.durations.quantiles(),
    });
  }
}

const INTERRUPTED: Result = { outcome: { kind: 'interrupted' }, costMicroUsd: 0, artifacts: [] };

/** The item has cost so much that this attempt may not start. */
function tooExpensive(reason: string): Result {
  return { outcome: { kind: 'failed', class: 'item_specific', error: { name: 'CostExceeded', message: reason } }, costMicroUsd: 0, artifacts: [] };
}

/** Why a handler was aborted that had time left. */
class StageStopped extends Error {
  override name = 'StageStopped';
  constructor() {
    super('the stage stops');
  }
}

const nothing = () => ({ ended: 0, failed: 0, refused: 0, finished: 0, runs: [] as Run[], failures: [] as Failure[] });

function count(runs: Run[], kind: Run['class']): void {
  const last = runs.at(-1);
  if (last?.class === kind) last.n += 1;
  else runs.push({ class: kind, n: 1 });
}
