/** Where everything is written down, and who is given work. */
import type { ResourceUse } from '../../machines/resource.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import type { Claim, Receipt, Settlement } from './attempts.ts';
import type { Candidate, FoundReceipt } from './discovery.ts';

/**
 * The group commit. Everything that members hand in until the next turn of the loop goes into one transaction;
 * only after it has committed are claims handed out, settlements confirmed and promises resolved.
 */
export interface Ledger {
  /** A stage's pump takes its seat. */
  join(job: string, stage: StageSpec, member: Member): Seat;
  /**
   * Records what a discovery found; resolves after the commit. A job's finds keep their order. With `decision` the keys are
   * only noted: there is no room for them.
   */
  found(job: string, candidates: readonly Candidate[], more?: { cursor?: string; decision?: 'over_max_pending' }): Promise<FoundReceipt>;
  /** Tasks of the job that are ready, waiting or running. Kept in memory, exact as of the last commit. */
  pending(job: string): number;
  /** Calls once, after a commit that left fewer than `below` tasks pending. */
  whenPendingBelow(job: string, below: number, then: () => void): () => void;
  /** How the stages of a job stand, whatever their pumps believe; nothing while nobody could claim (the database is locked, the disk full, the runner stops). */
  lookAt(job: JobSpec): StageLook[];
  /** Calls with who holds the slots of a resource and who waits: soon, and when that has changed, four times a second at most. */
  watchResource(name: string, tell: (use: ResourceUse) => void): () => void;
  /** The failures of these items at a stage, one for each time an id occurs, are not charged, and they are ready again: joins the next flush. */
  absolve(job: string, stage: string, items: readonly number[]): void;
  /** A remembered value of `ctx.once`, or undefined. */
  recall(key: string): string | undefined;
  /** Remembers a value for `ctx.once`; resolves after the commit. */
  remember(key: string, value: string): Promise<void>;
}

/** `claims`: tasks that its pump was given since it sat down. `couldClaim`: it would be given one now, if it asked. */
export type StageLook = { stage: string; claims: number; couldClaim: boolean };

/** A stage's pump, as the ledger sees it. Its methods are called between transactions, never within one. */
export interface Member {
  /** How many tasks it could start now. Asked once a flush, before the transaction. */
  free(): number;
  /** Micro-dollars that an attempt costs at most, as declared; 0 where nothing is. */
  maxCost(): number;
  /** Attempts that hold a slot: started and neither handed in nor given up. */
  inFlight(): number;
  /** Slots in use by resource: an attempt keeps those that it was started with, whatever the configuration says since. */
  holding(): ReadonlyMap<string, number>;
  /** After the commit: run these. */
  start(claims: readonly Claim[]): void;
  /** After the commit, in the order in which they were handed in. */
  settled(receipts: readonly Receipt[], finished: number): void;
  /** The runner stops: hand in what is in flight as `interrupted`. */
  interrupt(): void;
  /** One of these has thrown: it is asked no more. Does not throw. */
  broke(error: Error): void;
}

export interface Seat {
  /** There may be work, or room for it: ask this member in the next flush. */
  wake(): void;
  /** Joins the next flush. */
  settle(settlement: Settlement): void;
  /** Nothing more is expected of an attempt that was settled while it was `spending`. */
  giveUp(claim: Claim): void;
  /** After a change of configuration. */
  update(stage: StageSpec): void;
  leave(): void;
}
