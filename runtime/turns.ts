/**
 * Work that may come in storms: in each turn of the event loop it takes so much time at most, and then others have theirs. While more waits than that,
 * what is done is handed on now and then, in a turn of its own: what follows from it, such as a commit, costs about the same for one and for forty.
 */
import type { Clock } from '../actors/ports.ts';

/** What others do in a turn takes as long again: a command waits for about three times as much. */
const MOST_MS = 3;
/** So much is done, and then handed on. */
const HAND_ON_MS = 6;

export class Turns {
  private readonly clock: Clock;
  private readonly waiting: (() => () => void)[] = [];
  /** When this turn's time is over; undefined before anything was done in it. */
  private end: number | undefined;
  private done: (() => void)[] = [];
  private worked = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** At once while there is time; else in a later turn, in order. What `work` throws is thrown, or rejects. */
  run<T>(work: () => T): T | Promise<T> {
    if (this.waiting.length === 0 && this.hasTime()) return work();
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        try {
          const result = work();
          return () => resolve(result);
        } catch (error) {
          return () => reject(error as Error);
        }
      });
    });
  }

  private hasTime(): boolean {
    const now = this.clock.monotonic();
    if (this.end === undefined) {
      this.end = now + MOST_MS;
      this.clock.defer(() => this.next());
    }
    return now < this.end;
  }

  private next(): void {
    this.end = undefined;
    if (this.worked >= HAND_ON_MS) return this.handOn();
    let taken = 0;
    while (taken < this.waiting.length && this.hasTime()) this.done.push(this.waiting[taken++]!());
    this.waiting.splice(0, taken);
    this.worked += MOST_MS;
    if (this.waiting.length === 0) this.handOn();
  }

  private handOn(): void {
    this.worked = 0;
    if (this.waiting.length > 0) this.clock.defer(() => this.next());
    for (const handOn of this.done.splice(0)) handOn();
  }
}
