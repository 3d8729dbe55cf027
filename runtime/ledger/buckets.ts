/**
 * Token buckets: how fast tasks of a job, or those that share a resource, start. A bucket fills by the monotonic clock, so that
 * a clock that is set gives and takes nothing, and holds no more than its burst. What is left is stored with the claims that
 * took of it, and goes on after a restart with what has come meanwhile.
 */
import type { Clock } from '../../actors/ports.ts';
import type { RateSpec } from '../../machines/spec.ts';
import type { StoredTokens } from '../store/permit/token-buckets.ts';
import type { Tokens } from '../store/permit/permits.ts';

/** `filledAt`: by the monotonic clock. */
type Bucket = { rate: RateSpec; tokens: number; filledAt: number };

export class Buckets {
  private readonly clock: Clock;
  private readonly stored: Map<string, StoredTokens>;
  private readonly buckets = new Map<string, Bucket>();

  /** @param stored as the last runner left them */
  constructor(clock: Clock, stored: readonly StoredTokens[]) {
    this.clock = clock;
    this.stored = new Map(stored.map((one) => [one.name, one]));
  }

  /** What there is now, under the rates in force. */
  now(rates: Readonly<Record<string, RateSpec>>): Record<string, Tokens> {
    const tokens: Record<string, Tokens> = {};
    for (const [name, rate] of Object.entries(rates)) tokens[name] = { tokens: this.filled(name, rate), everyMs: everyMs(rate) };
    return tokens;
  }

  spend(spent: ReadonlyMap<string, number>): void {
    for (const [name, n] of spent) this.buckets.get(name)!.tokens -= n;
  }

  /** ms until the bucket has a token, as of when it was last looked at; 0 when it has one. */
  waitMs(name: string): number {
    const bucket = this.buckets.get(name);
    return bucket && bucket.tokens < 1 ? Math.ceil((1 - bucket.tokens) * everyMs(bucket.rate)) : 0;
  }

  private filled(name: string, rate: RateSpec): number {
    const now = this.clock.monotonic();
    const bucket = this.buckets.get(name) ?? this.begin(name, rate, now);
    // At the old rate until now, when the rate has changed.
    bucket.tokens = Math.min(rate.burst, bucket.tokens + (now - bucket.filledAt) / everyMs(bucket.rate));
    bucket.filledAt = now;
    bucket.rate = rate;
    return bucket.tokens;
  }

  /** Full when it is new; else as it was left, and what has come since, by a clock that may have been set back meanwhile. */
  private begin(name: string, rate: RateSpec, now: number): Bucket {
    const left = this.stored.get(name);
    const tokens = left ? left.tokens + Math.max(0, this.clock.now() - left.at) / everyMs(rate) : rate.burst;
    const bucket = { rate, tokens, filledAt: now };
    this.buckets.set(name, bucket);
    return bucket;
  }
}

/** Between two tokens. */
export const everyMs = ({ count, perMs }: RateSpec): number => perMs / count;
