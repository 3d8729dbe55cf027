/**
 * The group commit. What actors and pumps hand in within one turn of the loop goes into one transaction; only after it has
 * committed are commands acknowledged, settlements confirmed, finds answered and claims handed out, in this order.
 */
import type { Candidate, Clock, FoundReceipt, Ledger, Log, Member, Receipt, Seat, Settlement } from '../../actors/ports.ts';
import type { StageSpec } from '../../machines/spec.ts';
import type { Recorder } from '../recorder/recorder.ts';
import type { Batch, CommandRow, Flushed, JournalEntry, TaskEdit } from '../store/types.ts';
import { ActorRows, type ActorChanges } from './actor-rows.ts';
import { Inbox } from './inbox.ts';
import { Place } from './place.ts';

/** Another process holds the write lock: try again. */
const BUSY_RETRY_MS = 25;

/** Of the store, what the ledger uses. */
export type LedgerStore = {
  commit(batch: Batch): Flushed;
  memos: { recall(key: string): string | undefined };
  counts: { pending(job: string): number };
};

export type LedgerOptions = {
  store: LedgerStore;
  clock: Clock;
  log: Log;
  /** Most slots of each resource, as the configuration in force says. */
  capacities(): Readonly<Record<string, number>>;
  /** Calendar day of a time (ms since the epoch), for money. */
  dayOf(at: number): string;
  /** The store cannot be written any more: nothing may go on. */
  onBroken(error: Error): void;
};

const NOTHING: ActorChanges = { snapshots: [], jobs: [], gone: [] };

export class GroupCommit implements Ledger {
  private readonly options: LedgerOptions;
  private readonly places = new Set<Place>();
  /** Places whose pump has stopped and still has attempts in flight: they keep their slots. */
  private readonly leaving = new Set<Place>();
  private readonly pendings = new Map<string, number>();
  private readonly waitingForRoom = new Set<{ job: string; below: number; then(): void }>();
  private inbox = new Inbox();
  private rows: ActorRows | undefined;
  private scheduled = false;
  private claiming = true;
  private closed = false;
  private dueTimer: unknown;
  private readonly settledListeners = new Set<() => void>();
  /** Flushes so far. */
  flushes = 0;

