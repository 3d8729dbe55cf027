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

/** `busy` and `full` pass by, and what was to be written can be written then. After anything else nothing may go on. */
export type Trouble = 'busy' | 'full' | 'broken';

/**
 * After an I/O error nobody knows what is on the disk: a later fsync that succeeds may have forgotten the pages that failed.
 * So it is never tried again; SQLite itself would go on.
 */
export function troubleOf(error: unknown): Trouble {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return 'broken';
  if (code.startsWith('SQLITE_BUSY')) return 'busy';
  return code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE' ? 'full' : 'broken';
}
