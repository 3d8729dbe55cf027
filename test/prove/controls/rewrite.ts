/** How a control breaks the runner: before anything else is loaded, statements are prepared otherwise than they are written. */
import Database from 'better-sqlite3';

type Statement = { run(...values: unknown[]): { changes: number } };
export type Handle = { prepare(sql: string): Statement; transaction(work: () => void): { immediate(): void } };

/** @param prepare gets the statement's text as it is written, without what `stablePlans` puts into it, and how it would be prepared */
export function preparing(prepare: (this: Handle, sql: string, original: (sql: string) => Statement) => Statement): void {
  const { prototype } = Database as unknown as { prototype: Handle };
  const original = prototype.prepare;
  prototype.prepare = function (sql) {
    return prepare.call(this, sql.replaceAll(/\+(?=[?@])/g, ''), (text) => original.call(this, text));
  };
}