  constructor(options: LedgerOptions) {
    this.options = options;
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
      settle: (settlement, from) => this.settle(settlement, from),
      update: () => this.link(),
      leave: (gone) => {
        this.places.delete(gone);
        if (gone.member.inFlight() > 0) this.leaving.add(gone);
        this.link();
      },
    });
    this.places.add(place);
    this.link();
    this.wake();
    return place;
  }

  found(job: string, candidates: readonly Candidate[], more: { cursor?: string; decision?: 'over_max_pending' } = {}): Promise<FoundReceipt> {
    return this.handIn((resolve) => this.inbox.found.push({ batch: { job, at: this.options.clock.now(), candidates, ...more }, resolve }));
  }

  pending(job: string): number {
    return this.pendings.get(job) ?? this.options.store.counts.pending(job);
  }

  whenPendingBelow(job: string, below: number, then: () => void): () => void {
    const waiting = { job, below, then };
    this.waitingForRoom.add(waiting);
    this.callThoseWithRoom();
    return () => this.waitingForRoom.delete(waiting);
  }

  recall(key: string): string | undefined {
    return this.options.store.memos.recall(key);
  }

  remember(key: string, value: string): Promise<void> {
    return this.handIn((resolve) => this.inbox.memos.push({ key, value, resolve }));
  }

  // ---------------------------------------------------------------- for commands

  /** Tasks go back to `ready` by hand; resolves after the commit to how many. */
  edit(edit: TaskEdit): Promise<number> {
    return this.handIn((resolve) => this.inbox.edits.push({ edit, resolve }));
  }

  /** Writes the audit row of a command; resolves after the commit, which holds everything that the command did so far. */
  acknowledge(row: CommandRow): Promise<void> {
    return this.handIn((resolve) => this.inbox.commands.push({ row, resolve }));
  }

  /** Attempts in flight, of one job or of all. */
  inFlight(job?: string): number {
    let sum = 0;
    for (const places of [this.places, this.leaving]) for (const place of places) if (job === undefined || place.job === job) sum += place.member.inFlight();
    return sum;
  }

  // ---------------------------------------------------------------- the end

  /** Claims nothing more; resolves when nothing is in flight, or after `graceMs`, when what still runs was interrupted. */
  async drain(graceMs: number): Promise<{ interrupted: number }> {
    this.claiming = false;
    await this.untilIdle(graceMs);
    const interrupted = this.inFlight();
    for (const { member } of [...this.places, ...this.leaving]) member.interrupt();
    return { interrupted };
  }

  /** The last flush: after it nothing is written any more. */
  close(): void {
    this.claiming = false;
    this.flush();
    this.closed = true;
    this.options.clock.clearTimeout(this.dueTimer);
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
    for (const gone of this.leaving) if (gone.member.inFlight() === 0) this.leaving.delete(gone);
    const asking = this.claiming ? this.asking(taken) : [];
    const changes = this.rows?.changes() ?? NOTHING;
    const batch = this.batchOf(taken, asking, changes);
    if (isEmpty(batch)) return;
    this.inbox = new Inbox();
    let flushed: Flushed;
    try {
      flushed = this.options.store.commit(batch);
    } catch (error) {
      return this.putBack(taken, error as Error);
    }
    this.flushes += 1;
    this.rows?.written();
    this.answer(taken, flushed, asking, changes);
  }

  private batchOf(taken: Inbox, asking: readonly Place[], changes: ActorChanges): Batch {
    const { clock, dayOf } = this.options;
    const at = clock.now();
    return {
      at,
      day: dayOf(at),
      journal: taken.journal,
      ...changes,
      commands: taken.commands.map(({ row }) => row),
      memos: taken.memos,
      settlements: taken.settlements.map(({ settlement }) => settlement),
      found: taken.found.map(({ batch }) => batch),
      edits: taken.edits.map(({ edit }) => edit),
      claims: asking.map((place) => ({ job: place.job, stage: place.spec.name, limit: this.freeAt(place), resources: place.spec.resources })),
      slots: this.freeSlots(),
      inFlight: this.inFlight(),
    };
  }

  /** Who could start something: who looks for work, and who may get some by what this flush settles. */
  private asking({ settlements }: Inbox): Place[] {
    for (const { settlement, place } of settlements) {
      const { kind } = settlement.result.outcome;
      if (kind === 'done' || kind === 'skipped') for (const dependent of place.dependents) dependent.hungry = true;
    }
    return [...this.places].filter((place) => place.hungry && this.freeAt(place) > 0);
  }

  /** How many tasks a place could start now: those of one that it took the place of count too. */
  private freeAt({ job, spec, member }: Place): number {
    let free = member.free();
    for (const gone of this.leaving) if (gone.job === job && gone.spec.name === spec.name) free -= gone.member.inFlight();
    return free;
  }

  private freeSlots(): Record<string, number> {
    const slots = { ...this.options.capacities() };
    for (const places of [this.places, this.leaving])
      for (const { spec, member } of places) for (const name of spec.resources) slots[name] = (slots[name] ?? 0) - member.inFlight();
    for (const name of Object.keys(slots)) slots[name] = Math.max(0, slots[name]!);
    return slots;
  }

  private answer(taken: Inbox, flushed: Flushed, asking: readonly Place[], { jobs }: ActorChanges): void {
    for (const { resolve } of taken.commands) resolve();
    for (const { resolve } of taken.memos) resolve();
    taken.edits.forEach(({ resolve }, index) => resolve(flushed.edited[index]!));
    this.stillHungry(asking, flushed);
    for (const { job, claiming, draining } of jobs) if (claiming && !draining) this.wakeJob(job);
    for (const { job, stage } of flushed.readied) this.wakeStage(job, stage);
    for (const [job, pending] of flushed.pending) this.pendings.set(job, pending);
    this.confirm(taken.settlements, flushed.receipts);
    taken.found.forEach(({ resolve }, index) => resolve(flushed.found[index]!));
    this.start(asking, flushed);
    this.callThoseWithRoom();
    this.watchDue(flushed.nextDue);
    for (const listener of this.settledListeners) listener();
  }

  /** Who got less than it asked for has nothing more to look for, unless slots or a task that runs alone were in the way. */
  private stillHungry(asking: readonly Place[], { claims, heldBack }: Flushed): void {
    const got = new Map<Place, number>();
    for (const claim of claims) {
      const place = asking.find(({ job, spec }) => job === claim.job && spec.name === claim.stage)!;
      got.set(place, (got.get(place) ?? 0) + 1);
    }
    for (const place of asking) {
      if (heldBack || place.spec.resources.length > 0) continue;
      if ((got.get(place) ?? 0) < this.freeAt(place)) place.hungry = false;
    }
  }

  private confirm(settlements: Inbox['settlements'], receipts: readonly Receipt[]): void {
    const byPlace = new Map<Place, { receipts: Receipt[]; finished: number }>();
    settlements.forEach(({ place }, index) => {
      const receipt = receipts[index]!;
      let own = byPlace.get(place);
      if (!own) byPlace.set(place, (own = { receipts: [], finished: 0 }));
      own.receipts.push(receipt);
      if (place.dependents.length === 0 && receipt.answer === 'committed' && receipt.settlement.result.outcome.kind === 'done') own.finished += 1;
    });
    for (const [place, { receipts: own, finished }] of byPlace) {
      // What was limited by slots or concurrency has room again.
      place.hungry = true;
      place.member.settled(own, finished);
    }
  }

  private start(asking: readonly Place[], { claims }: Flushed): void {
    const byPlace = Map.groupBy(claims, (claim) => asking.find(({ job, spec }) => job === claim.job && spec.name === claim.stage)!);
    for (const [place, own] of byPlace) place.member.start(own);
  }

  private putBack(taken: Inbox, error: Error & { code?: string }): void {
    const { inbox } = this;
    for (const part of Object.keys(taken) as (keyof Inbox)[]) (inbox[part] as unknown[]).unshift(...taken[part]);
    if (!error.code?.startsWith('SQLITE_BUSY')) return this.options.onBroken(error);
    this.options.log.warn('the database is locked by another process; trying again', { code: error.code });
    this.scheduled = true;
    this.options.clock.setTimeout(() => this.flush(), BUSY_RETRY_MS);
  }

  private settle(settlement: Settlement, place: Place): void {
    this.inbox.settlements.push({ settlement, place });
    this.wake();
  }

  private wakeJob(job: string): void {
    for (const place of this.places) if (place.job === job) place.wake();
  }

  private wakeStage(job: string, stage: string): void {
    for (const place of this.places)
      if (place.job === job && place.spec.name === stage) {
        place.hungry = true;
        if (place.member.free() > 0) this.wake();
      }
  }

  private callThoseWithRoom(): void {
    for (const waiting of this.waitingForRoom) {
      if (this.pending(waiting.job) >= waiting.below) continue;
      this.waitingForRoom.delete(waiting);
      waiting.then();
    }
  }

  /** Wakes when the earliest delayed task is due: the flush promotes it. */
  private watchDue(nextDue: number | undefined): void {
    const { clock } = this.options;
    clock.clearTimeout(this.dueTimer);
    if (nextDue === undefined || this.closed) return;
    this.dueTimer = clock.setTimeout(() => this.look(), Math.max(1, nextDue - clock.now()));
  }

  /** A flush although nothing was handed in. */
  private look(): void {
    for (const place of this.places) place.hungry = true;
    this.wake();
  }

  private link(): void {
    for (const place of this.places)
      place.dependents = [...this.places].filter((other) => other.job === place.job && other.spec.needs.includes(place.spec.name));
  }

  private handIn<T>(put: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve) => {
      put(resolve);
      this.wake();
    });
  }
}

const isEmpty = ({ journal, snapshots, gone, commands, memos, settlements, found, edits, claims }: Batch): boolean =>
  [journal, snapshots, gone, commands, memos, settlements, found, edits, claims].every(({ length }) => length === 0);
