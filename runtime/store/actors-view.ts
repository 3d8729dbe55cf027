/** The actors as the operator reads them: as they were last stored, with what their parents remember of their deaths. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ActorLine, ActorView } from '../../inspector/protocol.ts';
import { READABLE } from './actors.ts';
import { deathsByPath } from './deaths-view.ts';
import { preparedFor } from './prepared.ts';
import { stateName } from './state-name.ts';

const ROOT = 'supervisor';

type Row = { path: string; parent: string | null; machine: string; value: string | null };

const statements = preparedFor((db) => ({
  one: db.prepare<[string], { path: string; machine: string; version: number; snapshot: string }>(`SELECT path, src AS machine, version, snapshot FROM actor WHERE path = ? AND ${READABLE}`),
  all: db.prepare<[], Row>(`SELECT path, parent, src AS machine, CASE WHEN json_valid(snapshot) THEN snapshot ->> '$.value' END AS value FROM actor ORDER BY path`),
  last: db.prepare<[string], NonNullable<ActorLine['last']>>('SELECT seq, at, type FROM journal WHERE path = ? ORDER BY seq DESC LIMIT 1'),
}));

/** Those that died and are not there are among them. */
export const actorPaths = (db: Database): string[] => readTree(db).map(({ path }) => path);

/** An actor as it was last stored; undefined when that cannot be read. One that died and is not there yet has no state. What it would accept only the living one can say. */
export function readActor(db: Database, path: string): ActorView | undefined {
  const row = statements(db).one.get(path);
  const restarts = deathsByPath(db).get(path);
  const known = restarts && { restarts };
  if (!row) return restarts?.nextAt === undefined ? undefined : { path, machine: '', version: 0, value: null, context: null, accepts: [], ...known };
  const { value, context } = JSON.parse(row.snapshot) as { value: unknown; context: unknown };
  return { path, machine: row.machine, version: row.version, value, context, accepts: [], ...known };
}

/** All actors, each parent before its children. */
export function readTree(db: Database): ActorLine[] {
  const { all, last } = statements(db);
  const deaths = deathsByPath(db);
  const rows = all.all();
  const living = new Set(rows.map(({ path }) => path));
  const lines = [
    ...rows.map(({ path, parent, machine, value }) => ({ path, parent, machine, state: stateName(value) })),
    ...[...deaths].flatMap(([path, { nextAt }]) => (living.has(path) || nextAt === undefined ? [] : [{ path, parent: parentOf(path), state: nextAt === null ? 'given up' : 'restarting' }])),
  ];
  const below = Map.groupBy(lines.toSorted((a, b) => (a.path < b.path ? -1 : 1)), ({ parent }) => parent);
  const withBelow = ({ parent: _, ...line }: (typeof lines)[number]): ActorLine[] => {
    const [restarts, event] = [deaths.get(line.path), last.get(line.path)];
    return [{ ...line, ...(restarts && { restarts }), ...(event && { last: event }) }, ...(below.get(line.path) ?? []).flatMap(withBelow)];
  };
  return (below.get(null) ?? []).flatMap(withBelow);
}

/** `job/watch/stage/fetch` → `job/watch` → `supervisor`. */
function parentOf(path: string): string {
  const job = path.split('/').slice(0, 2).join('/');
  return path === job ? ROOT : job;
}
