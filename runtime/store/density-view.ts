/** Where in the journal something happened, and what stands out in it. Every look is one way down an index, but for the counts. */
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';

export type Place = { seq: number; at: number };
type Within = { path: string | null; from: number; to: number };
/** Where an attempt failed; a job, or a stage of it. */
type FailedIn = { job: string | null; stage: string | null; from: number; to: number };

/** As in the partial index `journal_marked`. */
const IS_MARKED = "(substr(source, 1, 9) = 'operator:' OR substr(type, 1, 13) = 'xstate.error.')";
const OF_CONFIG = "('config.accepted', 'config.refused')";

const statements = preparedFor((db) => ({
  first: db.prepare<[number], Place>('SELECT seq, at FROM journal WHERE seq >= ? ORDER BY seq LIMIT 1'),
  last: db.prepare<[number], Place>('SELECT seq, at FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1'),
  firstOf: db.prepare<[string, number], Place>('SELECT seq, at FROM journal WHERE path = ? AND seq >= ? ORDER BY seq LIMIT 1'),
  lastOf: db.prepare<[string, number], Place>('SELECT seq, at FROM journal WHERE path = ? AND seq <= ? ORDER BY seq DESC LIMIT 1'),
  count: db.prepare<[number, number], number>('SELECT count(*) FROM journal WHERE seq BETWEEN ? AND ?').pluck(),
  countOf: db.prepare<[string, number, number], number>('SELECT count(*) FROM journal WHERE path = ? AND seq BETWEEN ? AND ?').pluck(),
  commands: db.prepare<[Within], number>(`SELECT seq FROM journal WHERE ${IS_MARKED} AND substr(source, 1, 9) = 'operator:' AND (@path IS NULL OR path = @path) AND seq BETWEEN @from AND @to`).pluck(),
  deaths: db.prepare<[Within], number>(`SELECT seq FROM journal WHERE ${IS_MARKED} AND substr(type, 1, 13) = 'xstate.error.' AND (@path IS NULL OR path = @path) AND seq BETWEEN @from AND @to`).pluck(),
  reloads: db.prepare<[number, number], number>(`SELECT seq FROM journal WHERE path = 'config' AND type IN ${OF_CONFIG} AND seq BETWEEN ? AND ?`).pluck(),
  failed: db.prepare<[FailedIn], number>(
    `SELECT finished_at FROM attempt JOIN stage ON stage.id = stage_id
      WHERE fingerprint IS NOT NULL AND (@job IS NULL OR job = @job) AND (@stage IS NULL OR name = @stage) AND finished_at BETWEEN @from AND @to`,
  ).pluck(),
}));

/** The first entry from a number on, of one actor or of all. */
export const firstFrom = (db: Handle, seq: number, path?: string): Place | undefined => (path === undefined ? statements(db).first.get(seq) : statements(db).firstOf.get(path, seq));

/** The last entry up to a number. */
export const lastUpTo = (db: Handle, seq: number, path?: string): Place | undefined => (path === undefined ? statements(db).last.get(seq) : statements(db).lastOf.get(path, seq));

export const entriesBetween = (db: Handle, from: number, to: number, path?: string): number => (path === undefined ? statements(db).count.get(from, to)! : statements(db).countOf.get(path, from, to)!);

/** What operators sent, and which children died, by their numbers; and the reloads that said something new, of whatever actor. */
export function marksBetween(db: Handle, from: number, to: number, path?: string): { commands: number[]; deaths: number[]; reloads: number[] } {
  const { commands, deaths, reloads } = statements(db);
  const within = { path: path ?? null, from, to };
  return { commands: commands.all(within), deaths: deaths.all(within), reloads: reloads.all(from, to) };
}

/** When attempts failed, of a job or of one of its stages; of all of them without a path. */
export function failuresBetween(db: Handle, from: number, to: number, path?: string): number[] {
  const [, job, stage] = /^job\/([^/]+)(?:\/stage\/([^/]+))?$/.exec(path ?? '') ?? [];
  if (path !== undefined && job === undefined) return [];
  return statements(db).failed.all({ job: job ?? null, stage: stage ?? null, from, to });
}
