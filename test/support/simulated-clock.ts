/** Time that passes only when a test says so, and a turn of the loop that ends only when nobody has anything left to do. */
import type { Clock } from '../../actors/ports.ts';

type Timer = { due: number; run: () => void };

export class SimulatedTime {
  /** By the monotonic clock. */
  private at: number;
  /** So much further is the clock on the wall. */
  private set = 0;
  private deferred: (() => void)[] = [];
  private readonly timers = new Set<Timer>();
  /** What chance gives next. */
  chance = 0.5;

  constructor(at: number) {
    this.at = at;
  }

  get now(): number {
    return this.at + this.set;
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.timers.size;
  }

  /** The clock of one process: when it has died, nothing that it asked for happens any more. */
  clock(): Clock & { die(): void } {
    const own = new Set<Timer>();
    let dead = false;
    return {
      now: () => this.now,
      monotonic: () => this.at,
      random: () => this.chance,
      defer: (run) => void (dead || this.deferred.push(() => dead || run())),
      setTimeout: (run, ms) => {
        const timer = { due: this.at + ms, run: () => (own.delete(timer), run()) };
        if (!dead) {
          own.add(timer);
          this.timers.add(timer);
        }
        return timer;
      },
      clearTimeout: (timer) => {
        own.delete(timer as Timer);
        this.timers.delete(timer as Timer);
      },
      die: () => {
        dead = true;
        for (const timer of own) this.timers.delete(timer);
      },
    };
  }

  /** Until nothing is deferred and no promise goes on: what is left waits for time, or for the test. */
  async settle(): Promise<void> {
    for (;;) {
      const due = this.deferred;
      this.deferred = [];
      for (const run of due) run();
      // A real turn: after it every promise that could go on has done so.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.deferred.length > 0) continue;
      const timer = this.earliest();
      if (!timer || timer.due > this.at) return;
      this.timers.delete(timer);
      timer.run();
    }
  }

  /** Somebody sets the clock on the wall. As with the real one, timers end when either clock says so. */
  setClock(forward: number): void {
    this.set += forward;
    if (forward > 0) for (const timer of this.timers) timer.due = Math.max(this.at, timer.due - forward);
  }

  /** The process is stopped for so long, and goes on: all that was due meanwhile is due at once. */
  stall(ms: number): void {
    this.at += ms;
  }

  /** Lets time pass, from timer to timer. */
  async pass(ms: number): Promise<void> {
    const end = this.at + ms;
    for (;;) {
      await this.settle();
      const timer = this.earliest();
      if (!timer || timer.due > end) break;
      this.at = Math.max(this.at, timer.due);
    }
    this.at = end;
    await this.settle();
  }

  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (!first || timer.due < first.due) first = timer;
    return first;
  }
}
