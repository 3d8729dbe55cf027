/** What must hold, whenever the runner has died. */
export const CLAIMS = {
  kept: 'nothing lost',
  once: 'no output committed twice',
  counted: 'task_count equals a scan',
  obeyed: 'acknowledged commands in force',
  silent: 'nothing starts while paused',
  lapsed: 'timed pauses end on time',
  folded: 'journals fold byte-equal',
  unblamed: 'no innocent set aside as dead',
  alive: 'it ended only when it was killed',
} as const;

export type Claim = keyof typeof CLAIMS;
/** Something that does not hold. */
export type Finding = { claim: Claim; what: string };

/** `what` for each row, the first few in words. */
export function findings<Row>(claim: Claim, rows: readonly Row[], what: (row: Row) => string): Finding[] {
  return rows.map((row) => ({ claim, what: what(row) }));
}
