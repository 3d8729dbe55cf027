/** What of a long list is in sight. */

/** Rows beyond the edges, so that keys and a short scroll meet no gap. */
const BEYOND = 8;

/** Which rows are there: `from` up to, and without, `to`. Heights in px. */
export function inSight(scrollTop: number, height: number, rowHeight: number, count: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight) - BEYOND));
  return { from, to: Math.max(from, Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + BEYOND)) };
}
