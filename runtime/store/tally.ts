/**
 * What one try of a flush has changed, so far in memory only: a transaction may be rolled back and tried again, so every
 * try counts for itself, and what it counted is written once, at its end.
 */
import type { MetKind } from './doctor.ts';
import type { Stage } from './pipelines.ts';
import { DONE, READY, RUNNING, STATE_COUNT, WAITING, type StateNumber } from './states.ts';

export class Tally {
  /** Tasks more (or fewer) by stage and state. */
  readonly counts = new Map<Stage, number[]>();
  /** Stages in which tasks became ready. */
  readonly readied = new Set<Stage>();
  /** Jobs of which a task ended `done` in a stage that nothing needs. */
  readonly finished = new Set<string>();
  /** Kinds of errors that attempts ended with, by their fingerprints: as the last of each was judged. A thousand that fail alike are one row. */
  readonly met = new Map<string, MetKind>();

  add(stage: Stage, state: StateNumber, n = 1): void {
    let counts = this.counts.get(stage);
    if (!counts) this.counts.set(stage, (counts = new Array<number>(STATE_COUNT).fill(0)));
    counts[state]! += n;
    if (state === READY && n > 0) this.readied.add(stage);
  }

  move(stage: Stage, from: StateNumber, to: StateNumber, n = 1): void {
    this.add(stage, from, -n);
    this.add(stage, to, n);
    if (to === DONE && stage.dependents.length === 0) this.finished.add(stage.job);
  }

  meet(kind: MetKind): void {
    const { fingerprint } = kind.judgement;
    this.met.set(fingerprint, { ...kind, n: kind.n + (this.met.get(fingerprint)?.n ?? 0) });
  }

  /** Takes over what a part of the try has changed. */
  merge(part: Tally): void {
    for (const [stage, counts] of part.counts) counts.forEach((n, state) => n !== 0 && this.add(stage, state as StateNumber, n));
    for (const stage of part.readied) this.readied.add(stage);
    for (const job of part.finished) this.finished.add(job);
    for (const kind of part.met.values()) this.meet(kind);
  }

  /** Jobs that now have more or fewer tasks ready, waiting or running. */
  jobsWithOtherPending(): Set<string> {
    const changes = new Map<string, number>();
    for (const [{ job }, counts] of this.counts) changes.set(job, (changes.get(job) ?? 0) + counts[READY]! + counts[WAITING]! + counts[RUNNING]!);
    return new Set([...changes].filter(([, change]) => change !== 0).map(([job]) => job));
  }
}
