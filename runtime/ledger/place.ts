/** A stage's seat at the ledger. */
import type { Member, Seat, Settlement } from '../../actors/ports.ts';
import type { StageSpec } from '../../machines/spec.ts';

/** What a place asks of its ledger. */
export type Table = {
  wake(): void;
  settle(settlement: Settlement, place: Place): void;
  leave(place: Place): void;
  update(): void;
};

export class Place implements Seat {
  readonly job: string;
  readonly member: Member;
  spec: StageSpec;
  /** There may be something to claim that was not there, or not to be had, at the last flush. */
  hungry = true;
  /** Since when it lacks slots or tokens for a task that is ready: a lower ticket is served first. `since` in ms since the epoch. */
  waiting: { ticket: number; since: number; slots: readonly string[]; tokens: readonly string[] } | undefined;
  /** Tasks given to its member so far. */
  claims = 0;
  /** Stages that need this one; none for the last stage of a line. */
  dependents: Place[] = [];
  private readonly table: Table;

  constructor(job: string, spec: StageSpec, member: Member, table: Table) {
    this.job = job;
    this.spec = spec;
    this.member = member;
    this.table = table;
  }

  wake(): void {
    this.hungry = true;
    this.table.wake();
  }

  settle(settlement: Settlement): void {
    this.table.settle(settlement, this);
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
