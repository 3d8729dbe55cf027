/**
 * Notices that a file says something else. What is watched is its folder, for a watch on the file itself goes deaf when the
 * file is replaced by a rename, as most editors save; for a link also the folder that it leads to. The folders are looked at
 * now and then as well: a watch may miss something, and hears nothing once its folder was replaced.
 */
import { realpathSync, statSync, watch, type BigIntStats, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../actors/ports.ts';

/** Nothing has happened for so long: who writes has ended. */
const STILL_MS = 100;
/** Somebody writes without end: it is looked at all the same. */
const AT_LATEST_MS = 1_000;
const LOOK_AGAIN_MS = 5_000;

/** `changed` is never called before the next turn of the loop. */
export function watchFile(clock: Clock, file: string, changed: () => void): () => void {
  let watchers = new Map<string, FSWatcher>();
  let known = signatureOf(file);
  let firstAt: number | undefined;
  let soon: unknown;

  function heard(): void {
    firstAt ??= clock.now();
    clock.clearTimeout(soon);
    soon = clock.setTimeout(look, Math.max(0, Math.min(STILL_MS, firstAt + AT_LATEST_MS - clock.now())));
  }

  function look(): void {
    firstAt = undefined;
    follow();
    const signature = signatureOf(file);
    if (signature === known) return;
    known = signature;
    changed();
  }

  /** Watches the folders that the file is in now, and no others. */
  function follow(): void {
    const folders = foldersOf(file);
    for (const [name, watcher] of watchers) if (!folders.has(name)) watcher.close();
    watchers = new Map([...folders].flatMap(([name, folder]) => {
      const watcher = watchers.get(name) ?? watched(folder);
      return watcher ? [[name, watcher]] : [];
    }));
  }

  /** Undefined where it cannot be watched: it is still looked at now and then. */
  function watched(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, heard);
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return undefined;
    }
  }

  let later = clock.setTimeout(lookAgain, LOOK_AGAIN_MS);
  function lookAgain(): void {
    if (firstAt === undefined) look();
    later = clock.setTimeout(lookAgain, LOOK_AGAIN_MS);
  }

  follow();
  return () => {
    for (const watcher of watchers.values()) watcher.close();
    clock.clearTimeout(soon);
    clock.clearTimeout(later);
  };
}

/** Another one whenever something was written to it or it was replaced; '' where there is none. */
export function signatureOf(file: string): string {
  const stat = statOf(file);
  return stat ? [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join() : '';
}

function statOf(name: string): BigIntStats | undefined {
  try {
    return statSync(name, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Folders by what tells them apart: a new one may have the name of the old. */
function foldersOf(file: string): Map<string, string> {
  const folders = new Set([path.dirname(file)]);
  try {
    folders.add(path.dirname(realpathSync(file)));
  } catch {
    // Not there at the moment: its folder will tell when it is.
  }
  return new Map([...folders].flatMap((folder): [string, string][] => {
    const stat = statOf(folder);
    return stat ? [[`${folder} ${stat.dev} ${stat.ino} ${stat.birthtimeNs}`, folder]] : [];
  }));
}
