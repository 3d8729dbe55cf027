/**
 * Puts a backup in the place of what is there. What was there is moved aside, never deleted; until the last step, a single
 * rename, the folder is as it was.
 */
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { nameOfArtifact } from '../artifacts.ts';
import { artifactsNamedIn, contentsOf, problemsOf, type Contents } from '../store/contents-view.ts';
import { forgetMark } from '../store/high-water.ts';
import { acquireLock, refuseIfLocked } from '../store/lock.ts';
import { latestSchema } from '../store/migrate.ts';
import { DATABASE, openStore, type Handle } from '../store/open.ts';
import { BackupFailed, linkOrCopy } from './back-up.ts';

/** `aside`: where that went which was there; left out when nothing was. `missing`: artifacts that the backup names and does not have. */
export type Restored = { from: string; contents: Contents; replaced?: Contents; aside?: string; missing: number };
export type RestoreOptions = { from: string; data: string; at: Date; dryRun: boolean };

/**
 * @throws RunnerAlreadyRunning
 * @throws BackupFailed when the backup is none, is damaged, or comes from a newer Rivus
 */
export function restore({ from, data, at, dryRun }: RestoreOptions): Restored {
  refuseIfLocked(data);
  const { contents, hashes } = looked(from);
  const missing = hashes.filter((hash) => !fs.existsSync(artifact(from, hash)) && !fs.existsSync(artifact(data, hash))).length;
  const replaced = fs.existsSync(path.join(data, DATABASE)) ? contentsThere(data) : undefined;
  const planned = { from, contents, ...(replaced && { replaced }), missing };
  if (dryRun) return planned;
  const lock = acquireLock(data);
  try {
    for (const hash of hashes) linkOrCopy(artifact(from, hash), artifact(data, hash));
    const fresh = prepared(from, data);
    const aside = replaced && putAside(data, at);
    // Otherwise the next start would refuse it for what it is: older than what was there.
    forgetMark(data);
    fs.renameSync(fresh, path.join(data, DATABASE));
    return { ...planned, ...(aside && { aside }) };
  } finally {
    lock.release();
  }
}

const artifact = (folder: string, hash: string) => path.join(folder, 'artifacts', nameOfArtifact(hash));

/** Looked at before anything is touched. */
function looked(from: string): { contents: Contents; hashes: string[] } {
  const file = path.join(from, DATABASE);
  if (!fs.existsSync(file)) throw new BackupFailed(`${from} is no backup: it has no ${DATABASE}`);
  const db = new Database(file, { readonly: true });
  try {
    const problems = problemsOf(db);
    if (problems.length > 0) throw new BackupFailed(`${file} is damaged: ${problems.join('; ')}`);
    const contents = contentsOf(db);
    if (contents.schema > latestSchema) throw new BackupFailed(`${file} has schema ${contents.schema}, this program knows ${latestSchema}: restore it with the newer Rivus that wrote it`);
    return { contents, hashes: artifactsNamedIn(db) };
  } catch (error) {
    if (error instanceof Database.SqliteError) throw new BackupFailed(`${file} cannot be read: ${error.message}`, { cause: error });
    throw error;
  } finally {
    db.close();
  }
}

/** A damaged one has to be replaced too: then nobody knows what it held. */
function contentsThere(data: string): Contents {
  try {
    return reading(openStore(data, { readonly: true }), contentsOf);
  } catch {
    return { schema: 0, jobs: 0, items: 0, outputs: 0 };
  }
}

/** A copy on disk, beside the place where it belongs. */
function prepared(from: string, data: string): string {
  const fresh = path.join(data, `${DATABASE}.restored`);
  fs.copyFileSync(path.join(from, DATABASE), fresh);
  const handle = fs.openSync(fresh, 'r+');
  fs.fsyncSync(handle);
  fs.closeSync(handle);
  fs.chmodSync(fresh, 0o600);
  return fresh;
}

/** The database stays in its place under a second name, until the new one takes that place; its log belongs to the old one. */
function putAside(data: string, at: Date): string {
  const aside = path.join(data, `before-restore-${at.toISOString().replaceAll(/[:.]/g, '-')}`);
  fs.mkdirSync(aside, { mode: 0o700 });
  fs.linkSync(path.join(data, DATABASE), path.join(aside, DATABASE));
  for (const side of ['-wal', '-shm']) {
    const file = path.join(data, `${DATABASE}${side}`);
    if (fs.existsSync(file)) fs.renameSync(file, path.join(aside, `${DATABASE}${side}`));
  }
  return aside;
}

function reading<T>(db: Handle, read: (db: Handle) => T): T {
  try {
    return read(db);
  } finally {
    db.close();
  }
}
