/** Every text of jobs.yaml that was in force, `${VAR}` unexpanded. */
import { hash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';

export type ConfigRevision = { id: number; at: number; hash: string; text: string };

export function configRevisionsIn(db: Handle) {
  const prepared = {
    add: db.prepare<[number, string, string]>('INSERT INTO config_revision (at, hash, text) VALUES (?, ?, ?)'),
    latest: db.prepare<[], ConfigRevision>('SELECT id, at, hash, text FROM config_revision ORDER BY id DESC LIMIT 1'),
  };

  return {
    latest: (): ConfigRevision | undefined => prepared.latest.get(),
    /** A text equal to the one in force is no new revision. `at` in ms since the epoch. */
    add: db.transaction((text: string, at: number): ConfigRevision => {
      const digest = hash('sha256', text);
      if (prepared.latest.get()?.hash !== digest) prepared.add.run(at, digest, text);
      return prepared.latest.get()!;
    }).immediate,
  };
}

const statements = preparedFor((db) => ({
  newest: db.prepare<[number, number], { id: number; at: number; before: number | null }>('SELECT id, at, lead(id) OVER (ORDER BY id DESC) AS before FROM config_revision WHERE at <= ? ORDER BY id DESC LIMIT ?'),
  then: db.prepare<[number], ConfigRevision>('SELECT id, at, hash, text FROM config_revision WHERE at <= ? ORDER BY id DESC LIMIT 1'),
  one: db.prepare<[number], ConfigRevision>('SELECT id, at, hash, text FROM config_revision WHERE id = ?'),
  all: db.prepare<[], ConfigRevision>('SELECT id, at, hash, text FROM config_revision ORDER BY id DESC'),
}));

/** The newest, which is in force, first. */
export const readConfigRevisions = (db: Database): ConfigRevision[] => statements(db).all.all();
/** Without their texts, each with the one `before` it: all of now, or those of a moment (ms since the epoch). */
export const readNewestRevisions = (db: Database, limit: number, at = Number.MAX_SAFE_INTEGER) => statements(db).newest.all(at, limit);
/** The one that was in force at a moment (ms since the epoch). */
export const readRevisionThen = (db: Database, at: number): ConfigRevision | undefined => statements(db).then.get(at);
export const readConfigRevision = (db: Database, id: number): ConfigRevision | undefined => statements(db).one.get(id);
