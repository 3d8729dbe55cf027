/** Points in time as handlers write them. */
import { parseDuration } from '../config/units.ts';

/** Below this a number is no time since the epoch in ms but seconds, or a duration. */
const YEAR_2000 = 946_684_800_000;
const YEAR_2200 = 7_258_118_400_000;

/** What else `Date.parse` takes is a guess: "5" would be a day in May 2001. */
const ISO = /^\d{4}-\d\d-\d\d(T|$)/;

/**
 * ms since the epoch, of: such a number, a `Date`, an ISO date, or a duration from `now` on (`3h`). `where` begins the message of
 * the TypeError that is thrown for anything else.
 */
export function momentOf(value: unknown, now: number, where: string): number {
  const ms = read(value, now);
  if (ms !== undefined && ms >= YEAR_2000 && ms < YEAR_2200) return ms;
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
  throw new TypeError(`${where}: ${shown} is no point in time; give ms since the epoch, a Date, "2026-12-24T08:00Z", or from now on "3h"`);
}

function read(value: unknown, now: number): number | undefined {
  if (typeof value === 'number') return Math.round(value);
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string') return undefined;
  if (ISO.test(value)) return Date.parse(value);
  const duration = parseDuration(value);
  return duration === undefined ? undefined : now + duration;
}
