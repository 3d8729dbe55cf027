/**
 * Calendar days of a time zone, as money counts them. A day ends when the date there changes: after 23, 24 or 25 hours, and not at all
 * at the hour that a zone's clocks skip or repeat.
 */

const HOUR_MS = 3_600_000;
/** Longer than any day. */
const REACH_MS = 30 * HOUR_MS;

export class Days {
  readonly tz: string;
  private readonly format: Intl.DateTimeFormat;
  /** Every flush asks, and mostly for the same day. */
  private last = { from: Infinity, until: -Infinity, day: '' };

  /** @throws RangeError when there is no such zone */
  constructor(tz: string) {
    this.tz = tz;
    this.format = new Intl.DateTimeFormat('en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' });
  }

  /** The day of a time (ms since the epoch): `2026-11-24`. */
  of(at: number): string {
    return this.around(at).day;
  }

  /** When the day of a time began, ms since the epoch. */
  startOf(at: number): number {
    const day = this.of(at);
    let [other, same] = [at - REACH_MS, at];
    while (same - other > 1) {
      const middle = Math.floor((same + other) / 2);
      if (this.format.format(middle) === day) same = middle;
      else other = middle;
    }
    return same;
  }

  /** When the day of a time ends and the next one begins, ms since the epoch. */
  endOf(at: number): number {
    return this.around(at).until;
  }

  private around(at: number): { from: number; until: number; day: string } {
    if (at >= this.last.from && at < this.last.until) return this.last;
    const day = this.format.format(at);
    return (this.last = { from: at, until: this.changeAfter(at, day), day });
  }

  /** The first moment at which the date is another one. */
  private changeAfter(at: number, day: string): number {
    let [same, other] = [at, at + REACH_MS];
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2);
      if (this.format.format(middle) === day) same = middle;
      else other = middle;
    }
    return other;
  }
}

const known = new Map<string, Days>();

export function daysIn(tz: string): Days {
  let days = known.get(tz);
  if (!days) known.set(tz, (days = new Days(tz)));
  return days;
}
