/**
 * A backup is a folder: the database as it was at one moment, and the artifacts that it names. It is made beside the living
 * runner, by SQLite's online backup on a connection of its own: readers keep no writer waiting.
 */
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { nameOfArtifact } from '../artifacts.ts';
import { artifactsNamedIn, contentsOf, problemsOf, type Contents } from '../store/contents-view.ts';
import { DATABASE } from '../store/open.ts';

/** All pages in one step: with several, each write of the runner in between would make it begin again. */
const ALL_PAGES = 2 ** 31 - 1;

export type BackUpOptions = { data: string; target: string; artifacts: boolean };
/** `missing`: artifacts of replaced outputs that retention took away meanwhile. */
export type BackedUp = { folder: string; bytes: number; contents: Contents; artifacts: number; missing: number };

export class BackupFailed extends Error {
  override name = 'BackupFailed';
}

/**
 * Made under another name and renamed when it is whole: a folder of this name is a good backup.
 *
 * @throws BackupFailed when the target exists, or the copy is not sound
 */
export async function backUp({ data, target, artifacts }: BackUpOptions): Promise<BackedUp> {
  if (fs.existsSync(target)) throw new BackupFailed(`${target} exists already: give another folder`);
  const partial = `${target}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial, { recursive: true, mode: 0o700 });
  try {
    await copyDatabase(path.join(data, DATABASE), path.join(partial, DATABASE));
    const made = fill(partial, { data, artifacts });
    fs.renameSync(partial, target);
    return { ...made, folder: target };
  } catch (error) {
    fs.rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new Database(from, { readonly: true, fileMustExist: true });
  try {
    await source.backup(to, { progress: () => ALL_PAGES });
  } finally {
    source.close();
  }
}

function fill(partial: string, { data, artifacts }: { data: string; artifacts: boolean }): Omit<BackedUp, 'folder'> {
  const file = path.join(partial, DATABASE);
  // The copy of a WAL database says WAL, and would leave side files behind wherever it is looked at.
  const copy = new Database(file);
  try {
    copy.pragma('journal_mode = DELETE');
    const problems = problemsOf(copy);
    if (problems.length > 0) throw new BackupFailed(`the database is damaged, and so is its copy: ${problems.join('; ')}`);
    const hashes = artifacts ? artifactsNamedIn(copy) : [];
    const linked = hashes.filter((hash) => linkOrCopy(path.join(data, 'artifacts', nameOfArtifact(hash)), path.join(partial, 'artifacts', nameOfArtifact(hash))));
    return { bytes: fs.statSync(file).size, contents: contentsOf(copy), artifacts: linked.length, missing: hashes.length - linked.length };
  } finally {
    copy.close();
  }
}

/** Artifacts never change, so that another name for the same file is a copy. False when there is none. */
export function linkOrCopy(from: string, to: string): boolean {
  fs.mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT') return false;
  }
  fs.copyFileSync(from, to);
  return true;
}
