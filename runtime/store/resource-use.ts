/** How much of what jobs share was used: rows of five minutes. */
import type { Handle } from './open.ts';
import type { Waits } from './waits.ts';

/** `at`: end of its time, ms since the epoch. `busyMs`: slots taken, added up; `slotsMs`: those that there were. */
export type UseRow = { resource: string; at: number; busyMs: number; slotsMs: number; waits: Waits };

export function resourceUseIn(db: Handle) {
  const add = db.prepare('INSERT OR IGNORE INTO resource_use (resource, at, busy_ms, slots_ms, waits) VALUES (@resource, @at, @busyMs, @slotsMs, @waits)');
  const all = db.transaction((rows: readonly UseRow[]) => rows.forEach((row) => add.run({ ...row, waits: JSON.stringify(row.waits) })));
  return { save: (rows: readonly UseRow[]): void => void (rows.length > 0 && all.immediate(rows)) };
}
