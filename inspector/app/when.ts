/** Times as people type them, and the entry of the journal that was the last one by then. */
import type { DensityView } from '../protocol.ts';

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `12:04`, `12:04:31`, `yesterday 12:04`, `10m ago`, `2026-11-27 12:04`: in the past. Ms since the epoch; undefined when it is none. */
export function timeIn(text: string, now: number): number | undefined {
  const words = text.trim().replace(/^(go to|at)\s+/i, '');
  const [, n, unit] = /^(\d+)\s*(s|min|m|h|d)(?:\s+ago)?$/i.exec(words) ?? [];
  if (unit !== undefined) return now - Number(n) * UNITS[unit.toLowerCase()]!;
  const [, day, h, m, s] = /^(?:(yesterday|\d{4}-\d{2}-\d{2})[ T])?([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/i.exec(words) ?? [];
  if (h === undefined) return undefined;
  const date = new Date(day !== undefined && !/^y/i.test(day) ? `${day}T00:00` : now);
  if (/^y/i.test(day ?? '')) date.setDate(date.getDate() - 1);
  date.setHours(Number(h), Number(m), Number(s ?? 0), 0);
  const at = date.getTime();
  // Late in the evening is yesterday, in the morning.
  return Number.isNaN(at) ? undefined : day === undefined && at > now ? at - UNITS['d']! : at;
}

type Range = { from?: number; to?: number };
const NARROWER = 4;

/** Undefined when the journal begins later. */
export async function seqAt(density: (range: Range) => Promise<DensityView>, time: number): Promise<number | undefined> {
  let range: Range = {};
  let found: number | undefined;
  for (let step = 0; step < NARROWER; step++) {
    const { buckets } = await density(range);
    const bucket = buckets.findLast(({ at }) => at <= time);
    if (!bucket) return found;
    if (bucket.until <= time) return bucket.to;
    found = bucket.from;
    if (bucket.n <= 1) return found;
    range = { from: bucket.from, to: bucket.to };
  }
  return found;
}
