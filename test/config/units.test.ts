import { expect, test } from 'vitest';
import { z } from 'zod';
import { backoff, duration, formatDuration, formatRate, parseDuration, rate, size } from '../../runtime/config/units.ts';

test.each([
  ['1ms', 1],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['3650d', 315_360_000_000],
])('%s is a duration of %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(z.decode(duration, text)).toBe(ms);
});

test.each(['', '60', '5 m', '-1s', '0s', '1w', '1h30m', '1e3s', '3651d', `${'9'.repeat(400)}d`])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
  expect(duration.safeParse(text).error?.issues[0]?.message).toMatch(/must be a duration such as 30s/);
});

test('a duration is written in the largest unit that says it exactly', () => {
  expect([1, 30_000, 90_000, 3_600_000, 172_800_000].map(formatDuration)).toEqual(['1ms', '30s', '90s', '1h', '2d']);
});

test('a back-off goes from the shorter wait to the longer', () => {
  expect(z.decode(backoff, '30s..1h')).toEqual({ baseMs: 30_000, capMs: 3_600_000 });
  expect(z.encode(backoff, { baseMs: 30_000, capMs: 3_600_000 })).toBe('30s..1h');
  for (const text of ['1h..30s', '30s', '30s..', '0s..1h', '30s...1h']) expect(backoff.safeParse(text).error?.issues[0]?.message).toMatch(/the shorter first/);
});

test('a rate is a count in a unit of time', () => {
  expect(z.decode(rate, '10/s')).toEqual({ count: 10, perMs: 1_000 });
  expect(z.decode(rate, '300/h')).toEqual({ count: 300, perMs: 3_600_000 });
  expect(formatRate({ count: 20_000, perMs: 86_400_000 })).toBe('20000/d');
  for (const text of ['0/s', '10', '10/w', '1.5/s', '10/2s']) expect(rate.safeParse(text).error?.issues[0]?.message).toMatch(/must be a rate such as/);
});

test('a size counts in powers of 1,024', () => {
  expect([...['1B', '500KB', '1.5MB', '1GB'].map((text) => z.decode(size, text))]).toEqual([1, 512_000, 1_572_864, 1_073_741_824]);
  expect([1, 512_000, 1_572_864, 1_073_741_824].map((bytes) => z.encode(size, bytes))).toEqual(['1B', '500KB', '1536KB', '1GB']);
  for (const text of ['0B', '5', '5 MB', '5mb', `${'9'.repeat(30)}GB`]) expect(size.safeParse(text).error?.issues[0]?.message).toMatch(/must be a size such as/);
});
