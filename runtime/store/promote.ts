/** Delayed tasks: kept out of the claim's index until they are due. */
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { READY, RETRY_LANE, WAITING } from './states.ts';
import type { Tally } from './tally.ts';

/** At most so many in one flush (about 5 ms): after a long sleep of the machine, all are due at once. */
const MOST_AT_ONCE = 500;

export function promotingIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const prepared = {
    due: db.prepare<[number], { itemId: number; stageId: number }>(
      `SELECT item_id AS itemId, stage_id AS stageId FROM task WHERE state = ${WAITING} AND due_at <= ? ORDER BY due_at LIMIT ${MOST_AT_ONCE}`,
    ),
    promote: db.prepare<[number, number]>(`UPDATE task SET state = ${READY}, lane = ${RETRY_LANE}, due_at = NULL WHERE item_id = ? AND stage_id = ?`),
    nextDue: db.prepare<[], number>(`SELECT due_at FROM task WHERE state = ${WAITING} ORDER BY due_at LIMIT 1`).pluck(),
  };

  return {
    /** Tasks whose time has come at `at` become ready, the longest due first. */
    promote(at: number, tally: Tally): void {
      for (const { itemId, stageId } of prepared.due.all(at)) {
        prepared.promote.run(itemId, stageId);
        tally.move(pipelines.byId(stageId), WAITING, READY);
      }
    },
    /** When the earliest waiting task is due (not later than now if not all due ones were promoted at once), or undefined. */
    nextDue: (): number | undefined => prepared.nextDue.get(),
  };
}
