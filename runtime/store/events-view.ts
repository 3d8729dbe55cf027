/** The journal as the operator reads it. Reads only. */
import type { Database } from 'better-sqlite3';
import type { Effects, EventsView, EventView, TraceView } from '../../inspector/protocol.ts';
import { preparedFor } from './prepared.ts';

type EventRow = Omit<EventView, 'event'> & { event: string };
/** An actor and those below it: `0` follows `/`. */
type Subtree = { path: string | null; below: string | null; beyond: string | null };

const COLUMNS = 'seq, at, path, event, source, cause';
/** What a page is asked for. */
export type EventsPage = { path?: string; types?: readonly string[]; not?: readonly string[]; before?: number; limit: number };
type Page = { types: string | null; not: string | null; from: number; before: number; limit: number };
const ON_PAGE = `seq < @before AND seq >= @from AND (@types IS NULL OR type IN (SELECT value FROM json_each(@types)))
  AND (@not IS NULL OR type NOT IN (SELECT value FROM json_each(@not)))`;
const NEWEST_FIRST = 'ORDER BY seq DESC LIMIT @limit';
/** No index leads to a type: so many entries are looked through for one page. */
const LOOKED_THROUGH = 20_000;
/** Entries that a rate is made of, at most. */
const MOST_LATELY = 5_000;
const LATELY_MS = 10_000;
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
  lately: db.prepare<[{ since: number }], { path: string; n: number; first: number }>(
    `SELECT path, count(*) AS n, min(at) AS first FROM journal WHERE seq > (SELECT ifnull(max(seq), 0) FROM journal) - ${MOST_LATELY} AND at > @since GROUP BY path`,
  ),
  one: db.prepare<[number], EventRow>(`SELECT ${COLUMNS} FROM journal WHERE seq = ?`),
  following: db.prepare<[{ seq: number; until: number }], { seq: number; cause: number }>('SELECT seq, cause FROM journal WHERE seq > @seq AND seq <= @until AND cause >= @seq ORDER BY seq'),
}));

/** At most `limit` entries after `since`, of one actor and those below it or of all. */
export function readEvents(db: Database, { path, since, limit }: { path?: string; since: number; limit: number }): EventView[] {
  return statements(db).after.all({ ...subtree(path), since, limit }).map(eventView);
}

/** The last `limit` entries, the oldest of them first. */
export function readLastEvents(db: Database, { path, limit }: { path?: string; limit: number }): EventView[] {
  return statements(db).last.all({ ...subtree(path), limit }).reverse().map(eventView);
}

/** Events a second of each actor that was told anything in the last 10 s; of less time, where more than 5,000 were told. `now` in ms since the epoch. */
export function readRates(db: Database, now: number): Map<string, number> {
  const rows = statements(db).lately.all({ since: now - LATELY_MS });
  const isCut = rows.reduce((sum, { n }) => sum + n, 0) >= MOST_LATELY;
  const ms = isCut ? Math.max(1, now - Math.min(...rows.map(({ first }) => first))) : LATELY_MS;
  return new Map(rows.map(({ path, n }) => [path, (n * 1_000) / ms]));
}

/** The newest first. Where types are rare a page may hold fewer than `limit` and still have a `next`. */
export function readEventsBefore(db: Database, { path, types, not, before, limit }: EventsPage): EventsView {
  const { page, pageOf, ends } = statements(db);
  const { first, last } = ends.get()!;
  const end = Math.min(before ?? Infinity, last + 1);
  const from = types || not ? end - LOOKED_THROUGH : 0;
  const asked = { types: types ? JSON.stringify(types) : null, not: not ? JSON.stringify(not) : null, from, before: end, limit: limit + 1 };
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

/** Those that are still there, in the order of the numbers asked for. */
export function readEventsNumbered(db: Database, seqs: readonly number[]): EventView[] {
  const { one } = statements(db);
  return seqs.flatMap((seq) => one.get(seq) ?? []).map(eventView);
}

/** Effects follow within moments: entries that are looked at beyond an event. */
const EFFECTS_WITHIN = 20_000;
type Most = { causes: number; effects: number };

/** Undefined when the journal has no such entry, or no longer. The nearest causes, and the first effects, as many as asked for at most. */
export function traceOf(db: Database, seq: number, most: Most = { causes: Infinity, effects: Infinity }): TraceView | undefined {
  const { one } = statements(db);
  const row = one.get(seq);
  if (!row) return undefined;
  const { causes, isCut } = causesOf(db, row, most.causes);
  const links = linksFrom(db, seq, most.effects + 1);
  const later = Map.groupBy(links.slice(0, most.effects).flatMap((effect) => one.get(effect) ?? []).map(eventView), ({ cause }) => cause);
  const effectsOf = (event: EventView): Effects[] => (later.get(event.seq) ?? []).map((effect) => ({ event: effect, effects: effectsOf(effect) }));
  const event = eventView(row);
  return { event, causes, effects: effectsOf(event), ...(isCut && { moreCauses: true }), ...(links.length > most.effects && { moreEffects: true }) };
}

function causesOf(db: Database, { cause: nearest }: EventRow, most: number): { causes: EventView[]; isCut: boolean } {
  const causes: EventView[] = [];
  let cause = nearest;
  while (cause !== null && causes.length < most) {
    const earlier = statements(db).one.get(cause);
    if (!earlier) return { causes, isCut: false };
    causes.unshift(eventView(earlier));
    cause = earlier.cause;
  }
  return { causes, isCut: cause !== null };
}

/** A cause stands before its effects: one walk forwards finds all that an event led to. */
function linksFrom(db: Database, seq: number, most: number): number[] {
  const found = new Set([seq]);
  for (const link of statements(db).following.iterate({ seq, until: seq + EFFECTS_WITHIN })) {
    if (found.has(link.cause)) found.add(link.seq);
    if (found.size > most) break;
  }
  found.delete(seq);
  return [...found];
}
