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

/** A part whose statements are prepared at its first use: to prepare them all is a tenth of a start, and some are wanted an hour later. */
export function atFirstUse<Part extends object>(prepare: () => Part): Part {
  let part: Part | undefined;
  return new Proxy({} as Part, { get: (_, verb) => Reflect.get((part ??= prepare()), verb) as unknown });
}
