/**
 * Hours, days and dates as people write them, in `jobs.yaml` and in files of their own:
 *
 *   mon-fri 09:30-16:00                   of each week; 09:30-12:00,13:00-16:00 for several
 *   2026-12-25 closed                     a date; "closed" may be left out
 *   2026-12-24..2027-01-01                several dates
 *   2026-11-27 09:30-13:00  # a remark    other hours on this date
 */
import { formatDay, parseDay } from '../../actors/calendar/zone.ts';
import type { Hours, WindowSpec } from '../../machines/spec.ts';
import { didYouMean } from './suggest.ts';

/** What was written is no such thing; the message goes on after what it is about: "must be …". */
export class Mistake extends Error {
  override name = 'Mistake';
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 1440;
const LONGEST_RANGE = 366;

/** `09:30-12:00,13:00-16:00`, in minutes; over midnight when the first is later. */
export function parseHours(text: string): Hours[] {
  return text.split(',').map((part) => {
    const [, from, to] = /^([^-]+)-([^-]+)$/.exec(part) ?? [];
    if (from === undefined || to === undefined) throw new Mistake(`must have hours such as 09:30-16:00, not "${part}"`);
    const [begin, end] = [minutesOf(from), minutesOf(to)];
    if (begin === end) throw new Mistake(`has hours that are over when they begin: "${part}"; a whole day is 00:00-24:00`);
    return { from: begin, to: end > begin ? end : end + DAY_MINUTES };
  });
}

function minutesOf(text: string): number {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (!(total <= DAY_MINUTES) || Number(minutes) > 59) throw new Mistake(`must have times from 00:00 to 24:00, such as 09:30, not "${text}"`);
  return total;
}

/** `mon-fri`, `sat,sun`, `fri-mon`; every day when left out. 0 is Sunday. */
export function parseDays(text: string | undefined): number[] {
  if (text === undefined) return [0, 1, 2, 3, 4, 5, 6];
  const days = text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(dayOf);
    return Array.from({ length: ((last! - first! + 7) % 7) + 1 }, (_, n) => (first! + n) % 7);
  });
  return [...new Set(days)].sort();
}

function dayOf(name: string): number {
  const day = DAYS.indexOf(name.toLowerCase());
  if (day < 0) throw new Mistake(`must have days such as mon-fri or sat,sun; there is no "${name}"${didYouMean(name, DAYS)}`);
  return day;
}

/** @param name of the file, for messages */
export function readCalendar(text: string, name: string): Pick<WindowSpec, 'hours' | 'dates'> {
  const hours: WindowSpec['hours'] = [];
  const dates: WindowSpec['dates'] = {};
  eachLine(text, name, ([first, ...rest]) => {
    if (/^\d/.test(first)) return Object.assign(dates, datesOf(first, rest));
    if (rest.length !== 1) throw new Mistake('must be a line such as "mon-fri 09:30-16:00" or "2026-12-25 closed"');
    hours.push(...parseHours(rest[0]!).map((one) => ({ ...one, days: parseDays(first) })));
  });
  return { hours, dates };
}

/** Dates only. */
export function parseDates(text: string, name: string): WindowSpec['dates'] {
  const dates: WindowSpec['dates'] = {};
  eachLine(text, name, ([first, ...rest]) => void Object.assign(dates, datesOf(first, rest)));
  return dates;
}

function datesOf(range: string, [hours = 'closed', ...more]: string[]): WindowSpec['dates'] {
  const [first, last = first] = range.split('..').map((date) => {
    const day = parseDay(date);
    if (day === undefined) throw new Mistake(`must begin with a date such as 2026-12-25, not "${date}"`);
    return day;
  });
  if (last! < first! || last! - first! > LONGEST_RANGE) throw new Mistake(`has dates that do not follow each other within a year: "${range}"`);
  if (more.length > 0) throw new Mistake('must be a line such as "2026-12-25 closed" or "2026-11-27 09:30-13:00"; a remark stands after #');
  const open = hours === 'closed' ? [] : parseHours(hours);
  return Object.fromEntries(Array.from({ length: last! - first! + 1 }, (_, n) => [formatDay(first! + n), open]));
}

function eachLine(text: string, name: string, read: (words: [string, ...string[]]) => void): void {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words[0] === '') continue;
    try {
      read(words as [string, ...string[]]);
    } catch (cause) {
      if (cause instanceof Mistake) throw new Mistake(`names ${name}, whose line ${index + 1} ${cause.message}`, { cause });
      throw cause;
    }
  }
}
