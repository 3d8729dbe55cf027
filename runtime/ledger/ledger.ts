/**
 * The group commit. What actors and pumps hand in within one turn of the loop goes into one transaction; only after it has
 * committed are commands acknowledged, settlements confirmed, finds answered and claims handed out, in this order.
 */
import type { Candidate, Claim, Clock, FoundReceipt, Ledger, Log, Member, Seat, Settlement, Spender, StageLook } from '../../actors/ports.ts';
import { breakerOfResource } from '../../machines/breaker.ts';
import { paceOf, type JobSpec, type RateSpec, type StageSpec } from '../../machines/spec.ts';
import type { ResourceUse } from '../../machines/resource.ts';
import type { Space } from '../disk-space.ts';
import type { Recorder } from '../recorder/recorder.ts';
import { troubleOf } from '../store/errors.ts';
import type { DoctorNote } from '../store/doctor.ts';
import type { Grant } from '../store/money/calls.ts';
import type { Notice } from '../store/notices.ts';
import type { Moment } from '../store/money/cashier.ts';
import type { Permitted } from '../store/permit/permits.ts';
import type { UseRow } from '../store/resource-use.ts';
import type { StoredTokens } from '../store/permit/token-buckets.ts';
import type { Batch, ClaimRequest, CommandRow, Edit, Flushed, JournalEntry, LlmCall, MoneyMove, NotedReply } from '../store/types.ts';
import { ActorRows, type ActorChanges, type Allowance } from './actor-rows.ts';
import { Buckets, everyMs } from './buckets.ts';
import { Inbox, NotStored } from './inbox.ts';
import { Place } from './place.ts';
import { Places } from './places.ts';
import { Room } from './room.ts';
import { UseMeter } from './use-meter.ts';
import { Uses } from './uses.ts';

/** Another process holds the write lock: try again, less and less often, for each try makes the loop wait for a moment. */
const BUSY_RETRY_MS = { first: 25, most: 400 };
const FULL_RETRY_MS = 1_000;

/** As things stand when somebody looks. */
type LookedAt = Permitted & Moment & { inFlight: number };

/** Of the store, what the ledger uses. */
export type LedgerStore = {
  commit(batch: Batch): Flushed;
  memos: { recall(key: string): string | undefined };
  tokenBuckets: { all(): StoredTokens[] };
  counts: { pending(job: string): number; running(job: string, stage: string): number };
  couldClaim(request: ClaimRequest, world: LookedAt): boolean;
};

export type LedgerOptions = {
  store: LedgerStore;
  clock: Clock;
  log: Log;
  /** Most slots of each resource, as the configuration in force says. */
  capacities(): Readonly<Record<string, number>>;
  /** How fast tasks may start: of each resource by its name, of each job as `job/ID`; none for what may go as fast as it can. */
  rates(): Readonly<Record<string, RateSpec>>;
  /** Calendar day of a time (ms since the epoch), for money. */
  dayOf(at: number): string;
  space: Space;
  /** Hears the number of each commit, right after it. */
  onCommit?(commit: number): void;
  /** Hears after each commit what came of it. */
  onFlushed?(flushed: Flushed, batch: Batch): void;
  /** The store cannot be written any more: nothing may go on. */
  onBroken(error: Error): void;
};

const NOTHING: ActorChanges = { snapshots: [], jobs: [], gone: [], eased: [], easedAll: false };

export class GroupCommit implements Ledger {
  private readonly options: LedgerOptions;
  private readonly places = new Places();
  private readonly room: Room;
  private readonly buckets: Buckets;
  private readonly uses: Uses;
  private readonly meter: UseMeter;
  private inbox = new Inbox();
  private rows: ActorRows | undefined;
  private scheduled = false;
  private claiming = true;
  private hasBegun = true;
  private closed = false;
  private dueTimer: unknown;
  private tokenTimer: unknown;
  /** Tries of the flush that found the database locked by another process. */
  private busy = 0;
  private readonly settledListeners = new Set<() => void>();
  /** Flushes so far. */
  flushes = 0;

