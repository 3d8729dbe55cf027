/** What a replay reads: actors with their stored snapshot, and their journal. */
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';
import { RUNNING } from './states.ts';
import { TASK_STATES, type TaskState } from './types.ts';

export type StoredActor = { path: string; src: string; version: number; seq: number; snapshot: string };
type CountsRow = { job: string; stage: string; active: number; past: string | null; now: string };
/** `event` is JSON text; `state` marks the state that it led to, as it was then. */
export type KeptEntry = { seq: number; at: number; event: string; state: string | null };

const statements = preparedFor((db) => ({
  actors: db.prepare<[string | null, string | null], StoredActor>('SELECT path, src, version, seq, snapshot FROM actor WHERE ? IS NULL OR path = ? ORDER BY path'),
  journal: db.prepare<[{ path: string; after: number; upTo: number; limit: number }], KeptEntry>('SELECT seq, at, event, state FROM journal WHERE path = @path AND seq > @after AND seq <= @upTo ORDER BY seq LIMIT @limit'),
  beginning: db.prepare<[string, number], number>("SELECT seq FROM journal WHERE path = ? AND seq <= ? AND type = 'xstate.init' ORDER BY seq DESC LIMIT 1").pluck(),
  // By time and not by number: a clock that was set back leaves later entries with earlier times.
  seqAt: db.prepare<[number], number | null>('SELECT max(seq) FROM journal WHERE at <= ?').pluck(),
  bounds: db.prepare<[], { first: number | null; last: number | null }>('SELECT min(seq) AS first, max(seq) AS last FROM journal'),
  at: db.prepare<[number], number>('SELECT at FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1').pluck(),
  pathsOf: db.prepare<[], string>('SELECT DISTINCT path FROM journal ORDER BY path').pluck(),
  // From path to path by the index: the entries between are many.
  stopped: db.prepare<[string | null, string | null], { path: string; seq: number; at: number; type: string }>(`
    WITH RECURSIVE paths (path) AS (SELECT min(path) FROM journal UNION ALL SELECT (SELECT min(path) FROM journal WHERE path > paths.path) FROM paths WHERE path IS NOT NULL)
    SELECT journal.path, journal.seq, journal.at, journal.type FROM paths JOIN journal ON journal.seq = (SELECT max(seq) FROM journal last WHERE last.path = paths.path)
     WHERE paths.path IS NOT NULL AND (? IS NULL OR paths.path = ?) AND paths.path NOT IN (SELECT path FROM actor) ORDER BY journal.seq DESC`),
  toldAfter: db.prepare<[string, number, number], { seq: number; at: number; type: string }>('SELECT seq, at, type FROM journal WHERE path = ? AND seq > ? ORDER BY seq LIMIT ?'),
  upTo: db.prepare<[number, number], [number, number]>('SELECT seq, at FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT ?').raw(),
  after: db.prepare<[number, number], [number, number]>('SELECT seq, at FROM journal WHERE seq > ? ORDER BY seq LIMIT ?').raw(),
  upToOf: db.prepare<[string, number, number], [number, number]>('SELECT seq, at FROM journal WHERE path = ? AND seq <= ? ORDER BY seq DESC LIMIT ?').raw(),
  afterOf: db.prepare<[string, number, number], [number, number]>('SELECT seq, at FROM journal WHERE path = ? AND seq > ? ORDER BY seq LIMIT ?').raw(),
  lastOwn: db.prepare<[string, number], number | null>('SELECT max(seq) FROM journal WHERE path = ? AND seq <= ?').pluck(),
  own: db.prepare<[string, number], number>('SELECT 1 FROM journal WHERE path = ? AND seq = ?').pluck(),
  told: db.prepare<[number], Told>('SELECT source, cause FROM journal WHERE seq = ?'),
  // The last entry of the actor itself says whether it has a past there at all.
  kept: db.prepare<[string, string, number], StoredActor>(
    `SELECT path, src, version, seq, snapshot FROM actor_then WHERE path = ? AND json_valid(snapshot)
        AND seq < (SELECT max(seq) FROM journal WHERE path = ? AND seq <= ?) ORDER BY seq DESC LIMIT 1`,
  ),
  inFlight: db.prepare<[string], number>(`SELECT ifnull(sum(n), 0) FROM task_count JOIN stage ON stage.id = stage_id WHERE job = ? AND state = ${RUNNING}`).pluck(),
  // Of one entry what was so right after it; of a time, what was so last by then.
  counts: db.prepare<[{ seq: number; at: number; asked: number }], CountsRow>(`
    SELECT job, name AS stage, active, (SELECT json_group_object(state, n) FROM task_count WHERE stage_id = stage.id AND n > 0) AS now,
      (SELECT counts FROM count_then WHERE stage_id = stage.id
        AND (seq < @seq OR seq = @seq AND iif(@asked, at <= @at, own = 1)) ORDER BY seq DESC, at DESC LIMIT 1) AS past
    FROM stage ORDER BY job, active DESC, position`),
  work: db.prepare<[number, number], WorkThen>(`
    SELECT stage.job, stage.name AS stage, count(*) AS found, count(output.item_id) AS done
    FROM item JOIN stage ON stage.job = item.job
    LEFT JOIN (SELECT item_id, stage_id, min(finished_at) AS at FROM output GROUP BY item_id, stage_id) output
      ON output.item_id = item.id AND output.stage_id = stage.id AND output.at <= ?
    WHERE item.created_at <= ? GROUP BY stage.id ORDER BY stage.job, stage.position`),
}));

