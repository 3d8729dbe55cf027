/** What attempts have logged and asked of the web, written with what came of them. */
import type { AttemptLog, Claim } from '../../actors/ports.ts';
import type { Handle } from './open.ts';

export function attemptLogsIn(db: Handle) {
  const add = db.prepare<unknown[]>(
    'INSERT INTO attempt_log (item_id, stage_id, lease, attempt, at, lines, lines_lost, calls, calls_lost, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  return {
    /** `at`: when the attempt was settled, ms since the epoch. */
    add({ itemId, lease, attempt }: Claim, stageId: number, { lines, linesLost, calls, callsLost }: AttemptLog, at: number): void {
      add.run(itemId, stageId, lease, attempt, at, lines.length, linesLost, calls.length, callsLost, JSON.stringify({ lines, calls }));
    },
  };
}