  constructor(options: LedgerOptions) {
    this.options = options;
    this.room = new Room((job) => options.store.counts.pending(job));
    this.buckets = new Buckets(options.clock, options.store.tokenBuckets.all());
    this.meter = new UseMeter(options.clock);
    this.uses = new Uses(options.clock, this.places, this.meter);
    options.space.onRoom(() => this.lookAgain());
  }

  /** From now on the actors' snapshots join each flush. */
  attach(recorder: Recorder): ActorRows {
    return (this.rows = new ActorRows(recorder));
  }

  record(entry: JournalEntry): void {
    this.inbox.journal.push(entry);
    this.wake();
  }

  // ---------------------------------------------------------------- for actors

  join(job: string, spec: StageSpec, member: Member): Seat {
    const place = new Place(job, spec, member, {
      wake: () => this.wake(),
      settle: (settlement, from) => {
        this.inbox.settlements.push({ settlement, place: from });
        this.wake();
      },
      giveBack: (claims, from) => {
        for (const claim of claims) this.inbox.settlements.push({ settlement: neverRun(claim, this.options.clock.now()), place: from });
        this.wake();
      },
      giveUp: (claim) => this.move({ kind: 'lose', claim }),
      update: () => this.places.link(job),
      leave: (gone) => this.places.leave(gone),
    });
    this.places.add(place);
    this.wake();
    return place;
  }

  found(job: string, candidates: readonly Candidate[], more: { cursor?: string; decision?: 'over_max_pending' } = {}): Promise<FoundReceipt> {
    return this.handIn((resolve) => this.inbox.found.push({ batch: { job, at: this.options.clock.now(), candidates, ...more }, resolve }));
  }

  pending(job: string): number {
    return this.room.pending(job);
  }

  whenPendingBelow(job: string, below: number, then: () => void): () => void {
    return this.room.whenBelow(job, below, then);
  }

  lookAt({ id, stages }: JobSpec): StageLook[] {
    const { rates, clock, dayOf } = this.options;
    if (!this.mayClaim || this.closed || this.busy > 0) return [];
    const at = clock.now();
    const world = { at, day: dayOf(at), slots: this.freeSlots(), tokens: this.buckets.now(rates()), inFlight: this.inFlight() };
    return stages.map((spec) => ({ stage: spec.name, claims: this.places.claimsOf(id, spec.name), couldClaim: this.couldClaim(id, spec, world) }));
  }

  /** Its slots are counted by the rows: what a pump believes of its own may be what is wrong. */
  private couldClaim(job: string, spec: StageSpec, world: LookedAt): boolean {
    const { counts, couldClaim } = this.options.store;
    const limit = spec.concurrency - counts.running(job, spec.name);
    return limit > 0 && !this.places.isBehind(job, spec) && couldClaim(requestOf({ job, spec, waiting: undefined, limit, maxCost: this.places.maxCostOf(job, spec.name) }, world.tokens, this.allowances), world);
  }

  absolve(job: string, stage: string, items: readonly number[]): void {
    void this.edit({ verb: 'absolve', job, stage, items });
  }

  watchResource(name: string, tell: (use: ResourceUse) => void): () => void {
    return this.uses.watch(name, tell);
  }

  /** Who holds slots of a resource (or has attempts under the pace of a job), and who waits. */
  useOf(resource: string): ResourceUse {
    return this.places.useOf(resource);
  }

  /** When an empty bucket has a token for the one before whom `ahead` others get theirs, in ms since the epoch; undefined when it has one, or is none. */
  nextToken(bucket: string, ahead: number): { rate: RateSpec; at: number } | undefined {
    const rate = this.options.rates()[bucket];
    if (!rate) return undefined;
    this.buckets.now({ [bucket]: rate });
    const wait = this.buckets.waitMs(bucket);
    return wait > 0 ? { rate, at: this.options.clock.now() + wait + ahead * everyMs(rate) } : undefined;
  }

