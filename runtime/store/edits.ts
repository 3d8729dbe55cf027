/** Edits by hand as they are remembered: what was asked, how far it is, and how each task stood before, so that it can be put back. */
import type { needsIn } from './needs.ts';
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { putBack, type Before, type PutBack, type TaskNow } from './put-back.ts';
import { rankWith } from './rank.ts';
import { DONE, REJECTED, SKIPPED } from './states.ts';
import type { Tally } from './tally.ts';
import type { EditMark, EditState } from './types.ts';

type Parts = { pipelines: Pipelines; needs: ReturnType<typeof needsIn> };

/** Of an edit that is undone, so many items in one flush: with three tasks each it takes 10 ms. */
const UNDONE_AT_ONCE = 100;
const BEFORE = 'stage_id AS stageId, lease, state, lane, rank, priority, due_at AS dueAt, tries, solo_crash AS soloCrash, reason, rejected_by AS rejectedBy';

export function editsIn(db: Handle, { pipelines, needs }: Parts) {
  const prepared = {
    last: db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM edit').pluck(),
    begin: db.prepare<unknown[]>('INSERT INTO edit (id, at, who, verb, job, bulk, about, items, state) VALUES (@id, @at, @who, @verb, @job, @bulk, @about, @items, \'running\') ON CONFLICT (id) DO NOTHING'),
    goOn: db.prepare<unknown[]>('UPDATE edit SET done = done + @done, tasks = tasks + @tasks, state = @state WHERE id = @id'),
    end: db.prepare<[string, number]>('UPDATE edit SET state = ? WHERE id = ?'),
    cutOff: db.prepare("UPDATE edit SET state = iif(done >= items, 'done', 'interrupted') WHERE state = 'running'"),
    remember: db.prepare<[number, number, number]>(
      `INSERT OR REPLACE INTO before_edit SELECT item_id, stage_id, ?, lease, state, lane, rank, priority, due_at, tries, solo_crash, reason, rejected_by FROM task WHERE item_id = ? AND stage_id = ?`,
    ),
    items: db.prepare<[number], number>(`SELECT DISTINCT item_id FROM before_edit WHERE edit = ? ORDER BY item_id LIMIT ${UNDONE_AT_ONCE}`).pluck(),
    before: db.prepare<[number, number], Before>(`SELECT ${BEFORE} FROM before_edit WHERE item_id = ? AND edit = ?`),
    tasks: db.prepare<[number], TaskNow>('SELECT stage_id AS stageId, state, lease, priority FROM task WHERE item_id = ?'),
    jobOf: db.prepare<[number], string>('SELECT job FROM item WHERE id = ?').pluck(),
    note: db.prepare<[number, number, number, number]>('INSERT OR REPLACE INTO task_edit (item_id, stage_id, at, state) VALUES (?, ?, ?, ?)'),
    putBack: db.prepare<unknown[]>(
      'UPDATE task SET state = @state, lane = @lane, rank = @rank, due_at = @dueAt, tries = @tries, solo_crash = @soloCrash, reason = @reason, rejected_by = @rejectedBy WHERE item_id = @itemId AND stage_id = @stageId',
    ),
    left: db.prepare<[number], number>('SELECT 1 FROM before_edit WHERE edit = ? LIMIT 1').pluck(),
    forget: db.prepare<[number, number]>('DELETE FROM before_edit WHERE item_id = ? AND edit = ?'),
    undone: db.prepare<[number, number]>("UPDATE edit SET undone = undone + ?, state = 'undone' WHERE id = ?"),
  };
  let last = prepared.last.get()!;

  function write(itemId: number, { stage, from, now, before }: PutBack, at: number, tally: Tally): void {
    if (before.state >= DONE) prepared.note.run(itemId, stage.id, at, before.state);
    prepared.putBack.run({ ...before, itemId, rank: rankWith(before, now.priority, stage.slope) });
    tally.move(stage, from, before.state);
  }

  /** What hangs on the states that came back, and was not part of the edit. */
  function followUp(itemId: number, { stage, before: { state, reason, rejectedBy } }: PutBack, tally: Tally): void {
    if (state === DONE || state === SKIPPED) needs.openDependents(itemId, stage, tally);
    if (state === REJECTED && rejectedBy === null) needs.endItem(itemId, stage, reason ?? '', tally);
  }

  function undoItem(itemId: number, edit: number, at: number, tally: Tally): number {
    const all = prepared.before.all(itemId, edit);
    const back = putBack(pipelines.inOrder(prepared.jobOf.get(itemId)!), prepared.tasks.all(itemId), all);
    for (const one of back) write(itemId, one, at, tally);
    for (const one of back) followUp(itemId, one, tally);
    prepared.forget.run(itemId, edit);
    return back.length;
  }

  return {
    /** The number of the next one. */
    next: (): number => ++last,
    /** Whether something of it was not looked at yet by an undo. */
    isLeft: (edit: number): boolean => prepared.left.get(edit) !== undefined,
    /** How the task stands, before it is changed. */
    remember: (edit: number, itemId: number, stageId: number): void => void prepared.remember.run(edit, itemId, stageId),
    /** A part of it was done; with it the row begins, and ends with the last. */
    note({ part, isLast, ...mark }: EditMark, tasks: number): void {
      prepared.begin.run({ ...mark, job: mark.job ?? null, bulk: mark.bulk ?? null });
      prepared.goOn.run({ id: mark.id, done: part, tasks, state: isLast ? 'done' : 'running' });
    },
    end: (id: number, state: EditState): void => void prepared.end.run(state, id),
    /** What was under way when the last runner ended goes on no more. */
    cutOff: (): void => void prepared.cutOff.run(),
    /** Puts back what nobody has begun, of some items; answers how many tasks. The others are not asked for again. */
    undo(edit: number, at: number, tally: Tally): number {
      const tasks = prepared.items.all(edit).reduce((sum, itemId) => sum + undoItem(itemId, edit, at, tally), 0);
      prepared.undone.run(tasks, edit);
      return tasks;
    },
  };
}

