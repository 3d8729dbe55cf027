/** When windows are open: local hours, days of 23 and 25 hours, midnights, holidays. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { edgeAt } from '../../actors/calendar/calendar.ts';
import { localDay, momentOf } from '../../actors/calendar/zone.ts';
import type { WindowSpec } from '../../machines/spec.ts';
import { windowSpec } from '../../runtime/config/window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const utc = (text: string) => Date.parse(`${text}Z`);
const iso = (at: number | null) => at && new Date(at).toISOString().slice(0, 16);
/** Each edge from a moment on: `opens …` or `closes …`, in UTC. */
function edges(spec: WindowSpec, from: string, n: number): string[] {
  const found: string[] = [];
  for (let at = utc(from); found.length < n; ) {
    const { open, until } = edgeAt(spec, at);
    if (until === null) return [...found, open ? 'open for ever' : 'closed for ever'];
    found.push(`${open ? 'closes' : 'opens'} ${iso(until)}`);
    at = until;
  }
  return found;
}
const hours = (at: number, spec: WindowSpec) => (edgeAt(spec, at).until! - at) / HOUR;

test('office hours of another city open on its workdays', () => {
  const spec = windowSpec('09:30-16:00 America/New_York mon-fri');
  expect(edges(spec, '2026-11-27T12:00', 4)).toEqual(['opens 2026-11-27T14:30', 'closes 2026-11-27T21:00', 'opens 2026-11-30T14:30', 'closes 2026-11-30T21:00']);
});

test('they keep to the clock on the wall when clocks are set', () => {
  const spec = windowSpec('09:30-16:00 America/New_York');
  expect(edges(spec, '2026-10-31T00:00', 4)).toEqual(['opens 2026-10-31T13:30', 'closes 2026-10-31T20:00', 'opens 2026-11-01T14:30', 'closes 2026-11-01T21:00']);
  expect(edges(spec, '2026-03-07T22:00', 1)).toEqual(['opens 2026-03-08T13:30']);
});

test.each([
  ['2026-03-29', 23, 'Europe/Berlin'], ['2026-10-25', 25, 'Europe/Berlin'], ['2026-03-08', 23, 'America/New_York'], ['2026-11-01', 25, 'America/New_York'],
  ['2026-10-04', 23.5, 'Australia/Lord_Howe'], ['2026-04-05', 24.5, 'Australia/Lord_Howe'], ['2026-06-01', 24, 'Asia/Kathmandu'],
])('the whole of %s has %d hours in %s', (day, length, tz) => {
  const spec: WindowSpec = { text: '', tz, hours: [], dates: { [day]: [{ from: 0, to: 1440 }] }, beforeMs: 0 };
  const { open, until } = edgeAt(spec, utc(`${day}T00:00`) - 30 * HOUR);
  expect(open).toBe(false);
  expect(hours(until!, spec)).toBe(length);
});

test('hours over midnight that meet a change of the clocks are an hour shorter or longer', () => {
  const spec = windowSpec('22:00-06:00 Europe/Berlin sat');
  expect(hours(utc('2026-03-28T21:00'), spec)).toBe(7);
  expect(hours(utc('2026-10-24T20:00'), spec)).toBe(9);
  expect(hours(utc('2026-07-04T20:00'), spec)).toBe(8);
});

test('a time that is skipped counts as so much later, of one that comes twice the first counts', () => {
  expect(edges(windowSpec('02:30-04:00 Europe/Berlin'), '2026-03-28T22:00', 2)).toEqual(['opens 2026-03-29T01:30', 'closes 2026-03-29T02:00']);
  expect(edges(windowSpec('02:30-04:00 Europe/Berlin'), '2026-10-24T22:00', 2)).toEqual(['opens 2026-10-25T00:30', 'closes 2026-10-25T03:00']);
});

test('hours over midnight belong to the day on which they begin', () => {
  expect(edges(windowSpec('22:00-06:00 UTC fri'), '2026-11-27T00:00', 3)).toEqual(['opens 2026-11-27T22:00', 'closes 2026-11-28T06:00', 'opens 2026-12-04T22:00']);
  expect(edges(windowSpec('22:00-06:00 UTC'), '2026-11-27T03:00', 2)).toEqual(['closes 2026-11-27T06:00', 'opens 2026-11-27T22:00']);
});

test('several openings, and those that touch are one', () => {
  const spec = windowSpec({ hours: ['09:00-12:00,13:00-17:00 mon-fri', '17:00-18:00 fri', '20:00-24:00 fri', '00:00-02:00 sat'], tz: 'UTC' });
  expect(edges(spec, '2026-11-27T05:00', 7)).toEqual([
    'opens 2026-11-27T09:00', 'closes 2026-11-27T12:00', 'opens 2026-11-27T13:00', 'closes 2026-11-27T18:00', 'opens 2026-11-27T20:00', 'closes 2026-11-28T02:00', 'opens 2026-11-30T09:00',
  ]);
});