  /** What a bucket holds now: of a resource, or of a job as `job/ID`; undefined where nothing is paced. */
  tokens(bucket: string): { rate: RateSpec; left: number } | undefined {
    const rate = this.options.rates()[bucket];
    return rate && { rate, left: this.buckets.now({ [bucket]: rate })[bucket]!.tokens };
  }

  /** Whether the breaker of a resource is not closed. */
  isHeldBack(resource: string): boolean {
    return this.rows?.isHeldBack(breakerOfResource(resource)) ?? false;
  }

  /** Whether that of any resource is not. */
  get holdsBack(): boolean {
    return this.rows?.holdsBack ?? false;
  }

  /** How much of each resource was used since it was asked last. */
  takeUse(): UseRow[] {
    return this.meter.take(this.options.capacities());
  }

  recall(key: string): string | undefined {
    return this.options.store.memos.recall(key);
  }

  remember(key: string, value: string): Promise<void> {
    return this.handIn((resolve) => this.inbox.memos.push({ key, value, resolve }));
  }

  /** A model was called; resolves after the commit, when what it answered will be found again. */
  noteCall(call: LlmCall, reply?: NotedReply): Promise<void> {
    return this.handIn((resolve) => this.inbox.calls.push({ call, reply, resolve }));
  }

  /** What the doctor did and learnt. */
  noteDoctor(note: DoctorNote): void {
    this.inbox.notes.push(note);
    this.wake();
  }

  /** What the operator is told. */
  note(notice: Notice): void {
    this.inbox.notices.push(notice);
    this.wake();
  }

  // ---------------------------------------------------------------- money

  /** Resolves after the commit that holds it. */
  reserve(spender: Spender, need: number): Promise<Grant> {
    return this.handIn((resolve) => this.inbox.money.push({ move: { kind: 'reserve', spender, need }, resolve }));
  }

  move(move: Exclude<MoneyMove, { kind: 'reserve' }>): void {
    this.inbox.money.push({ move });
    this.wake();
  }

  declaresCost(job: string): boolean {
    return this.places.declareCost(job);
  }

  // ---------------------------------------------------------------- for commands

  /** By hand: tasks run again, or items come earlier. Resolves after the commit to how many. */
  edit(edit: Edit): Promise<number> {
    return this.handIn((resolve) => this.inbox.edits.push({ edit, resolve }));
  }

  /**
   * Writes the audit row of a command; resolves after the commit, which holds everything that the command did so far.
   * Rejects with `NotStored` when the disk is too full for it.
   */
  acknowledge(row: CommandRow): Promise<void> {
    return this.handIn((resolve, reject) => this.inbox.commands.push({ row, resolve, reject }));
  }

  /** Pumps that sit here, those included that have left and still have attempts in flight. */
  get seats(): number {
    return this.places.size;
  }

  /** Attempts in flight, of one job or of all. */
  inFlight(job?: string): number {
    return this.places.inFlight(job);
  }

  // ---------------------------------------------------------------- the beginning and the end

  private get mayClaim(): boolean {
    return this.claiming && this.hasBegun && !this.options.space.isFull;
  }

  /** Claims nothing until `begin` is called: what operators gave while no runner lived comes before any work. */
  waitToBegin(): void {
    this.hasBegun = false;
  }

  begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.lookAgain();
  }

  /** Claims nothing more; resolves when nothing is in flight, or after `graceMs`, when what still runs was interrupted. */
  async drain(graceMs: number): Promise<{ interrupted: number }> {
    this.claiming = false;
    await this.untilIdle(graceMs);
    const interrupted = this.inFlight();
    this.places.interrupt();
    return { interrupted };
  }

  /** The last flush: after it nothing is written any more. */
  close(): void {
    this.claiming = false;
    this.flush();
    this.closed = true;
    this.options.clock.clearTimeout(this.dueTimer);
    this.options.clock.clearTimeout(this.tokenTimer);
    this.uses.close();
  }

  private untilIdle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.settledListeners.delete(look);
        this.options.clock.clearTimeout(timer);
        resolve();
      };
      const look = () => this.inFlight() === 0 && this.inbox.settlements.length === 0 && end();
      const timer = this.options.clock.setTimeout(end, graceMs);
      this.settledListeners.add(look);
      look();
    });
  }

  // ---------------------------------------------------------------- the flush

  /** There is something to write, or to look for. */
  wake(): void {
    if (this.scheduled || this.closed) return;
    this.scheduled = true;
    this.options.clock.defer(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    if (this.closed) return;
    const taken = this.inbox;
    const asking = this.mayClaim ? this.places.asking(taken) : [];
    const changes = this.rows?.changes() ?? NOTHING;
    const batch = this.batchOf(taken, asking, changes);
    this.uses.lookSoon();
    if (isEmpty(batch)) return;
    this.inbox = new Inbox();
    let flushed: Flushed;
    try {
      flushed = this.options.store.commit(batch);
    } catch (error) {
      return this.putBack(taken, error as Error);
    }
    this.options.onCommit?.(flushed.commit);
    this.flushes += 1;
    this.busy = 0;
    this.rows?.written();
    this.answer(taken, flushed, asking, changes);
    this.options.onFlushed?.(flushed, batch);
  }

  private batchOf(taken: Inbox, asking: readonly Place[], changes: ActorChanges): Batch {
    const { clock, dayOf, rates } = this.options;
    const at = clock.now();
    const tokens = this.buckets.now(rates());
    return {
      at,
      day: dayOf(at),
      journal: taken.journal,
      ...changes,
      commands: taken.commands.map(({ row }) => row),
      memos: taken.memos,
      calls: taken.calls,
      notes: taken.notes,
      notices: taken.notices,
      settlements: taken.settlements.map(({ settlement }) => settlement),
      found: taken.found.map(({ batch }) => batch),
      edits: taken.edits.map(({ edit }) => edit),
      money: taken.money.map(({ move }) => move),
      claims: asking.map((place) => requestOf({ job: place.job, spec: place.spec, waiting: place.waiting, limit: this.places.freeAt(place), maxCost: place.maxCost() }, tokens, this.allowances)),
      slots: this.freeSlots(taken.settlements.map(({ place }) => place)),
      tokens,
      inFlight: this.inFlight(),
    };
  }

  /** Of resources, and of what breakers allow. `settling`: where this flush settles something, of which the breaker of a resource hears only after it. */
  private freeSlots(settling: readonly Place[] = []): Record<string, number> {
    const slots = this.places.freeSlots(this.options.capacities());
    const used = (one: Allowance) => ('resource' in one ? this.places.inFlightWith(one.resource) + settling.filter(({ spec }) => spec.resources.includes(one.resource)).length : this.places.inFlightAt(one.job, one.stages));
    for (const one of this.allowances) slots[one.name] = Math.max(0, one.most - used(one));
    return slots;
  }

  private get allowances(): readonly Allowance[] {
    return this.rows?.allowances ?? [];
  }

  private answer(taken: Inbox, flushed: Flushed, asking: readonly Place[], { jobs, eased, easedAll }: ActorChanges): void {
    if (easedAll) this.lookAgain();
    for (const { resolve } of taken.commands) resolve();
    for (const { resolve } of [...taken.memos, ...taken.calls]) resolve();
    taken.edits.forEach(({ resolve }, index) => resolve(flushed.edited[index]!));
    const claimed = this.places.claimed(asking, flushed.claims);
    this.buckets.spend(flushed.spent);
    this.meter.served(claimed);
    this.places.still(claimed, flushed, this.options.clock.now());
    this.places.wake(jobs.filter(({ claiming, draining }) => claiming && !draining).map(({ job }) => job).concat(eased), flushed.readied);
    this.room.count(flushed.pending);
    this.places.confirm(taken.settlements, flushed.receipts);
    taken.money.flatMap(({ resolve }) => resolve ?? []).forEach((resolve, index) => resolve(flushed.grants[index]!));
    taken.found.forEach(({ resolve }, index) => resolve(flushed.found[index]!));
    this.places.start(claimed);
    this.room.look();
    this.watchDue(flushed.nextDue);
    this.watchTokens();
    for (const listener of this.settledListeners) listener();
  }

  /** What was not written is written by a later flush, with what has come meanwhile. */
  private putBack(taken: Inbox, error: Error & { code?: string }): void {
    const { inbox } = this;
    for (const part of Object.keys(taken) as (keyof Inbox)[]) (inbox[part] as unknown[]).unshift(...taken[part]);
    switch (troubleOf(error)) {
      case 'busy':
        return this.tryAgainIn(this.whileBusy());
      case 'full':
        return this.tryAgainIn(this.whileFull(taken, error.code!));
      case 'broken':
        this.closed = true;
        return this.options.onBroken(error);
    }
  }

  private whileBusy(): number {
    if (this.busy === 0) this.options.log.warn('another program writes to the database: nothing is lost, but nothing can be stored until it has ended');
    return Math.min(BUSY_RETRY_MS.most, BUSY_RETRY_MS.first * 2 ** this.busy++);
  }

  private whileFull({ commands }: Inbox, code: string): number {
    if (this.options.space.full(code)) return 0;
    for (const { reject } of commands) reject(new NotStored('the disk is full'));
    return FULL_RETRY_MS;
  }

  private tryAgainIn(ms: number): void {
    this.scheduled = true;
    this.options.clock.setTimeout(() => this.flush(), ms);
  }

  /** Wakes when the earliest delayed task is due: the flush promotes it. */
  private watchDue(nextDue: number | undefined): void {
    const { clock } = this.options;
    clock.clearTimeout(this.dueTimer);
    if (nextDue === undefined || this.closed) return;
    this.dueTimer = clock.setTimeout(() => this.lookAgain(), Math.max(1, nextDue - clock.now()));
  }

  /** Wakes when the next token comes that somebody waits for. */
  private watchTokens(): void {
    const { clock } = this.options;
    clock.clearTimeout(this.tokenTimer);
    const waits = [...this.places.tokensWanted()].map((name) => this.buckets.waitMs(name));
    if (waits.length > 0 && !this.closed) this.tokenTimer = clock.setTimeout(() => this.wake(), Math.max(1, Math.min(...waits)));
  }

  /** A flush although nothing was handed in. */
  lookAgain(): void {
    this.places.lookAll();
    this.wake();
  }

  private handIn<T>(put: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      put(resolve, reject);
      this.wake();
    });
  }
}

