/** Times that have been, as people say them. */
import { parseDuration } from '../config/units.ts';
import { EXIT, Failure } from './failure.ts';
import { isoTime } from './time.ts';

/** A time that has been: `10m ago`, `12:04` (the last time that the clock showed it), or a date and time. Throws a usage failure. */
export function parsePast(text: string, now: number): number {
  const [, ago] = /^(.+?) ago$/.exec(text) ?? [];
  const [, hours, minutes, seconds = '0'] = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  const at = ago !== undefined ? now - (parseDuration(ago) ?? NaN) : hours !== undefined ? lastTime(Number(hours), Number(minutes), Number(seconds), now) : isoTime(text);
  if (at === undefined || Number.isNaN(at)) {
    throw new Failure(EXIT.usage, 'usage', `"${text}" is no time`, { hint: 'give a number of the journal, 12:04, "10m ago", or a date and time as in 2027-01-31T18:30' });
  }
  return at;
}

function lastTime(hours: number, minutes: number, seconds: number, now: number): number {
  const date = new Date(now);
  // The whole of that minute or second has passed by its end.
  date.setHours(hours, minutes, seconds, 999);
  if (date.getTime() > now + 999) date.setDate(date.getDate() - 1);
  return date.getTime();
}
