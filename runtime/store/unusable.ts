/** Why a data folder cannot be used, in words that say the way out. */
import Database from 'better-sqlite3';

/**
 * `damaged`: what is in the file is not what was written. `rolledBack`: it is sound, and older than it was. `foreign`: of another
 * program. `newer`: of a newer Rivus. `notWritable`: the folder. `failing`: the disk reports errors. `full`; `busy`: another program writes to it.
 */
export type Unusable = 'damaged' | 'rolledBack' | 'foreign' | 'newer' | 'notWritable' | 'failing' | 'full' | 'busy';

export class StoreUnusable extends Error {
  override name = 'StoreUnusable';
  readonly kind: Unusable;
  constructor(kind: Unusable, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** By the beginning of SQLite's code; the first that fits. */
const ROWS: [code: string, kind: Unusable, words: (file: string, code: string) => string][] = [
  ['SQLITE_NOTADB', 'damaged', (file) => `${file} is no SQLite database, or its beginning is damaged: restore a backup (npx jobctl restore FOLDER), or give another folder with --data`],
  // SQLite says the same of bytes that are not what they should be and of bytes that the disk does not give.
  ['SQLITE_CORRUPT', 'damaged', (file) => `${file} is damaged, or its disk cannot read it (see dmesg): restore a backup (npx jobctl restore FOLDER). What can still be read of it: sqlite3 ${file} .recover`],
  ['SQLITE_READONLY', 'notWritable', notWritable],
  ['SQLITE_CANTOPEN', 'notWritable', notWritable],
  ['SQLITE_PERM', 'notWritable', notWritable],
  // The index of the WAL could not grow: nothing that is kept was touched.
  ['SQLITE_IOERR_SHMSIZE', 'full', full],
  ['SQLITE_FULL', 'full', full],
  ['SQLITE_IOERR', 'failing', (file, code) => `the disk fails under ${file} (${code}): see the messages of the system (dmesg) and ulimit -f. All that was acknowledged is in the file; start again when the disk works`],
  ['SQLITE_BUSY', 'busy', (file) => `another program writes to ${file}, a database shell perhaps: close it`],
];

/** The same error in words when it is one of SQLite's that an operator can do something about, else itself. */
export function inWords(file: string, error: unknown): unknown {
  return error instanceof Database.SqliteError ? (unusableBy(file, error.code, error) ?? error) : error;
}

/** The same by SQLite's code alone. */
export function unusableBy(file: string, code: string, cause?: unknown): StoreUnusable | undefined {
  const row = ROWS.find(([beginning]) => code.startsWith(beginning));
  return row && new StoreUnusable(row[1], row[2](file, code), cause);
}

function notWritable(file: string, code: string): string {
  return `${file} cannot be written (${code}): is its folder read-only, or another user's? Make it writable, or give another one with --data`;
}

function full(file: string): string {
  return `the disk of ${file} is full: free some space and start again; nothing that was acknowledged is lost`;
}