/** Its task is ready again, uncharged. */
const neverRun = (claim: Claim, at: number): Settlement => ({
  claim, result: { outcome: { kind: 'interrupted' }, costMicroUsd: 0, artifacts: [] }, startedAt: at, finishedAt: at, version: null, lastTry: false,
});

type Asking = Pick<Place, 'job' | 'spec' | 'waiting'> & { limit: number; maxCost: number };

function requestOf({ job, spec, waiting, limit, maxCost }: Asking, tokens: Batch['tokens'], allowances: readonly Allowance[]): ClaimRequest {
  const pace = paceOf(job);
  const allowed = allowances.filter((one) => ('resource' in one ? spec.resources.includes(one.resource) : one.job === job && one.stages.includes(spec.name))).map(({ name }) => name);
  const resources = allowed.length > 0 ? [...spec.resources, ...allowed] : spec.resources;
  return { job, stage: spec.name, limit, resources, ...(tokens[pace] && { pace }), ...(waiting && { ticket: waiting.ticket }), ...(maxCost > 0 && { maxCost }) };
}

const isEmpty = ({ journal, snapshots, gone, commands, memos, notes, notices, calls, settlements, found, edits, money, claims }: Batch): boolean =>
  [journal, snapshots, gone, commands, memos, notes, notices, calls, settlements, found, edits, money, claims].every(({ length }) => length === 0);
