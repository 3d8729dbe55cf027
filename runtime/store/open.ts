/** Opens the one file that holds everything. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { refuseRolledBack } from './high-water.ts';
import { latestSchema, migrate, schemaOf } from './migrate.ts';
import { stablePlans } from './stable-plans.ts';
import { inWords, StoreUnusable } from './unusable.ts';

export type Handle = InstanceType<typeof Database>;

/** Its name within the data folder. */
export const DATABASE = 'rivus.db';
const APPLICATION_ID = 0x72697675; // "rivu"
/** Older versions can corrupt a WAL database when two connections checkpoint at once (SQLite's WAL-reset bug). */
const OLDEST_SAFE_SQLITE = [3, 51, 3] as const;

/** A writer that finds the file locked gives up soon and tries again later: waiting here would stop the event loop. */
const WRITER_PATIENCE_MS = 50;
const READER_PATIENCE_MS = 2_000;

export type OpenOptions = {
  readonly?: boolean;
  /** What the file has lost since it was last written is given up. */
  acceptRollback?: boolean;
};

/**
 * @param dir the data folder, made when it is missing (not for `readonly`); ':memory:' opens a database without a file
 * @throws StoreUnusable when the file is damaged, older than it was, newer than this program, or of another one, or cannot be written
 */
export function openStore(dir: string, { readonly = false, acceptRollback = false }: OpenOptions = {}): Handle {
  if (dir === ':memory:') return prepared(dir, {}, settle);
  const file = join(dir, DATABASE);
  const reading = { readonly: true, fileMustExist: true, timeout: READER_PATIENCE_MS };
  if (readonly) return prepared(file, reading, inspect);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const refuseLoss = (db?: Handle) => void (acceptRollback || refuseRolledBack(dir, file, db));
  // A writer may change the file as soon as it is opened (it brings a leftover WAL in), so a reader looks at it first.
  if (existsSync(file)) prepared(file, reading, (db) => (inspect(db), refuseLoss(db))).close();
  else refuseLoss();
  const db = prepared(file, { timeout: WRITER_PATIENCE_MS }, settle);
  // SQLite gives its side files the mode of the database.
  chmodSync(file, 0o600);
  return db;
}

function prepared(file: string, options: Database.Options, prepare: (db: Handle) => void): Handle {
  let db: Handle | undefined;
  try {
    db = new Database(file, options);
    stablePlans(db);
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw inWords(file, error);
  }
}

/** Refuses what this program must not touch. */
function inspect(db: Handle): void {
  const version = db.prepare<[], string>('SELECT sqlite_version()').pluck().get()!;
  if (isOlder(version, OLDEST_SAFE_SQLITE)) throw new Error(`SQLite ${version} can corrupt this file: ${OLDEST_SAFE_SQLITE.join('.')} or newer is needed; run npm ci`);
  const schema = schemaOf(db);
  if (schema > latestSchema) throw new StoreUnusable('newer', `${db.name} has schema ${schema}, this program knows ${latestSchema}: start the newer Rivus that wrote it`);
  const tables = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get()!;
  if (tables > 0 && db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new StoreUnusable('foreign', `${db.name} belongs to another program: give another folder with --data`);
  }
}

function settle(db: Handle): void {
  inspect(db);
  // Before the first table is made: it lets later deletions give space back without a pause.
  db.pragma('auto_vacuum = INCREMENTAL');
  makeDurable(db);
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
  db.pragma('temp_store = MEMORY');
  // With memory mapping an I/O error would be a SIGBUS.
  db.pragma('mmap_size = 0');
  db.pragma(`application_id = ${APPLICATION_ID}`);
  migrate(db);
}

/** A file that is opened again silently says NORMAL, which loses acknowledged commits when the power fails: set it and read it back. */
function makeDurable(db: Handle): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('journal_size_limit = 67108864');
  // A checkpoint each 16 MB instead of 4: pages that many flushes change are copied once, 12 % more executions/s.
  db.pragma('wal_autocheckpoint = 4000');
  if (db.memory) return;
  const mode = db.pragma('journal_mode', { simple: true });
  const synchronous = db.pragma('synchronous', { simple: true });
  if (mode === 'wal' && synchronous === 2) return;
  throw new Error(`${db.name} runs with journal_mode ${mode}, synchronous ${synchronous}; WAL and FULL (2) are needed. Is the folder on a network file system?`);
}

function isOlder(version: string, least: readonly number[]): boolean {
  const found = version.split('.').map(Number);
  const differs = least.findIndex((number, place) => found[place] !== number);
  return differs >= 0 && found[differs]! < least[differs]!;
}
