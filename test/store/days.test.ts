import { describe, expect, test } from 'vitest';
import { Days } from '../../runtime/store/money/days.ts';

const HOUR = 3_600_000;

describe('a day of money', () => {
  test.each([
    ['America/Los_Angeles', '2026-03-08T07:59:59.999Z', '2026-03-07', 24],
    ['America/Los_Angeles', '2026-03-08T08:00:00Z', '2026-03-08', 23],
    ['America/Los_Angeles', '2026-11-01T07:00:00Z', '2026-11-01', 25],
    ['Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-25', 25],
    ['Asia/Kolkata', '2026-06-01T18:29:59Z', '2026-06-01', 24],
    ['Asia/Kolkata', '2026-06-01T18:30:00Z', '2026-06-02', 24],
    ['UTC', '2026-12-31T23:59:59.999Z', '2026-12-31', 24],
    // Here the clocks change at midnight itself: the day begins at 01:00, and the hour before midnight comes twice.
    ['Asia/Beirut', '2026-03-29T12:00:00Z', '2026-03-29', 23],
    ['Asia/Beirut', '2026-10-24T12:00:00Z', '2026-10-24', 25],
    ['Australia/Lord_Howe', '2026-10-04T03:00:00Z', '2026-10-04', 23.5],
  ])('in %s at %s is %s and lasts %d hours', (tz, at, day, hours) => {
    const days = new Days(tz);
    const time = Date.parse(at);
    expect(days.of(time)).toBe(day);
    expect((days.endOf(time) - days.startOf(time)) / HOUR).toBe(hours);
    expect(days.of(days.endOf(time) - 1)).toBe(day);
    expect(days.of(days.endOf(time))).not.toBe(day);
    expect(days.of(days.startOf(time))).toBe(day);
    expect(days.of(days.startOf(time) - 1)).not.toBe(day);
  });

  test('is found again when the clock is set back', () => {
    const days = new Days('America/Los_Angeles');
    const noon = Date.parse('2026-07-01T19:00:00Z');
    expect([days.of(noon), days.of(noon + 24 * HOUR), days.of(noon), days.of(noon - 11 * HOUR)]).toEqual(['2026-07-01', '2026-07-02', '2026-07-01', '2026-07-01']);
  });

  test('begins once, every day of three years, wherever the clocks change', () => {
    for (const tz of ['America/Los_Angeles', 'Europe/Berlin', 'America/Santiago', 'Pacific/Apia', 'Africa/Casablanca']) {
      const days = new Days(tz);
      const seen = new Set<string>();
      for (let at = Date.parse('2024-01-01T12:00:00Z'), end = Date.parse('2027-01-01T12:00:00Z'); at < end; at = days.endOf(at)) {
        expect(seen.has(days.of(at)), `${tz} ${days.of(at)}`).toBe(false);
        seen.add(days.of(at));
      }
      expect(seen.size).toBeGreaterThanOrEqual(1_096);
    }
  });
});
