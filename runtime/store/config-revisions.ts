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
  newest: db.prepare<[number], { id: number; at: number; before: number | null }>('SELECT id, at, lead(id) OVER (ORDER BY id DESC) AS before FROM config_revision ORDER BY id DESC LIMIT ?'),
  one: db.prepare<[number], ConfigRevision>('SELECT id, at, hash, text FROM config_revision WHERE id = ?'),
  all: db.prepare<[], ConfigRevision>('SELECT id, at, hash, text FROM config_revision ORDER BY id DESC'),
}));

/** The newest, which is in force, first. */
export const readConfigRevisions = (db: Database): ConfigRevision[] => statements(db).all.all();
/** Without their texts, each with the one `before` it. */
export const readNewestRevisions = (db: Database, limit: number) => statements(db).newest.all(limit);
export const readConfigRevision = (db: Database, id: number): ConfigRevision | undefined => statements(db).one.get(id);
