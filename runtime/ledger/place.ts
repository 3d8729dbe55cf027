/** A stage's seat at the ledger. */
import type { Claim, Member, Receipt, Seat, Settlement } from '../../actors/ports.ts';
import type { StageSpec } from '../../machines/spec.ts';
import type { Short } from '../store/permit/share-out.ts';

/** What a place asks of its ledger. */
export type Table = {
  wake(): void;
  settle(settlement: Settlement, place: Place): void;
  /** These were given to it and are not run by it. */
  giveBack(claims: readonly Claim[], place: Place): void;
  giveUp(claim: Claim): void;
  leave(place: Place): void;
  update(): void;
};

const NOTHING: ReadonlyMap<string, number> = new Map();

/** One member that throws must not take the flush of all others with it: it is told, and asked for nothing more. */
export class Place implements Seat {
  readonly job: string;
  spec: StageSpec;
  /** There may be something to claim that was not there, or not to be had, at the last flush. */
  hungry = true;
  /** Since when it lacks slots or tokens for a task that is ready: a lower ticket is served first. `since` in ms since the epoch. */
  waiting: ({ ticket: number; since: number } & Pick<Short, 'slots' | 'tokens' | 'keeps'>) | undefined;
  /** Tasks given to its member so far. */
  claims = 0;
  /** Stages that need this one; none for the last stage of a line. */
  dependents: Place[] = [];
  private readonly member: Member;
  private readonly table: Table;
  private isBroken = false;

  constructor(job: string, spec: StageSpec, member: Member, table: Table) {
    this.job = job;
    this.spec = spec;
    this.member = member;
    this.table = table;
  }

  // ---------------------------------------------------------------- what the ledger asks of its member

  /** How many tasks it could start now. */
  free(): number {
    return this.isBroken ? 0 : this.ask((member) => member.free(), 0);
  }

  /** Micro-dollars that an attempt costs at most, as declared; 0 where nothing is. */
  maxCost(): number {
    return this.ask((member) => member.maxCost(), 0);
  }

  inFlight(): number {
    return this.ask((member) => member.inFlight(), 0);
  }

  holding(): ReadonlyMap<string, number> {
    return this.ask((member) => member.holding(), NOTHING);
  }

  start(claims: readonly Claim[]): void {
    this.claims += claims.length;
    const started = !this.isBroken && this.ask((member) => (member.start(claims), true), false);
    if (!started) this.table.giveBack(claims, this);
  }

  settled(receipts: readonly Receipt[], finished: number): void {
    if (!this.isBroken) this.ask((member) => member.settled(receipts, finished), undefined);
  }

  interrupt(): void {
    this.ask((member) => member.interrupt(), undefined);
  }

  private ask<T>(question: (member: Member) => T, otherwise: T): T {
    try {
      return question(this.member);
    } catch (error) {
      if (!this.isBroken) this.member.broke(error as Error);
      this.isBroken = true;
      return otherwise;
    }
  }

  // ---------------------------------------------------------------- what its member asks of the ledger

  wake(): void {
    this.hungry = true;
    this.table.wake();
  }

  settle(settlement: Settlement): void {
    this.table.settle(settlement, this);
  }

  giveUp(claim: Claim): void {
    this.table.giveUp(claim);
  }

  update(spec: StageSpec): void {
    this.spec = spec;
    this.table.update();
    this.wake();
  }

  leave(): void {
    this.table.leave(this);
  }
}
