/** Edits by hand, and what could still be put back of them. Reads only. */
import type { Database } from 'better-sqlite3';
import type { BulkAction, EditView } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';
import type { EditState } from './types.ts';

/** As the row holds it, with what was asked for. */
export type EditRow = { id: number; at: number; who: string; verb: EditView['verb']; job: string | null; bulk: string | null; items: number; done: number; tasks: number; undone: number; state: EditState; about: About };
/** `filter`: null for items that were chosen, or named one by one. */
export type About = { action: BulkAction; filter: string | null; lines: string[] };

const COLUMNS = 'id, at, who, verb, job, bulk, about, items, done, tasks, undone, state';
/** Tasks that nobody has begun since. */
const UNTOUCHED = 'before_edit JOIN task ON task.item_id = before_edit.item_id AND task.stage_id = before_edit.stage_id AND task.lease = before_edit.lease AND task.state < 2';

const statements = preparedFor((db) => ({
  one: db.prepare<[number], Stored>(`SELECT ${COLUMNS} FROM edit WHERE id = ?`),
  ofBulk: db.prepare<[string], Stored>(`SELECT ${COLUMNS} FROM edit WHERE bulk = ?`),
  latest: db.prepare<[number], Stored>(`SELECT ${COLUMNS} FROM edit ORDER BY id DESC LIMIT ?`),
  untouched: db.prepare<[number], number>(`SELECT count(*) FROM ${UNTOUCHED} WHERE edit = ?`).pluck(),
  stages: db.prepare<[number], { stage: string; to: number; tasks: number }>(
    `SELECT stage.job || '/' || stage.name AS stage, before_edit.state AS "to", count(*) AS tasks FROM ${UNTOUCHED} JOIN stage ON stage.id = before_edit.stage_id WHERE edit = ? GROUP BY stage.id, before_edit.state ORDER BY stage.job, stage.position`,
  ),
}));
type Stored = Omit<EditRow, 'about'> & { about: string };

export const readEdit = (db: Database, id: number): EditRow | undefined => rowOf(statements(db).one.get(id));
export const readEditOfBulk = (db: Database, name: string): EditRow | undefined => rowOf(statements(db).ofBulk.get(name));
/** The newest first. */
export const readEdits = (db: Database, limit: number): EditRow[] => statements(db).latest.all(limit).map((row) => rowOf(row)!);

/** Tasks of it that nobody has begun. */
export const untouchedOf = (db: Database, edit: number): number => statements(db).untouched.get(edit)!;
/** Where each would go: `stage` as `JOB/STAGE`, `to` as a number of a state. */
export const untouchedStages = (db: Database, edit: number) => statements(db).stages.all(edit);

export function editView({ job: _, bulk, about: { action, filter, lines }, ...row }: EditRow): EditView {
  return { ...row, ...(bulk !== null && { bulk }), action, filter, lines };
}

function rowOf(row: Stored | undefined): EditRow | undefined {
  return row && { ...row, about: JSON.parse(row.about) as About };
}
