/** Errors of a write, told apart by whose they are. */
import Database from 'better-sqlite3';

/** What a value can do: break a CHECK, a type, a size. */
const OF_A_VALUE = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;

/**
 * Whether one bad value is at fault, so that the rest of the flush can be written without it. Everything else is the
 * store's own trouble (full, busy, an I/O error, corruption) and must never be blamed on a task.
 */
export function isOfAValue(error: unknown): boolean {
  return error instanceof Database.SqliteError ? OF_A_VALUE.test(error.code) : error instanceof TypeError || error instanceof RangeError;
}
