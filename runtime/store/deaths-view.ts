/** Who died, how often and of what, as the parents remember it. Reads only. */
import type { Database } from 'better-sqlite3';
import type { JobView, RestartsView } from '../../inspector/protocol.ts';
import type { Restarts } from '../../machines/restarts.ts';
import { READABLE } from './actors.ts';
import { preparedFor } from './prepared.ts';

const ROOT = 'supervisor';

type Row = { path: string; restarts: string };
export type Down = NonNullable<JobView['down']>[number];

const statements = preparedFor((db) => ({
  parents: db.prepare<[], Row>(`SELECT path, snapshot ->> '$.context.restarts' AS restarts FROM actor WHERE CASE WHEN ${READABLE} THEN json_type(snapshot, '$.context.restarts') END = 'object'`),
}));

/** Of all that ever died while they were wanted, by path. */
export function deathsByPath(db: Database): Map<string, RestartsView> {
  return new Map(parents(db).flatMap(({ path, restarts }) => Object.keys(restarts.histories).map((id): [string, RestartsView] => [path === ROOT ? id : `${path}/${id}`, deathsOf(restarts, id)!])));
}

/** What a parent remembers of a child; undefined of one that never died. */
export function deathsOf({ histories, down }: Restarts, id: string): RestartsView | undefined {
  const past = histories[id];
  const waiting = down.find((child) => child.id === id);
  return past && { count: past.restarts, lastAt: past.lastAt, error: past.error, ...(waiting && { nextAt: waiting.at }) };
}

/** What is not there: children of jobs, and jobs themselves, whose `child` is ''. */
export function downByJob(db: Database): Map<string, Down[]> {
  const jobs = new Map<string, Down[]>();
  for (const { path, restarts } of parents(db)) {
    for (const { id, at } of restarts.down) {
      const [job, child] = path === ROOT ? [id.slice('job/'.length), ''] : [path.slice('job/'.length), id];
      const { error = 'no reason is kept', lastAt = 0 } = restarts.histories[id] ?? {};
      jobs.set(job, [...(jobs.get(job) ?? []), { child, error, since: lastAt, until: at }]);
    }
  }
  return jobs;
}

/** Those of a damaged row, or of an older Rivus, say nothing. */
const parents = (db: Database) =>
  statements(db).parents.all().flatMap(({ path, restarts }) => {
    const remembered: unknown = JSON.parse(restarts);
    return isReadable(remembered) ? [{ path, restarts: remembered }] : [];
  });

/** What is shown of it is what it should be. By hand, for zod would take as long to load as all of `jobctl status`. */
function isReadable(value: unknown): value is Restarts {
  const { down, histories } = value as { down: unknown; histories: unknown };
  return (
    Array.isArray(down) && down.every((child) => typeof child?.id === 'string' && (child.at === null || typeof child.at === 'number')) &&
    typeof histories === 'object' && histories !== null &&
    Object.values(histories).every((past) => typeof past?.restarts === 'number' && typeof past.lastAt === 'number' && typeof past.error === 'string')
  );
}
