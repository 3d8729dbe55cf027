import type { Clock } from '../../actors/ports.ts';

/** So many are remembered; with one more, all are forgotten, and each is due again. */
const MOST = 10_000;

/** What is done once for each key, and again only after a while. In memory: a restart begins anew. */
export class OnceInAWhile {
  private readonly clock: Clock;
  private readonly ms: number;
  private readonly last = new Map<string, number>();

  constructor(clock: Clock, ms: number) {
    this.clock = clock;
    this.ms = ms;
  }

  /** Whether it is due now; then it is not for a while. */
  isDue(key: string): boolean {
    const now = this.clock.now();
    const last = this.last.get(key);
    if (last !== undefined && now - last < this.ms) return false;
    if (this.last.size >= MOST) this.last.clear();
    this.last.set(key, now);
    return true;
  }
}
