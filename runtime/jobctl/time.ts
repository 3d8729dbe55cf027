/** Times and spans as people say them. All in ms; clock times are those of this machine. */
import { Failure, EXIT } from './failure.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `2d 3h`, `4m 10s`, `250ms`: the two largest units that are not zero. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`;
  const largest = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[largest]!;
  const [nextUnit, nextSize] = UNITS[largest + 1] ?? [];
  // Rounded to the smaller unit, so that "59.9 s" after a minute is no "1m 60s".
  const rounded = nextSize ? Math.round(ms / nextSize) * nextSize : Math.floor(ms / size) * size;
  if (largest > 0 && rounded >= UNITS[largest - 1]![1]) return span(rounded);
  const rest = nextSize ? (rounded % size) / nextSize : 0;
  return `${Math.floor(rounded / size)}${unit}${rest ? ` ${rest}${nextUnit}` : ''}`;
}

/** `18:04 (in 3h)`, `27 Nov 18:04 (in 3d)`, `18:04 (2m ago)`. */
export function moment(at: number, now: number): string {
  return `${clockTime(at, now)} (${at >= now ? `in ${span(at - now)}` : `${span(now - at)} ago`})`;
}

/** `18:04`; with its day when that is not today. */
export function clockTime(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return date.toDateString() === new Date(now).toDateString() ? time : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

/** `27 Nov 2026, 18:04:11` */
export const dateTime = (at: number): string => new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** When `--until` means: an ISO date and time, or the next time that the clock shows HH:MM. Throws a usage failure for the past. */
export function parseUntil(text: string, now: number): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const at = hours === undefined ? isoTime(text) : nextTime(Number(hours), Number(minutes), now);
  if (at === undefined) throw new Failure(EXIT.usage, 'usage', `"${text}" is no time`, { hint: 'write --until 18:30, or a date and time as in 2027-01-31T18:30' });
  if (at <= now) throw new Failure(EXIT.usage, 'usage', `"${text}" has passed`, { hint: 'give a time that is still to come' });
  return at;
}

/** Local, where it names no zone. */
export function isoTime(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return undefined;
  // A date alone is midnight in UTC to JavaScript, but midnight here to whoever writes it.
  const at = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}

function nextTime(hours: number, minutes: number, now: number): number {
  const date = new Date(now);
  date.setHours(hours, minutes, 0, 0);
  if (date.getTime() <= now) date.setDate(date.getDate() + 1);
  return date.getTime();
}
