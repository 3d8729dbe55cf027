/** Stored states of actors that could not be used at a start: they are kept, with the reason. Reads only. */
import type { Database } from 'better-sqlite3';
import type { AsideView } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';

const COLUMNS = 'id, at, path, reason, version';
/** The root is the first to hear of a start; a row is put aside at the same time. */
const LAST_START = `ifnull((SELECT at FROM journal WHERE path = 'supervisor' AND type IN ('xstate.init', 'actor.restored') ORDER BY seq DESC LIMIT 1), 0)`;

const statements = preparedFor((db) => ({
  all: db.prepare<[], AsideView>(`SELECT ${COLUMNS} FROM actor_quarantine ORDER BY id DESC`),
  lastStart: db.prepare<[], AsideView>(`SELECT ${COLUMNS} FROM actor_quarantine WHERE at >= ${LAST_START} ORDER BY id`),
  of: db.prepare<[string], AsideView & { snapshot: string }>(`SELECT ${COLUMNS}, snapshot FROM actor_quarantine WHERE path = ? ORDER BY id DESC`),
}));

/** The newest first. */
export const readAside = (db: Database): AsideView[] => statements(db).all.all();
export const readAsideOfLastStart = (db: Database): AsideView[] => statements(db).lastStart.all();
/** Of one actor, with what was stored. */
export const readAsideOf = (db: Database, path: string): AsideView[] => statements(db).of.all(path);
