/** Counts what the database is asked, by statements that are prepared from now on and match. As long as the running test lasts. */
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';

type Prepared = Record<'run' | 'get' | 'all', (...values: unknown[]) => unknown>;
const { prototype } = Database as unknown as { prototype: { prepare(sql: string): Prepared } };

/** Answers how often, since it was asked last. */
export function statementsAsked(matching: RegExp = /./): () => number {
  const { prepare } = prototype;
  let asked = 0;
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    if (!matching.test(sql)) return statement;
    for (const verb of ['run', 'get', 'all'] as const) {
      const ask = statement[verb].bind(statement);
      statement[verb] = (...values) => (asked++, ask(...values));
    }
    return statement;
  };
  onTestFinished(() => void (prototype.prepare = prepare));
  return () => {
    const before = asked;
    asked = 0;
    return before;
  };
}
