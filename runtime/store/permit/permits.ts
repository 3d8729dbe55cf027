/**
 * What may start in one flush: free slots of resources, and tokens of what is paced. A task takes one slot and one token of
 * each of its stage's resources and one token of its job's pace, all or nothing.
 */
import type { ClaimRequest } from '../types.ts';

/** A bucket as it is at this flush: whole tokens may be spent, and another one comes every `everyMs`. */
export type Tokens = { tokens: number; everyMs: number };
export type Permitted = { slots: Readonly<Record<string, number>>; tokens: Readonly<Record<string, Tokens>> };

/** Nobody else waits for longer than this only because a token is on its way to somebody who came first. */
const KEPT_FOR_MS = 1_000;
/** Of a token: what is missing when sums of fractions come to 0.9999999. */
const ROUNDING = 1e-6;

export class Permits {
  private readonly slots: Record<string, number>;
  private readonly tokens: Record<string, Tokens>;
  /** Tokens taken, by bucket. */
  readonly spent = new Map<string, number>();

  constructor({ slots, tokens }: Permitted) {
    this.slots = { ...slots };
    this.tokens = Object.fromEntries(Object.entries(tokens).map(([name, bucket]) => [name, { ...bucket }]));
  }

  /** How many tasks could start; a resource of which no slots are counted limits nothing. */
  most(request: ClaimRequest): number {
    let most = request.limit;
    for (const name of request.resources) most = Math.min(most, this.slots[name] ?? Infinity);
    for (const name of bucketsOf(request)) most = Math.min(most, whole(this.tokens[name]));
    return Math.max(0, most);
  }

  take(request: ClaimRequest): void {
    this.reduce(request);
    for (const name of bucketsOf(request)) if (this.tokens[name]) this.spent.set(name, (this.spent.get(name) ?? 0) + 1);
  }

  /**
   * For one that has waited longest and lacks a part: the rest is kept for it, so that those who need less than it cannot
   * take it away for ever. Not while a token of its own is far away, or a breaker keeps it back: then nobody gains by it. Answers
   * whether it is kept.
   */
  keepFor(request: ClaimRequest): boolean {
    if (request.resources.some((name) => isOfBreaker(name) && (this.slots[name] ?? 0) < 1)) return false;
    const longest = Math.max(0, ...bucketsOf(request).map((name) => waitMs(this.tokens[name])));
    if (longest > KEPT_FOR_MS) return false;
    this.reduce(request);
    return true;
  }

  /** What it lacks: names of resources without a free slot, and of buckets without a token. */
  shortOf(request: ClaimRequest): { slots: string[]; tokens: string[] } {
    return {
      slots: request.resources.filter((name) => (this.slots[name] ?? Infinity) < 1),
      tokens: bucketsOf(request).filter((name) => whole(this.tokens[name]) < 1),
    };
  }

  private reduce(request: ClaimRequest): void {
    for (const name of request.resources) if (this.slots[name] !== undefined) this.slots[name]! -= 1;
    for (const name of bucketsOf(request)) if (this.tokens[name]) this.tokens[name]!.tokens -= 1;
  }
}

/** The slots that a breaker allows are named by its path; no resource has such a name. */
const isOfBreaker = (name: string): boolean => name.includes('/');

/** Whether slots or tokens matter to it at all. */
export const isLimited = ({ resources, pace }: ClaimRequest): boolean => resources.length > 0 || pace !== undefined;

const bucketsOf = ({ resources, pace }: ClaimRequest): readonly string[] => (pace === undefined ? resources : [...resources, pace]);
const whole = (bucket: Tokens | undefined): number => (bucket ? Math.floor(bucket.tokens + ROUNDING) : Infinity);
const waitMs = (bucket: Tokens | undefined): number => (bucket ? Math.max(0, 1 - ROUNDING - bucket.tokens) * bucket.everyMs : 0);
