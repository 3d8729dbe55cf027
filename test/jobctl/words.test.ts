import fc from 'fast-check';
import { expect, test } from 'vitest';
import { table } from '../../runtime/jobctl/table.ts';
import { jsonBlock, jsonLine, oneLine } from '../../runtime/jobctl/text.ts';
import { clockTime, moment, parseUntil, span } from '../../runtime/jobctl/time.ts';
import { fit, width } from '../../runtime/jobctl/width.ts';
import { HOSTILE } from '../support/jobctl.ts';

const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

test('a hostile title keeps its letters and loses its power', () => {
  expect(oneLine(HOSTILE)).toBe('red gnp.exe');
  expect(oneLine('two\nlines\tand more')).toBe('two lines and more');
  expect(oneLine('電話 📞 é naïve')).toBe('電話 📞 é naïve');
});

test('a terminal that is too narrow cuts what may be cut, then does without what is spare, the last first', () => {
  const rows = [{ name: 'watch', a: 1, b: 22, why: 'a reason that takes its time' }];
  const columns = [
    { head: 'NAME', text: (row: (typeof rows)[0]) => row.name },
    { head: 'AAAA', text: (row: (typeof rows)[0]) => row.a, spare: true },
    { head: 'BBBB', text: (row: (typeof rows)[0]) => row.b, spare: true },
    { head: 'WHY', text: (row: (typeof rows)[0]) => row.why, most: 40 },
  ];
  const at = (within: number) => table(rows, columns, within).map((line) => line.replace(/ +/g, ' '));
  expect(at(80)).toEqual(['NAME AAAA BBBB WHY', 'watch 1 22 a reason that takes its time']);
  expect(at(30)).toEqual(['NAME AAAA BBBB WHY', 'watch 1 22 a reason t…']);
  expect(at(25)).toEqual(['NAME AAAA WHY', 'watch 1 a reason th…']);
  expect(at(17)).toEqual(['NAME WHY', 'watch a reason …']);
});

test('no text leaves a control behind, and JSON means the same as before', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string().map((text) => `${HOSTILE}${text}`)), (text) => {
      expect(oneLine(text)).not.toMatch(CONTROL);
      expect(oneLine(text)).not.toContain('\n');
      for (const json of [jsonLine({ [text]: text }), jsonBlock([text])]) expect(json).not.toMatch(CONTROL);
      expect(JSON.parse(jsonLine({ k: text }))).toEqual({ k: text });
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['abc', 3],
  ['', 0],
  ['電話', 4],
  ['한국어', 6],
  ['ｆｕｌｌ', 8],
  ['📞', 2],
  ['👩‍👩‍👧', 2],
  ['🇩🇪', 2],
  ['❤️', 2],
  ['e\u0301', 1],
  ['→ …', 3],
  ['a\u200bb', 2],
])('%s takes %i columns', (text, columns) => {
  expect(width(text)).toBe(columns);
});

test('what is too wide is cut between characters and says so', () => {
  expect(fit('abcdef', 6)).toBe('abcdef');
  expect(fit('abcdefg', 6)).toBe('abcde…');
  expect(fit('電話電話', 6)).toBe('電話…');
  expect(fit('電話電話', 4)).toBe('電…');
});

test('columns stay aligned under emoji, colours and numbers, and empty ones are left out', () => {
  const rows = [{ job: '📞 a16z', n: 5, why: '' }, { job: '電話', n: 1200, why: '' }, { job: 'edgar', n: 0, why: '' }];
  const lines = table(rows, [
    { head: 'JOB', text: (row) => row.job, paint: (text) => `<${text}>` },
    { head: 'N', text: (row) => row.n, align: 'right' },
    { head: 'WHY', text: (row) => row.why },
  ]);
  expect(lines).toEqual(['JOB         N', '<📞 a16z>     5', '<電話>     1200', '<edgar>       0']);
});

test('a line that is too long for the terminal is cut where that may be, the widest column first', () => {
  const rows = [{ id: 'a16z', title: 'a title of thirty-two characters', why: 'a reason of twenty-eight let' }];
  const columns = [{ head: 'ID', text: (row: (typeof rows)[0]) => row.id }, { head: 'TITLE', text: (row: (typeof rows)[0]) => row.title, most: 40 }, { head: 'WHY', text: (row: (typeof rows)[0]) => row.why, most: 60 }];
  expect(table(rows, columns, 80)[1]).toBe('a16z  a title of thirty-two characters  a reason of twenty-eight let');
  expect(table(rows, columns, 40)[1]).toBe('a16z  a title of thir…  a reason of twe…');
  expect(width(table(rows, columns, 40)[1]!)).toBe(40);
  expect(table(rows, columns, 5)[1]).toBe('a16z  a title o…  a reason …');
});

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [59_400, '59s'],
  [60_000, '1m'],
  [119_700, '2m'],
  [61_000, '1m 1s'],
  [3_599_900, '1h'],
  [3 * 3_600_000, '3h'],
  [90 * 60_000, '1h 30m'],
  [25 * 3_600_000, '1d 1h'],
  [-5, '0ms'],
])('%i ms is %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

const now = new Date(2027, 2, 14, 15, 4, 5).getTime();

test('a moment is a clock time with its distance, and with its day when that is another', () => {
  expect(moment(now + 3 * 3_600_000, now)).toBe('18:04 (in 3h)');
  expect(moment(now - 120_000, now)).toBe('15:02 (2m ago)');
  expect(clockTime(now + 24 * 3_600_000, now)).toBe('15 Mar 15:04');
});

test('--until takes the next such time of day, or a date', () => {
  expect(parseUntil('18:30', now)).toBe(new Date(2027, 2, 14, 18, 30).getTime());
  expect(parseUntil('9:00', now)).toBe(new Date(2027, 2, 15, 9, 0).getTime());
  expect(parseUntil('2027-04-01', now)).toBe(new Date(2027, 3, 1).getTime());
  expect(parseUntil('2027-04-01 08:15', now)).toBe(new Date(2027, 3, 1, 8, 15).getTime());
  expect(parseUntil('2027-04-01T08:15:00Z', now)).toBe(Date.UTC(2027, 3, 1, 8, 15));
});

test.each(['25:00', '12:60', 'tomorrow', '', '2027-13-01', '3', '2027'])('--until %s is no time', (text) => {
  expect(() => parseUntil(text, now)).toThrow(`"${text}" is no time`);
});

test('--until in the past is refused', () => {
  expect(() => parseUntil('2020-01-01T00:00', now)).toThrow('has passed');
});