export const storedActors = (db: Handle, path?: string): StoredActor[] => statements(db).actors.all(path ?? null, path ?? null);

/** So many entries are read at a time, however long the journal of an actor is. */
export const PAGE = 250;

/** The journal of an actor after an entry, up to and with another: one page of it. */
export const journalPage = (db: Handle, path: string, { after, upTo }: { after: number; upTo: number }): KeptEntry[] => statements(db).journal.all({ path, after, upTo, limit: PAGE });

/** Where the life began that an actor had at an entry; undefined before its first. */
export const beginningOf = (db: Handle, path: string, upTo: number): number | undefined => statements(db).beginning.get(path, upTo);

/** Every actor of which an event is kept, also those that are gone. */
export const pathsWithPast = (db: Handle): string[] => statements(db).pathsOf.all();

/** Of actors that have no row any more, or of one of them: what each was told last, the newest first. */
export const toldLast = (db: Handle, path?: string) => statements(db).stopped.all(path ?? null, path ?? null);

/** What an actor was told after an entry, the oldest first. */
export const toldAfter = (db: Handle, path: string, seq: number, limit: number) => statements(db).toldAfter.all(path, seq, limit);

/** Number of the last entry at a time (ms since the epoch); 0 before the first. */
export const seqAt = (db: Handle, at: number): number => statements(db).seqAt.get(at) ?? 0;

/** When an entry was written, or the last before it; undefined before the first. */
export const timeOfSeq = (db: Handle, seq: number): number | undefined => statements(db).at.get(seq);

/** The last thing that an actor had been told by an entry; undefined before the first. */
export const lastOwnOf = (db: Handle, path: string, upTo: number): number | undefined => statements(db).lastOwn.get(path, upTo) ?? undefined;

/** Whether an entry of an actor is still there; those after it are, then. */
export const isKept = (db: Handle, path: string, seq: number): boolean => statements(db).own.get(path, seq) !== undefined;

/** How an actor stood before its last entry up to one: the nearest time at which that was kept. */
export const keptBefore = (db: Handle, path: string, upTo: number): StoredActor | undefined => statements(db).kept.get(path, path, upTo);

type Told = { source: string | null; cause: number | null };

/** Who told an actor of an entry, and because of which other. */
export const toldBy = (db: Handle, seq: number): Told => statements(db).told.get(seq) ?? { source: null, cause: null };

/** The entries nearest to one, of one actor or of all, each side beginning with the nearest; the entry itself comes first of those up to it. */
export function momentsAround(db: Handle, { path, seq, limit }: { path?: string; seq: number; limit: number }): { upTo: [number, number][]; after: [number, number][] } {
  const { upTo, after, upToOf, afterOf } = statements(db);
  if (path === undefined) return { upTo: upTo.all(seq, limit), after: after.all(seq, limit) };
  return { upTo: upToOf.all(path, seq, limit), after: afterOf.all(path, seq, limit) };
}

/** Numbers of the oldest and newest entry that are kept. */
export const keptRange = (db: Handle) => statements(db).bounds.get()!;

/** Attempts of a job that run now. */
export const inFlightOf = (db: Handle, job: string): number => statements(db).inFlight.get(job)!;

/** Items found and done, per stage. `counts`: tasks by state, where they are known; without them, what the rows of items and outputs say. */
export type WorkThen = { job: string; stage: string; found: number; done: number; counts?: Record<TaskState, number> };

/** @param moment the last entry of the journal by then, and when that was: its own time, or one that was asked for */
export function workAt(db: Handle, moment: { seq: number; at: number; asked: boolean }): WorkThen[] {
  const { work, counts, bounds } = statements(db);
  // It goes through all items: only for stages whose counts were not kept.
  let found: Map<string, WorkThen> | undefined;
  const uncounted = () => (found ??= new Map(work.all(moment.at, moment.at).map((one) => [`${one.job} ${one.stage}`, one])));
  const isLast = moment.seq >= (bounds.get()!.last ?? 0);
  return counts.all({ ...moment, asked: Number(moment.asked) }).flatMap(({ job, stage, active, past, now }) => {
    // What came after the last entry, and before now, was never kept.
    const text = isLast && active === 1 ? now : past;
    if (text === null) return uncounted().get(`${job} ${stage}`) ?? [];
    const known = countsOf(JSON.parse(text) as Record<string, number>);
    return [{ job, stage, found: Object.values(known).reduce((sum, n) => sum + n, 0), done: known.done, counts: known }];
  });
}

const countsOf = (byNumber: Record<string, number>) => Object.fromEntries(TASK_STATES.map((name, state) => [name, byNumber[state] ?? 0])) as Record<TaskState, number>;
