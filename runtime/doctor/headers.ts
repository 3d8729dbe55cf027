/** What the headers of a refusal say about when to come again. */
import { property } from '../handlers/encode-error.ts';
import { LONGEST_WAIT_MS, spanOf } from './when.ts';

const SECOND = 1_000;

/** ms from `now` on. `headers`: a `Headers`, or an object with small letters. */
export function waitInHeaders(headers: unknown, now: number): number | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const get = (name: string) => valueOf(headers, name);
  const found = [number(get('retry-after-ms')), afterOf(get('retry-after'), now), ...LIMITS.map((limit) => resetOf(limit, get, now))];
  return found.find((ms) => ms !== undefined && ms >= 0 && ms <= LONGEST_WAIT_MS);
}

/** A reset only matters where nothing remains. OpenAI says `6m0s`, Anthropic a time, GitHub and others seconds of either kind. */
const LIMITS = [
  { remaining: 'x-ratelimit-remaining-requests', reset: 'x-ratelimit-reset-requests' },
  { remaining: 'x-ratelimit-remaining-tokens', reset: 'x-ratelimit-reset-tokens' },
  { remaining: 'anthropic-ratelimit-requests-remaining', reset: 'anthropic-ratelimit-requests-reset' },
  { remaining: 'anthropic-ratelimit-tokens-remaining', reset: 'anthropic-ratelimit-tokens-reset' },
  { remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset' },
  { remaining: 'ratelimit-remaining', reset: 'ratelimit-reset' },
];

type Get = (name: string) => string | undefined;

function resetOf({ remaining, reset }: (typeof LIMITS)[number], get: Get, now: number): number | undefined {
  return number(get(remaining)) === 0 ? afterOf(get(reset), now) : undefined;
}

/** Seconds, seconds since the epoch, a date, or a span. */
function afterOf(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = number(value);
  if (seconds !== undefined) return seconds * SECOND > now / 2 ? seconds * SECOND - now : seconds * SECOND;
  if (/^[\d.]+ ?(?:ms|[smhd])/.test(value)) return spanOf(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

const number = (value: string | undefined): number | undefined => (value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined);

function valueOf(headers: object, name: string): string | undefined {
  const get = property(headers, 'get');
  const value = typeof get === 'function' ? safely(() => (get as (name: string) => unknown).call(headers, name)) : property(headers, name);
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : undefined;
}

function safely(ask: () => unknown): unknown {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
