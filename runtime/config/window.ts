/** When a job may start work: `09:30-16:00 America/New_York mon-fri`, or a map with more. */
import { z } from 'zod';
import { isZone } from '../../actors/calendar/zone.ts';
import type { WindowSpec } from '../../machines/spec.ts';
import { Mistake, parseDates, parseDays, parseHours, readCalendar } from './calendar-file.ts';
import { didYouMean } from './suggest.ts';
import { duration, formatDuration } from './units.ts';
import { text } from './words.ts';

export const EXAMPLE = '09:30-16:00 America/New_York mon-fri';

/** Its parts are held against each other, and its files read, in `checks/window.ts`. */
export const windowMap = z.strictObject({
  hours: z.union([text, z.array(text).min(1)], { error: 'must be hours such as "09:30-16:00 mon-fri", or a list of them' }).optional().describe('such as "09:30-16:00 mon-fri"; over midnight when the first is later'),
  calendar: text.optional().describe('in place of hours: a file with lines such as "mon-fri 09:30-16:00" and "2026-12-25 closed"'),
  tz: text.optional().describe('time zone of the IANA list; that of this machine when left out'),
  holidays: text.optional().describe('file with a date in each line on which it stays closed, or has other hours: "2026-11-27 09:30-13:00"'),
  before: duration.optional().describe('nothing starts in so long a time before it closes'),
  slow_start: z.boolean().default(true).describe('when it opens, 1, 2, 4 … attempts begin at once, so that what has waited does not fall on a service in one moment'),
});
export type WindowMap = z.output<typeof windowMap>;

export const window = z.unknown().meta({
  description: 'hours in which the job may start work',
  examples: [EXAMPLE],
  anyOf: [{ type: 'string' }, z.toJSONSchema(windowMap, { io: 'input' })],
});

/** The text of a file that a window names; it throws what is wrong with that name. */
export type ReadFile = (name: string) => string;

/**
 * @param read left out where there are no files: then those that it names count as empty
 * @throws Mistake
 */
export function windowSpec(value: unknown, read: ReadFile = () => ''): WindowSpec {
  return typeof value === 'string' ? ofText(value) : ofMap(windowMap.parse(value), read);
}

function ofText(value: string): WindowSpec {
  const [hours = '', ...words] = value.trim().split(/\s+/);
  const isDays = (word: string) => /^[a-z]{3}([-,][a-z]{3})*$/.test(word);
  const zone = words.find((word) => !isDays(word));
  const days = words.find(isDays);
  if (words.length > 2 || words.length !== Number(zone !== undefined) + Number(days !== undefined)) throw new Mistake(`must be a window such as "${EXAMPLE}", not "${value}"`);
  return { text: value, ...zoned(zone), hours: parseHours(hours).map((one) => ({ ...one, days: parseDays(days) })), dates: {}, beforeMs: 0 };
}

function ofMap({ hours, calendar, tz, holidays, before = 0, slow_start: slowStart }: WindowMap, read: ReadFile): WindowSpec {
  const file = calendar === undefined ? { hours: [hours ?? []].flat().flatMap(ofHours), dates: {} } : readCalendar(read(calendar), calendar);
  const dates = { ...file.dates, ...(holidays !== undefined && parseDates(read(holidays), holidays)) };
  const said = [calendar ?? [hours ?? []].flat().join(', '), tz, holidays && `without ${holidays}`, before && `nothing in the last ${formatDuration(before)}`, !slowStart && 'from the first moment on at full speed'];
  return { text: said.filter(Boolean).join(' '), ...zoned(tz), hours: file.hours, dates, beforeMs: before, ...(!slowStart && { slowStart }) };
}

function ofHours(value: string): WindowSpec['hours'] {
  const [hours = '', days, ...more] = value.trim().split(/\s+/);
  if (more.length > 0) throw new Mistake('must be hours such as "09:30-16:00 mon-fri"; the time zone stands under tz');
  return parseHours(hours).map((one) => ({ ...one, days: parseDays(days) }));
}

function zoned(zone: string | undefined): { tz?: string } {
  if (zone === undefined) return {};
  if (isZone(zone)) return { tz: zone };
  throw new Mistake(`must name a time zone of the IANA list, such as America/New_York or UTC; there is no "${zone}"${didYouMean(zone, Intl.supportedValuesOf('timeZone'))}`);
}
