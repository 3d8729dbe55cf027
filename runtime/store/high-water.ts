/**
 * How far the database had got, kept beside it. SQLite finds nothing wrong with a file whose `-wal` was lost, or damaged in
 * the middle, or that an old copy has replaced: what is there is sound, and only what was committed last is missing.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import type { Handle } from './open.ts';
import { StoreUnusable } from './unusable.ts';

const FILE = 'rivus.mark';
/** Always so long, so that a full disk has the place for it already; within one sector, so that it is never half written. */
const BYTES = 128;

export type Mark = { uuid: string; commit: number };

/** Written after each commit, so it is never ahead of the file: at once for a process that is killed, by `sync` for a power cut. */
export class HighWater {
  private readonly fd: number;
  private readonly uuid: string;
  private readonly onTrouble: (error: Error) => void;
  private synced = true;

  /** @param onTrouble the mark could not be written: nothing is lost, but a loss might go unnoticed */
  constructor(dir: string, db: Handle, onTrouble: (error: Error) => void) {
    const { uuid, commit } = standOf(db);
    this.fd = fs.openSync(join(dir, FILE), fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    this.uuid = uuid;
    this.onTrouble = onTrouble;
    this.reach(commit);
  }

  reach(commit: number): void {
    try {
      fs.writeSync(this.fd, `${JSON.stringify({ uuid: this.uuid, commit } satisfies Mark).padEnd(BYTES - 1)}\n`, 0);
      this.synced = false;
    } catch (error) {
      this.onTrouble(error as Error);
    }
  }

  /** To the disk, without waiting for it. */
  sync(): void {
    if (this.synced) return;
    this.synced = true;
    fs.fsync(this.fd, (error) => error && this.onTrouble(error));
  }

  close(): void {
    fs.fsyncSync(this.fd);
    fs.closeSync(this.fd);
  }
}

/** Undefined when there is none, or when it cannot be read. */
export function markIn(dir: string): Mark | undefined {
  try {
    return JSON.parse(fs.readFileSync(join(dir, FILE), 'utf8')) as Mark;
  } catch {
    return undefined;
  }
}

/** For who puts another database in the place of this one on purpose. */
export function forgetMark(dir: string): void {
  fs.rmSync(join(dir, FILE), { force: true });
}

/** @param db undefined when there is no file. @throws StoreUnusable when it had got further, or was another one */
export function refuseRolledBack(dir: string, file: string, db: Handle | undefined): void {
  const mark = markIn(dir);
  if (!mark) return;
  if (!db) throw rolledBack(`${file} is missing, and ${commits(mark.commit)} were written to it`);
  const { uuid, commit } = standOf(db);
  if (uuid !== mark.uuid && uuid !== '') throw rolledBack(`${file} is another database than the one that was here, to which ${commits(mark.commit)} were written`);
  if (commit >= mark.commit) return;
  throw rolledBack(`${file} has lost ${commits(mark.commit - commit)}: it ends at ${commit}, and ${mark.commit} were written. Its -wal was lost or damaged, or an older copy was put in its place`);
}

/** A file that has no schema yet has got nowhere. */
function standOf(db: Handle): Mark {
  if (db.pragma('user_version', { simple: true }) === 0) return { uuid: '', commit: 0 };
  return db.prepare<[], Mark>('SELECT uuid, commit_seq AS "commit" FROM runner').get()!;
}

const commits = (n: number): string => `${n} ${n === 1 ? 'commit' : 'commits'}`;

function rolledBack(what: string): StoreUnusable {
  return new StoreUnusable('rolledBack', `${what}. Restore the newest backup (npx jobctl restore FOLDER), or go on with what is there, without what is missing: npx jobctl run --accept-rollback`);
}
