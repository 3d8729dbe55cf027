/**
 * `touch data/.wake/JOB` wakes a job: for cron, for scripts, for whatever cannot speak the protocol.
 *
 * Names are never taken from the directory: for each job that exists it is asked whether its file is there. So a hostile
 * name, a FIFO or 100,000 files cost nothing. A file is never opened, only looked at (not through links) and unlinked.
 */
import { lstatSync, mkdirSync, unlinkSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Log } from '../../actors/ports.ts';

/** A burst of events leads to one look. */
const SETTLE_MS = 10;
/** `fs.watch` may miss things, and hears nothing after the folder was replaced. */
const LOOK_AGAIN_MS = 5_000;

export type WakeFiles = {
  clock: Clock;
  log: Log;
  dataDir: string;
  /** Ids of the jobs that exist now. */
  jobs(): Iterable<string>;
  /** Called for each file, after it was removed. */
  wake(job: string): void;
};

/** Starts to watch, and takes at once what was left while no runner lived. */
export function watchWakeFiles({ clock, log, dataDir, jobs, wake }: WakeFiles): { close(): void } {
  const folder = join(dataDir, '.wake');
  let watcher: FSWatcher | undefined;
  /** Which folder it was: an inode alone may be given to the next one. */
  let watched = '';
  let soon: unknown;
  let later: unknown;
  let complaint = '';

  function look(): void {
    soon = undefined;
    if (!follow()) return;
    for (const job of jobs()) if (take(join(folder, job), log)) wake(job);
  }

  /** Makes the folder if it is not there, and watches the one that is there now. */
  function follow(): boolean {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const stat = lstatSync(folder);
      if (!stat.isDirectory()) throw new Error('it is not a folder but a link or a file: remove it');
      const found = `${stat.ino} ${stat.birthtimeMs}`;
      if (watched === found) return true;
      watcher?.close();
      watcher = watch(folder, () => (soon ??= clock.setTimeout(look, SETTLE_MS)));
      watcher.on('error', () => (watched = ''));
      watched = found;
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (message !== complaint) log.warn(`wake files are not watched: ${folder}: ${message}`);
      complaint = message;
      return false;
    }
  }

  function lookAgain(): void {
    look();
    later = clock.setTimeout(lookAgain, LOOK_AGAIN_MS);
  }

  lookAgain();
  return {
    close() {
      watcher?.close();
      clock.clearTimeout(soon);
      clock.clearTimeout(later);
    },
  };
}

/** Whether the file was there and is now gone: one that cannot be removed would wake the job for ever. */
function take(file: string, log: Log): boolean {
  try {
    if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return false;
    unlinkSync(file);
    return true;
  } catch (error) {
    log.warn(`the wake file ${file} cannot be taken: ${(error as Error).message}`);
    return false;
  }
}
