/** The journal as the operator reads it. Reads only. */
import type { Database } from 'better-sqlite3';
import type { EventsView, EventView } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';

type EventRow = Omit<EventView, 'event'> & { event: string };
/** An actor and those below it: `0` follows `/`. */
type Subtree = { path: string | null; below: string | null; beyond: string | null };

const COLUMNS = 'seq, at, path, event, source, cause';
/** What a page is asked for. */
export type EventsPage = { path?: string; types?: readonly string[]; before?: number; limit: number };
type Page = { types: string | null; from: number; before: number; limit: number };
const ON_PAGE = 'seq < @before AND seq >= @from AND (@types IS NULL OR type IN (SELECT value FROM json_each(@types)))';
const NEWEST_FIRST = 'ORDER BY seq DESC LIMIT @limit';
/** No index leads to a type: so many entries are looked through for one page, in at most 20 ms. */
const LOOKED_THROUGH = 20_000;
const IN_SUBTREE = '(@path IS NULL OR path = @path OR (path > @below AND path < @beyond))';

const statements = preparedFor((db) => ({
  after: db.prepare<[Subtree & { since: number; limit: number }], EventRow>(`SELECT ${COLUMNS} FROM journal WHERE seq > @since AND ${IN_SUBTREE} ORDER BY seq LIMIT @limit`),
  last: db.prepare<[Subtree & { limit: number }], EventRow>(`SELECT ${COLUMNS} FROM journal WHERE ${IN_SUBTREE} ORDER BY seq DESC LIMIT @limit`),
  page: db.prepare<[Page], EventRow>(`SELECT ${COLUMNS} FROM journal WHERE ${ON_PAGE} ${NEWEST_FIRST}`),
  // Actor by actor along the index by path: one that is seldom told anything would be looked for through the whole journal.
  pageOf: db.prepare<[Page & { path: string }], EventRow>(
    `WITH RECURSIVE actors (path) AS (
       SELECT @path
       UNION ALL SELECT (SELECT min(path) FROM journal WHERE path > max(actors.path, @path || '/') AND path < @path || '0') FROM actors WHERE actors.path IS NOT NULL)
     SELECT ${COLUMNS} FROM journal WHERE seq IN (
       SELECT own.value FROM actors CROSS JOIN json_each((SELECT json_group_array(seq) FROM (SELECT seq FROM journal WHERE path = actors.path AND ${ON_PAGE} ${NEWEST_FIRST}))) own)
      ${NEWEST_FIRST}`,
  ),
  ends: db.prepare<[], { first: number; last: number }>('SELECT ifnull((SELECT min(seq) FROM journal), 1) AS first, ifnull((SELECT max(seq) FROM journal), 0) AS last'),
  one: db.prepare<[number], EventRow>(`SELECT ${COLUMNS} FROM journal WHERE seq = ?`),
  following: db.prepare<[{ seq: number; until: number }], EventRow>(`SELECT ${COLUMNS} FROM journal WHERE seq > @seq AND seq <= @until AND cause >= @seq ORDER BY seq`),
}));

/** At most `limit` entries after `since`, of one actor and those below it or of all. */
export function readEvents(db: Database, { path, since, limit }: { path?: string; since: number; limit: number }): EventView[] {
  return statements(db).after.all({ ...subtree(path), since, limit }).map(eventView);
}

/** The last `limit` entries, the oldest of them first. */
export function readLastEvents(db: Database, { path, limit }: { path?: string; limit: number }): EventView[] {
  return statements(db).last.all({ ...subtree(path), limit }).reverse().map(eventView);
}

/** The newest first. Where types are rare a page may hold fewer than `limit` and still have a `next`. */
export function readEventsBefore(db: Database, { path, types, before, limit }: EventsPage): EventsView {
  const { page, pageOf, ends } = statements(db);
  const { first, last } = ends.get()!;
  const end = Math.min(before ?? Infinity, last + 1);
  const from = types ? end - LOOKED_THROUGH : 0;
  const asked = { types: types ? JSON.stringify(types) : null, from, before: end, limit: limit + 1 };
  const found = path === undefined ? page.all(asked) : pageOf.all({ ...asked, path });
  const events = found.slice(0, limit).map(eventView);
  if (found.length > limit) return { events, next: events.at(-1)!.seq };
  return from > first ? { events, next: from } : { events };
}

function subtree(path: string | undefined): Subtree {
  return path === undefined ? { path: null, below: null, beyond: null } : { path, below: `${path}/`, beyond: `${path}0` };
}

function eventView(row: EventRow): EventView {
  return { ...row, event: JSON.parse(row.event) as EventView['event'] };
}

/** What led to an event, the first cause first, and what it led to: each with its own effects. */
export type Trace = { event: EventView; causes: EventView[]; effects: Effects[] };
export type Effects = { event: EventView; effects: Effects[] };

/** Effects follow within moments: entries that are looked at beyond an event. */
const EFFECTS_WITHIN = 20_000;

/** Undefined when the journal has no such entry, or no longer. */
export function traceOf(db: Database, seq: number): Trace | undefined {
  const { one, following } = statements(db);
  const row = one.get(seq);
  if (!row) return undefined;
  const causes: EventView[] = [];
  for (let cause = row.cause; cause !== null; ) {
    const earlier = one.get(cause);
    if (!earlier) break;
    causes.unshift(eventView(earlier));
    cause = earlier.cause;
  }
  const later = Map.groupBy(following.all({ seq, until: seq + EFFECTS_WITHIN }).map(eventView), ({ cause }) => cause);
  const effectsOf = (event: EventView): Effects[] => (later.get(event.seq) ?? []).map((effect) => ({ event: effect, effects: effectsOf(effect) }));
  const event = eventView(row);
  return { event, causes, effects: effectsOf(event) };
}