test('nothing starts in the last half hour, and what would be open for less stays closed', () => {
  const spec = windowSpec({ hours: ['09:30-16:00 mon-fri', '18:00-18:20 fri'], tz: 'America/New_York', before: '30m' });
  expect(edges(spec, '2026-11-27T12:00', 3)).toEqual(['opens 2026-11-27T14:30', 'closes 2026-11-27T20:30', 'opens 2026-11-30T14:30']);
});

test('on a holiday it stays closed, on another it has hours of its own', () => {
  const file = '# New York\n2026-12-24 09:30-13:00   # Christmas Eve\n2026-12-25   # Christmas\n2026-12-28..2026-12-31 closed\n';
  const spec = windowSpec({ hours: '09:30-16:00 mon-fri', tz: 'America/New_York', holidays: 'h' }, () => file);
  expect(edges(spec, '2026-12-24T00:00', 3)).toEqual(['opens 2026-12-24T14:30', 'closes 2026-12-24T18:00', 'opens 2027-01-01T14:30']);
});

test('a calendar file says hours and dates', () => {
  const spec = windowSpec({ calendar: 'c', tz: 'UTC' }, () => 'mon-thu 09:00-12:00,14:00-16:00\nfri 09:00-11:00\n2026-11-27 closed\n');
  expect(edges(spec, '2026-11-26T15:00', 2)).toEqual(['closes 2026-11-26T16:00', 'opens 2026-11-30T09:00']);
});

test('what is always open never closes, and what has no day left never opens', () => {
  expect(edges(windowSpec('00:00-24:00 Europe/Berlin'), '2026-11-27T00:00', 3)).toEqual(['open for ever']);
  const over: WindowSpec = { text: '', tz: 'UTC', hours: [], dates: { '2026-01-01': [{ from: 0, to: 60 }] }, beforeMs: 0 };
  expect(edges(over, '2026-11-27T00:00', 3)).toEqual(['closed for ever']);
});

test.each([['09:00-10:00,a', 'hours such as'], ['24:30-25:00', '24:00'], ['09:00-17:00 mon fri', 'must be a window'], ['9:00-17:00', '"9:00"'], ['', 'hours such as']])('"%s" is refused: %s', (text, message) => {
  expect(() => windowSpec(text)).toThrow(message);
});

test('a mistake in a file is told with its line', () => {
  expect(() => windowSpec({ hours: '09:00-17:00', holidays: 'nyse.txt' }, () => '2026-12-25\n2026-13-01\n')).toThrow('names nyse.txt, whose line 2 must begin with a date such as 2026-12-25, not "2026-13-01"');
  expect(() => windowSpec({ calendar: 'nyse.txt' }, () => 'mon-fri\n')).toThrow('line 1 must be a line such as');
});

const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Pacific/Apia', 'UTC', 'Africa/Casablanca'];

test('at any moment and for any hours, an edge lies ahead, and there the window is as it was not before', () => {
  const clock = fc.integer({ min: 0, max: 1439 });
  const arbitrary = fc.record({ tz: fc.constantFrom(...ZONES), from: clock, length: fc.integer({ min: 1, max: 1440 }), days: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }), at: fc.integer({ min: utc('2026-01-01T00:00'), max: utc('2028-01-01T00:00') }), before: fc.constantFrom(0, 30 * MINUTE) });
  fc.assert(
    fc.property(arbitrary, ({ tz, from, length, days, at, before }) => {
      const spec: WindowSpec = { text: '', tz, hours: [{ from, to: from + length, days }], dates: {}, beforeMs: before };
      const { open, until } = edgeAt(spec, at);
      if (until === null) return;
      expect(until).toBeGreaterThan(at);
      expect(edgeAt(spec, until).open).toBe(!open);
      expect(edgeAt(spec, until - 1)).toEqual({ open, until });
    }),
    { numRuns: 300 },
  );
});

test('a local time leads to a moment whose local clock shows it, wherever there is one', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: utc('2026-01-01T00:00'), max: utc('2028-01-01T00:00') }), (tz, at) => {
      const day = localDay(at, tz);
      const wall = new Intl.DateTimeFormat('en-GB', { timeZone: tz, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
      const [h, m] = wall.format(at).split(':').map(Number) as [number, number];
      expect(wall.format(momentOf(day, h * 60 + m, tz))).toBe(wall.format(at));
    }),
    { numRuns: 300 },
  );
});
