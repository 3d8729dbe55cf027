/** Where the rows of a time begin, in a table that is only appended to: found by halving, without an index. */

/** Calls and attempts are written when they end, and clocks are set: among so much time rows may stand in another order. */
const SLACK_MS = 3_600_000;

/** `at(id)`: the time of the first row from that id on; undefined past the last one. */
export type Appended = { last: number; at(id: number): number | undefined };

/** An id before which there is no row of `since` (ms since the epoch) or later; with less slack, hardly any. */
export function firstSince({ last, at }: Appended, since: number, slackMs = SLACK_MS): number {
  let [low, high] = [0, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((at(middle) ?? Infinity) >= since - slackMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
