/**
 * Local times of a time zone and moments, by the time zones that Node carries. The days on which clocks are set have 23 or 25
 * hours; a local time that is skipped counts as so much later (02:30 as 03:30), of one that comes twice the first counts.
 */

const MINUTE = 60_000;
const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** A local day as the number of days since 1970-01-01. */
export type Day = number;

/** @param zone of the IANA list; that of this machine when left out */
export const localDay = (at: number, zone?: string): Day => Math.floor((at + offsetMs(at, zone)) / DAY);

/** The moment at which a local clock shows so many minutes after the day's 00:00; more than 1440 belong to the next day. */
export function momentOf(day: Day, minutes: number, zone?: string): number {
  const local = day * DAY + minutes * MINUTE;
  // A day to either side, the offsets are those before and after any change of the clocks.
  const [before, after] = [offsetMs(local - DAY, zone), offsetMs(local + DAY, zone)];
  const candidates = [local - before, local - after].filter((at) => at + offsetMs(at, zone) === local);
  return candidates.length > 0 ? Math.min(...candidates) : local - before;
}

/** `2026-11-27` → its day; undefined when there is no such day. */
export function parseDay(text: string): Day | undefined {
  const at = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? at / DAY : undefined;
}

export const formatDay = (day: Day): string => new Date(day * DAY).toISOString().slice(0, 10);

/** 0 is Sunday. */
export const weekdayOf = (day: Day): number => (((day + 4) % 7) + 7) % 7;

/** Whether Node knows it. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** By how much a local clock is ahead of UTC. */
function offsetMs(at: number, zone = ''): number {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  return Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** Making one costs 50 µs, using it 2. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      ...(zone && { timeZone: zone }), hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}
