/** Fan-in, decided in SQL: which tasks may start because others have ended, and which may not any more. */
import type { Handle } from './open.ts';
import type { Pipelines, Stage } from './pipelines.ts';
import { BLOCKED, DONE, READY, REJECTED, SKIPPED, WAITING, type StateNumber } from './states.ts';
import type { Tally } from './tally.ts';

/** A need of the task at hand (a row of `task`) that is not satisfied. */
export const UNMET_NEED = `
  SELECT 1 FROM stage_need LEFT JOIN task need ON need.item_id = task.item_id AND need.stage_id = need_id
   WHERE stage_need.stage_id = task.stage_id AND ifnull(need.state, ${BLOCKED}) NOT IN (${DONE}, ${SKIPPED})`;

const END = `state = ${REJECTED}, due_at = NULL, rejected_by = ?, reason = ?`;
const NOT_ENDED = `state IN (${BLOCKED}, ${READY}, ${WAITING})`;

export function needsIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const prepared = {
    open: db.prepare<[number, number]>(`UPDATE task SET state = ${READY} WHERE item_id = ? AND stage_id = ? AND state = ${BLOCKED}`),
    openIfMet: db.prepare<[number, number]>(
      `UPDATE task SET state = ${READY} WHERE item_id = ? AND stage_id = ? AND state = ${BLOCKED} AND NOT EXISTS (${UNMET_NEED})`,
    ),
    block: db.prepare<[number, number]>(
      `UPDATE task SET state = ${BLOCKED}, due_at = NULL WHERE item_id = ? AND stage_id = ? AND ${NOT_ENDED} AND EXISTS (${UNMET_NEED})`,
    ),
    rejecter: db.prepare<[number], number>(`SELECT stage_id FROM task WHERE item_id = ? AND state = ${REJECTED} AND rejected_by IS NULL`).pluck(),
    notEnded: db.prepare<[number], { stageId: number; state: StateNumber }>(`SELECT stage_id AS stageId, state FROM task WHERE item_id = ? AND ${NOT_ENDED}`),
    end: db.prepare<[number, string, number]>(`UPDATE task SET ${END} WHERE item_id = ? AND ${NOT_ENDED}`),
  };

  /** All tasks of the item that have not ended: it goes no further. Those that run now are looked at when they settle. */
  function endItem(itemId: number, by: Stage, reason: string, tally: Tally): void {
    for (const { stageId, state } of prepared.notEnded.all(itemId)) tally.move(pipelines.byId(stageId), state, REJECTED);
    prepared.end.run(by.id, `rejected at ${by.name}: ${reason}`, itemId);
  }

  return {
    endItem,
    /** After a task of `stage` has ended well. */
    openDependents(itemId: number, stage: Stage, tally: Tally): void {
      for (const dependent of stage.dependents) {
        // With one need, the one that has just ended, there is nothing to look up: 2 of the 8 µs that a hand-over costs.
        const open = dependent.needs.length === 1 ? prepared.open : prepared.openIfMet;
        if (open.run(itemId, dependent.id).changes > 0) tally.move(dependent, BLOCKED, READY);
      }
    },
    /** A task that goes back from running to `state` may find that its item was rejected meanwhile, or a need reopened. */
    recheck(itemId: number, stage: Stage, state: typeof READY | typeof WAITING, tally: Tally): void {
      const rejecter = prepared.rejecter.get(itemId);
      if (rejecter !== undefined) endItem(itemId, pipelines.byId(rejecter), 'while this ran', tally);
      else if (stage.needs.length > 0 && prepared.block.run(itemId, stage.id).changes > 0) tally.move(stage, state, BLOCKED);
    },
  };
}
