/** What there is to ask for by name. Reads only. */
import type { Database } from 'better-sqlite3';
import { preparedFor } from './prepared.ts';

const statements = preparedFor((db) => ({
  jobs: db.prepare<[], { job: string; emoji: string | null; archived: number }>("SELECT id AS job, spec ->> '$.emoji' AS emoji, archived FROM job ORDER BY archived, id"),
  stages: db.prepare<[], { job: string; stage: string }>('SELECT job, name AS stage FROM stage WHERE active = 1 ORDER BY job, position'),
  everyStage: db.prepare<[], { id: number; job: string; stage: string }>('SELECT id, job, name AS stage FROM stage ORDER BY job, position'),
  lastKinds: db.prepare<[number], { fingerprint: string; name: string; message: string }>('SELECT fingerprint, name, message FROM fingerprint ORDER BY last_at DESC LIMIT ?'),
}));

/** Archived ones come last. */
export const jobNames = (db: Database) => statements(db).jobs.all();
/** In the order of the pipelines. */
export const stageNames = (db: Database) => statements(db).stages.all();
/** With those that jobs.yaml has no more. */
export const everyStage = (db: Database) => statements(db).everyStage.all();
/** Kinds of errors that were met last. */
export const lastKinds = (db: Database, limit: number) => statements(db).lastKinds.all(limit);
