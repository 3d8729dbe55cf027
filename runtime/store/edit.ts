/** Edits: retry, reset, reprocess, priority and undo by hand, absolve by a breaker. */
import type { editsIn } from './edits.ts';
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import type { prioritiesIn } from './priorities.ts';
import { rankSql, type Slope } from './rank.ts';
import { reopen, type Reopened, type TaskFacts } from './reopen.ts';
import { selected } from './selection.ts';
import { DONE, FAILED, NORMAL_LANE, READY, RETRY_LANE, WAITING, type StateNumber } from './states.ts';
import type { Tally } from './tally.ts';
import type { AbsolveEdit, Condemnation, Edit, TaskEdit } from './types.ts';

type Parts = { pipelines: Pipelines; edits: ReturnType<typeof editsIn>; priorities: ReturnType<typeof prioritiesIn> };

export const TASK_FACTS = 'SELECT stage_id AS stageId, state, rejected_by AS rejectedBy FROM task WHERE item_id = ?';

const CONDEMNED = `state = ${WAITING} AND stage_id = @stageId
  AND EXISTS (SELECT 1 FROM attempt WHERE attempt.item_id = task.item_id AND attempt.stage_id = task.stage_id AND attempt.lease = task.lease AND attempt.fingerprint = @fingerprint)`;

export function editingIn(db: Handle, { pipelines, edits, priorities }: Parts) {
  const prepared = {
    tasks: db.prepare<[number], TaskFacts>(TASK_FACTS),
    // A crash mark stays: what ended the process before runs alone until it has proved itself, but starts its count anew. It waits
    // from now on: what was found long ago and is done anew does not go before all that is new.
    reopen: db.prepare<[{ to: number; lane: number; slope: Slope; at: number; itemId: number; stageId: number }]>(
      `UPDATE task SET state = @to, lane = @lane, rank = ${rankSql('@slope', '@at')}, due_at = NULL, tries = 0, solo_crash = 0, rejected_by = NULL, reason = NULL
        WHERE item_id = @itemId AND stage_id = @stageId`,
    ),
    note: db.prepare<[{ itemId: number; stageId: number; at: number; to: number }]>('INSERT OR REPLACE INTO task_edit (item_id, stage_id, at, state) VALUES (@itemId, @stageId, @at, @to)'),
    noteCondemned: db.prepare(`INSERT OR REPLACE INTO task_edit (item_id, stage_id, at, state) SELECT item_id, stage_id, @at, ${FAILED} FROM task WHERE ${CONDEMNED}`),
    condemn: db.prepare(
      `UPDATE task SET state = ${FAILED}, due_at = NULL, finished_at = @at
        WHERE ${CONDEMNED}`,
    ),
    absolve: db.prepare<[number, number], StateNumber>(
      `UPDATE task SET lane = ${RETRY_LANE}, tries = max(0, tries - 1) WHERE item_id = ? AND stage_id = ? AND state IN (${READY}, ${WAITING}, ${FAILED}) RETURNING state`,
    ).pluck(),
    ready: db.prepare<[number, number]>(`UPDATE task SET state = ${READY}, due_at = NULL, reason = NULL WHERE item_id = ? AND stage_id = ?`),
  };

  function absolve({ job, stage: name, items }: AbsolveEdit, at: number, tally: Tally): number {
    const stage = pipelines.stage(job, name);
    let absolved = 0;
    for (const itemId of items) {
      const state = prepared.absolve.get(itemId, stage.id);
      if (state === undefined) continue;
      absolved += 1;
      if (state === READY) continue;
      if (state === FAILED) prepared.note.run({ itemId, stageId: stage.id, at, to: READY });
      prepared.ready.run(itemId, stage.id);
      tally.move(stage, state, READY);
    }
    return absolved;
  }

  function write(itemId: number, { stage, from, to, byHand }: Reopened, { verb, mark }: TaskEdit, at: number, tally: Tally): void {
    if (mark) edits.remember(mark.id, itemId, stage.id);
    if (from >= DONE) prepared.note.run({ itemId, stageId: stage.id, at, to });
    prepared.reopen.run({ to, lane: byHand && verb !== 'reprocess' ? RETRY_LANE : NORMAL_LANE, slope: stage.slope, at, itemId, stageId: stage.id });
    tally.move(stage, from, to);
  }

  function rerun(edit: TaskEdit, at: number, tally: Tally): number {
    const stages = pipelines.inOrder(edit.job);
    let edited = 0;
    for (const { itemId, stages: byHand } of selected(db, pipelines, edit, at)) {
      for (const change of reopen(stages, prepared.tasks.all(itemId), byHand, edit.downstream ?? false)) {
        write(itemId, change, edit, at, tally);
        edited += 1;
      }
    }
    return edited;
  }

  function condemn({ job, stage: name, fingerprint }: Condemnation, at: number, tally: Tally): number {
    const stage = pipelines.inOrder(job).find((stage) => stage.name === name);
    if (stage) prepared.noteCondemned.run({ stageId: stage.id, fingerprint, at });
    const condemned = stage ? prepared.condemn.run({ stageId: stage.id, fingerprint, at }).changes : 0;
    if (condemned > 0) tally.move(stage!, WAITING, FAILED, condemned);
    return condemned;
  }

  /**
   * How many tasks are ready or blocked again, or how many items have another priority. A hundred items with
   * three tasks each take 10 ms: give many in slices. `at` in ms since the epoch.
   */
  return (edit: Edit, at: number, tally: Tally): number => {
    switch (edit.verb) {
      case 'absolve':
        return absolve(edit, at, tally);
      case 'condemn':
        return condemn(edit, at, tally);
      case 'undo':
        return edits.undo(edit.edit, at, tally);
      case 'end':
        edits.end(edit.edit, edit.state);
        return 0;
      default: {
        const edited = edit.verb === 'priority' ? priorities.set(edit) : rerun(edit, at, tally);
        if (edit.mark) edits.note(edit.mark, edited);
        return edited;
      }
    }
  };
}
