/** What the runner looks after beside its work: the WAL, the mark of how far it has got, and whether its file is still sound. */
import type { Clock, Log } from '../actors/ports.ts';
import { every } from './every.ts';
import type { HighWater } from './store/high-water.ts';
import { quickCheck } from './store/quick-check.ts';
import { sameFiles } from './store/same-files.ts';
import type { Store } from './store/store.ts';
import { StoreUnusable, unusableBy } from './store/unusable.ts';

const CHECKPOINT_MS = 30_000;
/** While a reader pins the WAL, so that it is short again soon after that has gone. */
const PINNED_MS = 5_000;
const LARGE_WAL_BYTES = 64 * 2 ** 20;
const MARK_MS = 5_000;
const FILES_MS = 5_000;
/** A file that was closed cleanly is looked through when the start is over, and each day: damage is found while there are backups from before it. */
const FIRST_CHECK_MS = 60_000;
const CHECK_MS = 86_400_000;

type House = {
  clock: Clock;
  log: Log;
  store: Store;
  mark: HighWater;
  uncleanStop: boolean;
  /** What a look came to that did not go well. */
  onTrouble(error: Error): void;
  guarded(look: () => void): () => void;
};

export function keepHouse({ clock, log, store, mark, uncleanStop, onTrouble, guarded }: House): { close(): void } {
  const checkFiles = sameFiles(store.db);
  let closed = false;
  let saidLarge = false;
  let checkpointTimer: unknown;
  let checkTimer: unknown;

  function checkpoint(): void {
    checkpointTimer = clock.setTimeout(guarded(checkpoint), CHECKPOINT_MS);
    const { bytes, pinned } = store.checkpoint();
    const large = pinned > 0 && bytes > LARGE_WAL_BYTES;
    if (large && !saidLarge) log.warn(`${store.db.name}-wal has grown to ${Math.round(bytes / 2 ** 20)} MB: another program has had the database open for reading for long; close it`);
    saidLarge = large;
    if (pinned === 0) return;
    clock.clearTimeout(checkpointTimer);
    checkpointTimer = clock.setTimeout(guarded(checkpoint), PINNED_MS);
  }

  async function checkFile(): Promise<void> {
    checkTimer = clock.setTimeout(() => void checkFile(), CHECK_MS);
    try {
      const { found, code } = await quickCheck(store.db.name);
      if (closed) return;
      const unusable = found.length > 0 ? damaged(store.db.name, found[0]!) : code === undefined ? undefined : unusableBy(store.db.name, code);
      if (unusable && unusable.kind !== 'busy') onTrouble(unusable);
    } catch (error) {
      if (!closed) log.warn((error as Error).message);
    }
  }

  checkpointTimer = clock.setTimeout(guarded(checkpoint), CHECKPOINT_MS);
  checkTimer = clock.setTimeout(() => void checkFile(), uncleanStop ? 0 : FIRST_CHECK_MS);
  const looks = [every(clock, MARK_MS, () => mark.sync()), every(clock, FILES_MS, guarded(checkFiles))];
  return {
    close() {
      closed = true;
      clock.clearTimeout(checkpointTimer);
      clock.clearTimeout(checkTimer);
      for (const look of looks) look.close();
    },
  };
}

function damaged(file: string, found: string): StoreUnusable {
  const words = found.replace(/\s+/g, ' ').slice(0, 200);
  return new StoreUnusable('damaged', `${file} is damaged (${words}): restore a backup (npx jobctl restore FOLDER). What can still be read of it: sqlite3 ${file} .recover`);
}
