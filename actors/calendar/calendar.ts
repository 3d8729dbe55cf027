/** When a window is open: the edges of a job's working hours, by its calendar. Pure: a specification and a moment in, a moment out. */
import type { Hours, WindowSpec } from '../../machines/spec.ts';
import { formatDay, localDay, momentOf, weekdayOf } from './zone.ts';

/** `until`: when it changes; null when it does not within `HORIZON_DAYS`. Times are ms since the epoch. */
export type Edge = { open: boolean; until: number | null };
type Interval = { opens: number; closes: number };

/** What does not open or close for longer than a year is taken to stay so. */
const HORIZON_DAYS = 400;

/**
 * How a window stands at a moment, and until when. Nothing starts in the last `beforeMs` of an opening: so it counts as
 * closed then. Hours belong to the day on which they begin, also those over midnight; openings that touch are one.
 */
export function edgeAt(spec: WindowSpec, at: number): Edge {
  const end = momentOf(localDay(at, spec.tz) + HORIZON_DAYS, 0, spec.tz);
  for (const { opens, closes } of openings(spec, at)) {
    const last = closes - spec.beforeMs;
    if (at < opens) return { open: false, until: opens };
    if (at < last) return { open: true, until: closes >= end ? null : last };
  }
  return { open: false, until: null };
}

/** From the one that began two days before, for hours go over midnight. In order; those in which nothing could start are left out. */
function* openings(spec: WindowSpec, at: number): Generator<Interval> {
  const today = localDay(at, spec.tz);
  let last: Interval | undefined;
  for (let day = today - 2; day <= today + HORIZON_DAYS; day++) {
    for (const { from, to } of hoursOf(spec, day)) {
      const next = { opens: momentOf(day, from, spec.tz), closes: momentOf(day, to, spec.tz) };
      if (last && next.opens <= last.closes) {
        last.closes = Math.max(last.closes, next.closes);
        continue;
      }
      if (last && last.closes - last.opens > spec.beforeMs) yield last;
      last = next;
    }
  }
  if (last && last.closes - last.opens > spec.beforeMs) yield last;
}

/** Of a day with hours of its own, those; else those of its weekday. */
function hoursOf({ hours, dates }: WindowSpec, day: number): Hours[] {
  const own = dates[formatDay(day)] ?? hours.filter(({ days }) => days.includes(weekdayOf(day)));
  return own.toSorted((a, b) => a.from - b.from);
}
