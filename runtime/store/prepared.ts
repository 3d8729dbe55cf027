/** Statements prepared once per database handle. */
import type { Database, Statement } from 'better-sqlite3';

/** For a module that reads: its statements, made at the first use with a handle and gone together with it. */
export function preparedFor<Statements extends Record<string, Statement>>(prepare: (db: Database) => Statements): (db: Database) => Statements {
  const byHandle = new WeakMap<Database, Statements>();
  return (db) => {
    let statements = byHandle.get(db);
    if (!statements) byHandle.set(db, (statements = prepare(db)));
    return statements;
  };
}
