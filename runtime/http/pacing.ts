/**
 * Turns at a host: so many requests at once, a gap between their starts, and none while it has asked to be left alone. Jobs that wait
 * for the same host take turns, so that one with a thousand items does not keep the other from its first.
 */
import type { Clock } from '../../actors/ports.ts';
import { formatDuration } from '../config/units.ts';
import { HostResting } from './errors.ts';

export type Pace = { concurrency: number; gapMs: number };

/** A longer wait is no wait: the task gives its slot back and comes again. */
const LONGEST_WAIT_MS = 5_000;
/** Hosts that nobody waits for are forgotten when there are so many. */
const HOSTS = 500;

type Waiter = { pace: Pace; start(): void };
type Host = { inFlight: number; lastStart: number; restsUntil: number; waiting: Map<string, Waiter[]>; timer: unknown };

export class Pacing {
  private readonly clock: Clock;
  private readonly hosts = new Map<string, Host>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Resolves when it is this job's turn; call what it answers when the request has ended. Rejects with the reason of `signal`, and with
   * `HostResting` when the host wants to be left alone for long.
   */
  async turn(name: string, job: string, pace: Pace, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const host = this.hostOf(name);
    const restMs = host.restsUntil - this.clock.now();
    if (restMs > LONGEST_WAIT_MS) throw new HostResting(`${name} wants no requests for another ${formatDuration(Math.ceil(restMs / 1000) * 1000)}`, { retryAfter: restMs });
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        host.waiting.set(job, (host.waiting.get(job) ?? []).filter((other) => other !== waiter));
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        pace,
        start() {
          signal.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal.addEventListener('abort', stop, { once: true });
      host.waiting.set(job, [...(host.waiting.get(job) ?? []), waiter]);
      this.next(host);
    });
    return () => {
      host.inFlight--;
      this.next(host);
    };
  }

  /** The host has said how long it wants to be left alone. */
  rest(name: string, ms: number): void {
    const host = this.hostOf(name);
    host.restsUntil = Math.max(host.restsUntil, this.clock.now() + ms);
  }

  /** Starts whoever may; the first one who must wait for the gap makes the timer. */
  private next(host: Host): void {
    this.clock.clearTimeout(host.timer);
    for (let waiter = firstOf(host); waiter && host.inFlight < waiter.pace.concurrency; waiter = firstOf(host)) {
      const now = this.clock.now();
      const at = Math.max(host.lastStart + waiter.pace.gapMs, host.restsUntil);
      if (at > now) {
        host.timer = this.clock.setTimeout(() => this.next(host), at - now);
        return;
      }
      host.inFlight++;
      host.lastStart = now;
      takeFirst(host);
      waiter.start();
    }
  }

  private hostOf(name: string): Host {
    const known = this.hosts.get(name);
    if (known) return known;
    if (this.hosts.size >= HOSTS) for (const [other, host] of this.hosts) if (isIdle(host, this.clock.now())) this.hosts.delete(other);
    const host: Host = { inFlight: 0, lastStart: -Infinity, restsUntil: -Infinity, waiting: new Map(), timer: undefined };
    this.hosts.set(name, host);
    return host;
  }
}

function firstOf({ waiting }: Host): Waiter | undefined {
  for (const [job, waiters] of waiting) {
    if (waiters.length > 0) return waiters[0];
    waiting.delete(job);
  }
  return undefined;
}

/** Its job goes to the end of the line. */
function takeFirst({ waiting }: Host): void {
  const [job, [, ...rest]] = waiting.entries().next().value!;
  waiting.delete(job);
  if (rest.length > 0) waiting.set(job, rest);
}

const isIdle = (host: Host, now: number) => host.inFlight === 0 && firstOf(host) === undefined && host.restsUntil < now && host.lastStart < now - 60_000;
