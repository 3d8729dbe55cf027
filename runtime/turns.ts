/** Work that may come in storms: in each turn of the event loop it takes so much time at most, and then others have theirs. */
import type { Clock } from '../actors/ports.ts';

/** What follows from it, such as its commit, takes as long again: a command waits for about three times as much. */
const MOST_MS = 4;

export class Turns {
  private readonly clock: Clock;
  private readonly waiting: (() => void)[] = [];
  /** When this turn's time is over; undefined before anything was done in it. */
  private end: number | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** At once while there is time; else in a later turn, in order. What `work` throws is thrown, or rejects. */
  run<T>(work: () => T): T | Promise<T> {
    if (this.waiting.length === 0 && this.hasTime()) return work();
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as Error);
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
    let done = 0;
    while (done < this.waiting.length && this.hasTime()) this.waiting[done++]!();
    this.waiting.splice(0, done);
  }
}
