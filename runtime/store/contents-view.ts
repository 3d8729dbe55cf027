/** What is in a database: whether it is sound, and how much it holds. Reads only. */
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';

export type Contents = { schema: number; jobs: number; items: number; outputs: number };

const statements = preparedFor((db) => ({
  counts: db.prepare<[], Omit<Contents, 'schema'>>('SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM item) AS items, (SELECT count(*) FROM output) AS outputs'),
  artifacts: db.prepare<[], string>('SELECT DISTINCT hash FROM artifact_use').pluck(),
}));

/** In SQLite's words; none when it is sound. */
export function problemsOf(db: Handle): string[] {
  const said = (db.pragma('quick_check(20)') as { quick_check: string }[]).map((row) => row.quick_check);
  return said.length === 1 && said[0] === 'ok' ? [] : said;
}

export const contentsOf = (db: Handle): Contents => ({ schema: db.pragma('user_version', { simple: true }) as number, ...statements(db).counts.get()! });

/** Hashes of all artifacts that attempts refer to. */
export const artifactsNamedIn = (db: Handle): string[] => statements(db).artifacts.all();
