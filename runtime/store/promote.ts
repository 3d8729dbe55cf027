/** Delayed tasks: kept out of the claim's index until they are due. */
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { rankSql, type Slope } from './rank.ts';
import { READY, RETRY_LANE, WAITING } from './states.ts';
import type { Tally } from './tally.ts';

/** At most so many in one flush (about 5 ms): after a long sleep of the machine, all are due at once. */
const MOST_AT_ONCE = 500;

export function promotingIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const prepared = {
    due: db.prepare<[number], { itemId: number; stageId: number }>(
      `SELECT item_id AS itemId, stage_id AS stageId FROM task WHERE state = ${WAITING} AND due_at <= ? ORDER BY due_at LIMIT ${MOST_AT_ONCE}`,
    ),
    // It waits from when it was due: else what is put off again and again, and is the oldest, would always be first.
    promote: db.prepare<[{ slope: Slope; itemId: number; stageId: number }]>(
      `UPDATE task SET state = ${READY}, lane = ${RETRY_LANE}, due_at = NULL, rank = ${rankSql('@slope', 'due_at')} WHERE item_id = @itemId AND stage_id = @stageId`,
    ),
    nextDue: db.prepare<[], number>(`SELECT due_at FROM task WHERE state = ${WAITING} ORDER BY due_at LIMIT 1`).pluck(),
  };

  return {
    /** Tasks whose time has come at `at` become ready, the longest due first. */
    promote(at: number, tally: Tally): void {
      for (const { itemId, stageId } of prepared.due.all(at)) {
        const stage = pipelines.byId(stageId);
        prepared.promote.run({ slope: stage.slope, itemId, stageId });
        tally.move(stage, WAITING, READY);
      }
    },
    /** When the earliest waiting task is due (not later than now if not all due ones were promoted at once), or undefined. */
    nextDue: (): number | undefined => prepared.nextDue.get(),
  };
}
