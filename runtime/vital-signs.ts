/**
 * What the process takes and how promptly its event loop turns, second by second. It is only measured while somebody looks: the measuring
 * itself wakes the process twenty times a second.
 */
import type { Clock } from '../actors/ports.ts';
import type { SystemView, VitalSign } from '../inspector/protocol.ts';

const SECOND_MS = 1_000;
/** How late a timer of so long comes is how long the loop did not turn. */
const TICK_MS = 50;
const KEPT = 120;
/** Nobody has looked for so long. */
const UNWATCHED_MS = 30_000;
const US_PER_MS = 1e3;

/** Since a second began; `tickAt`, `at`: by the monotonic clock. */
type Second = { at: number; tickAt: number; lagMs: number; used: NodeJS.CpuUsage; flushes: number };

export class VitalSigns {
  private readonly clock: Clock;
  private readonly flushes: () => number;
  private signs: VitalSign[] = [];
  private second: Second | undefined;
  private timer: unknown;
  private askedAt = -Infinity;

  /** @param flushes so far */
  constructor(clock: Clock, flushes: () => number) {
    this.clock = clock;
    this.flushes = flushes;
  }

  /** From now on it is measured, for as long as somebody asks. */
  look(): Pick<SystemView, 'signs' | 'lag'> {
    this.askedAt = this.clock.monotonic();
    if (!this.second) this.begin();
    const lags = this.signs.map(({ lagMs }) => lagMs).toSorted((a, b) => a - b);
    const share = (of: number) => lags[Math.min(lags.length - 1, Math.floor(of * lags.length))] ?? 0;
    return { signs: this.signs, lag: { p50: share(0.5), p99: share(0.99), most: lags.at(-1) ?? 0 } };
  }

  close(): void {
    this.clock.clearTimeout(this.timer);
    this.second = undefined;
  }

  /** What lies between was not measured. */
  private begin(): void {
    this.signs = [];
    this.second = this.aNewSecond();
    this.tickSoon();
  }

  private aNewSecond(): Second {
    const at = this.clock.monotonic();
    return { at, tickAt: at, lagMs: 0, used: process.cpuUsage(), flushes: this.flushes() };
  }

  private tickSoon(): void {
    this.timer = this.clock.setTimeout(() => this.tick(), TICK_MS);
  }

  private tick(): void {
    const { second } = this;
    if (!second) return;
    const now = this.clock.monotonic();
    second.lagMs = Math.max(second.lagMs, now - second.tickAt - TICK_MS);
    second.tickAt = now;
    if (now - second.at >= SECOND_MS) this.note(second, now);
    if (now - this.askedAt > UNWATCHED_MS) return this.close();
    this.tickSoon();
  }

  private note({ at, lagMs, used: { user, system }, flushes }: Second, now: number): void {
    const next = this.aNewSecond();
    const { rss, heapUsed } = process.memoryUsage();
    const cpuMs = (next.used.user + next.used.system - user - system) / US_PER_MS;
    this.signs = [...this.signs.slice(1 - KEPT), { at: this.clock.now(), lagMs, cpu: cpuMs / (now - at), rss, heap: heapUsed, flushes: ((next.flushes - flushes) / (now - at)) * SECOND_MS }];
    this.second = next;
  }
}
