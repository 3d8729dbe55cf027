/**
 * One runner per data folder: a SQLite file of its own, held by an open exclusive transaction. The system frees it when
 * the process dies, however it dies; a stopped process (a sleeping laptop) keeps it. No heartbeat, no stale lock.
 * Never open this file by `fs` in the process: closing it would drop the lock.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { StoreUnusable } from './unusable.ts';

const LOCK_FILE = 'runner.lock';
/** For people and for `jobctl`: who holds the lock, and where it answers. */
const OWNER_FILE = 'runner.json';
/** Somebody who only looks whether the lock is held must not make a start fail: a look takes less than a millisecond. */
const PATIENCE_MS = 50;

export type Owner = { pid: number; startedAt: number; url?: string; bootId?: string };
export type Lock = { announce(owner: Owner): void; release(): void };

export class RunnerAlreadyRunning extends Error {
  override name = 'RunnerAlreadyRunning';
  /** Undefined while it has not said yet who it is. */
  readonly owner: Owner | undefined;
  constructor(dir: string, owner: Owner | undefined, cause: unknown) {
    super(`a runner${owner ? ` (pid ${owner.pid})` : ''} already works on ${dir}: stop it with "npx jobctl stop", or give another folder with --data`, { cause });
    this.owner = owner;
  }
}

/**
 * Takes the lock at once or not at all; makes the folder when it is missing. It is held until `release` or the end of the process.
 * @throws RunnerAlreadyRunning
 * @throws StoreUnusable when the folder cannot be written
 */
export function acquireLock(dir: string): Lock {
  const folder = made(dir);
  const owner = join(folder, OWNER_FILE);
  const db = hold(folder);
  return {
    announce(facts) {
      writeFileSync(`${owner}.new`, `${JSON.stringify(facts)}\n`, { mode: 0o600 });
      renameSync(`${owner}.new`, owner);
    },
    release() {
      rmSync(owner, { force: true });
      db.close();
    },
  };
}

/** @throws RunnerAlreadyRunning when a runner holds the folder now; takes nothing. */
export function refuseIfLocked(dir: string): void {
  if (isLocked(dir)) throw new RunnerAlreadyRunning(dir, ownerOf(dir), undefined);
}

/** Whether a runner holds the folder now. Looks without taking the lock. */
export function isLocked(dir: string): boolean {
  const file = join(dir, LOCK_FILE);
  if (!existsSync(file)) return false;
  const db = new Database(file, { readonly: true, timeout: 0 });
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    db.close();
  }
}

function made(dir: string): string {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return realpathSync(dir);
  } catch (cause) {
    throw notWritable(dir, cause);
  }
}

function hold(folder: string) {
  const file = join(folder, LOCK_FILE);
  let db: InstanceType<typeof Database> | undefined;
  try {
    db = new Database(file, { timeout: PATIENCE_MS });
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
    chmodSync(file, 0o600);
    return db;
  } catch (cause) {
    db?.close();
    if (isBusy(cause)) throw new RunnerAlreadyRunning(folder, ownerOf(folder), cause);
    throw notWritable(folder, cause);
  }
}

/** Nothing in the lock's file matters but that it can be held: whatever is in the way of that is in the way of every write. */
function notWritable(folder: string, cause: unknown): StoreUnusable {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new StoreUnusable('notWritable', `the data folder ${folder} cannot be written (${code ?? message}): make it writable, or give another one with --data`, cause);
}

const isBusy = (error: unknown): boolean => error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');

/** What the holder said of itself; what one before it left behind when it was killed does not count. */
function ownerOf(folder: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(join(folder, OWNER_FILE), 'utf8')) as Owner;
    return isAlive(owner.pid) ? owner : undefined;
  } catch {
    return undefined; // It has the lock but has not said who it is yet.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
