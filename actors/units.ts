/**
 * The units of jobs.yaml as zod codecs: text in the file, numbers in the code.
 *
 *   30s 5m 3h 2d      a duration, in ms
 *   30s..1h           a range of durations (back-off: first wait, longest wait)
 *   10/s 300/h        a rate
 *   500KB 20MB        a size, in bytes (1 KB = 1,024 bytes)
 */
import { z } from 'zod';

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const UNIT_BYTES = { GB: 2 ** 30, MB: 2 ** 20, KB: 2 ** 10, B: 1 } as const;
type TimeUnit = keyof typeof UNIT_MS;
type SizeUnit = keyof typeof UNIT_BYTES;

/** Ten years: a deadline stays a date that JavaScript can hold, and a slip of the finger is noticed. */
const LONGEST_MS = 3_650 * UNIT_MS.d;

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const RANGE = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)\.\.\d+(?:\.\d+)?(?:ms|s|m|h|d)$/;
const RATE = /^(\d+)\/(s|m|h|d)$/;
const SIZE = /^(\d+(?:\.\d+)?)(B|KB|MB|GB)$/;

/** `30s` → 30000. Undefined when it is no duration, nothing, or more than ten years. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  const ms = Math.round(Number(count) * UNIT_MS[unit as TimeUnit]);
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** 30000 → `30s`: in the largest unit that says it exactly. */
export function formatDuration(ms: number): string {
  const unit = (Object.keys(UNIT_MS) as TimeUnit[]).find((unit) => ms % UNIT_MS[unit] === 0) ?? 'ms';
  return `${ms / UNIT_MS[unit]}${unit}`;
}

/** At most `count` in every `perMs` ms. */
export type Rate = { count: number; perMs: number };

/** `{count: 10, perMs: 1000}` → `10/s`. */
export function formatRate({ count, perMs }: Rate): string {
  return `${count}/${formatDuration(perMs).slice(1)}`;
}

const DURATION_WANTED = 'must be a duration such as 30s, 5m, 3h or 2d';
const RANGE_WANTED = 'must be a range of durations, the shorter first, such as 30s..1h';
const RATE_WANTED = 'must be a rate such as 10/s, 300/m, 5000/h or 20000/d';
const SIZE_WANTED = 'must be a size such as 500KB, 20MB or 1GB';

/** A duration, in ms. */
export const duration = z
  .codec(written(DURATION, DURATION_WANTED, ['30s', '5m', '3h', '2d']), z.number(), {
    decode: (text, payload) => parseDuration(text) ?? refuse(payload, text, DURATION_WANTED),
    encode: formatDuration,
  })
  .describe('a duration');

/** The waits between tries, in ms: the first, and the longest that doubling leads to. */
export const backoff = z
  .codec(written(RANGE, RANGE_WANTED, ['30s..1h']), z.object({ baseMs: z.number(), capMs: z.number() }), {
    decode(text, payload) {
      const [base, cap] = text.split('..').map(parseDuration);
      return base && cap && base <= cap ? { baseMs: base, capMs: cap } : refuse(payload, text, RANGE_WANTED);
    },
    encode: ({ baseMs, capMs }) => `${formatDuration(baseMs)}..${formatDuration(capMs)}`,
  })
  .describe('first and longest wait between tries');

/** A rate: so many in each second, minute, hour or day. */
export const rate = z
  .codec(written(RATE, RATE_WANTED, ['10/s', '300/m']), z.object({ count: z.number(), perMs: z.number() }), {
    decode(text, payload): Rate {
      const [, count, unit] = RATE.exec(text)!;
      return Number(count) > 0 ? { count: Number(count), perMs: UNIT_MS[unit as TimeUnit] } : refuse(payload, text, RATE_WANTED);
    },
    encode: formatRate,
  })
  .describe('a rate');

/** How many may start at once; left out, what a tenth of a second brings, at least one. */
export const burst = z.int().min(1).max(1_000_000).describe('so many may start at once; left out, what a tenth of a second brings');

export const defaultBurst = ({ count, perMs }: Rate): number => Math.max(1, Math.ceil((count * 100) / perMs));

/** A size, in bytes. */
export const size = z
  .codec(written(SIZE, SIZE_WANTED, ['500KB', '20MB']), z.number(), {
    decode(text, payload) {
      const [, count, unit] = SIZE.exec(text)!;
      const bytes = Math.round(Number(count) * UNIT_BYTES[unit as SizeUnit]);
      return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : refuse(payload, text, SIZE_WANTED);
    },
    encode(bytes) {
      const unit = (Object.keys(UNIT_BYTES) as SizeUnit[]).find((unit) => bytes % UNIT_BYTES[unit] === 0) ?? 'B';
      return `${bytes / UNIT_BYTES[unit]}${unit}`;
    },
  })
  .describe('a size');

/** Also where the value is no text at all (`every: 60`), the message says what to write. The examples are for editors. */
function written(pattern: RegExp, wanted: string, examples: string[]) {
  return z.string({ error: wanted }).regex(pattern, { error: wanted }).meta({ examples });
}

function refuse(payload: z.core.ParsePayload, input: string, message: string): never {
  payload.issues.push({ code: 'custom', input, message });
  return z.NEVER;
}
