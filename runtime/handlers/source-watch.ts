/**
 * Notices that files of stages have changed. Folders are watched, for a file watch goes deaf when an editor saves by renaming; what
 * counts are the files' stamps, so it does not matter which events come, how many, or whether some are missed.
 */
import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../actors/ports.ts';
import { changedAmong, stampOf, type Sources } from './sources.ts';

/** A save is often several writes: it is looked at when they are over. */
const SETTLE_MS = 50;
/** A folder that was replaced as a whole (a checkout) is not heard any more. */
const LOOK_AGAIN_MS = 5_000;

export class SourceWatch {
  private readonly clock: Clock;
  private readonly followed = new Map<string, { sources: Sources; changed: () => void }>();
  private readonly watchers = new Map<string, { watcher: FSWatcher; stamp: string }>();
  private soon: unknown;
  private later: unknown;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Calls `changed` once, when one of the files is not what it was; then it is to be followed anew. One at a time for each key. */
  follow(key: string, sources: Sources, changed: () => void): void {
    this.followed.set(key, { sources, changed });
    this.watchFolders();
    this.later ??= this.clock.setTimeout(() => this.lookAgain(), LOOK_AGAIN_MS);
    // It may have changed since it was read.
    if (changedAmong(sources).length > 0) this.lookSoon();
  }

  forget(key: string): void {
    if (!this.followed.delete(key)) return;
    if (this.followed.size === 0) this.close();
  }

  close(): void {
    this.followed.clear();
    for (const { watcher } of this.watchers.values()) watcher.close();
    this.watchers.clear();
    this.clock.clearTimeout(this.soon);
    this.clock.clearTimeout(this.later);
    this.later = undefined;
  }

  private lookSoon(): void {
    this.clock.clearTimeout(this.soon);
    this.soon = this.clock.setTimeout(() => this.look(), SETTLE_MS);
  }

  private look(): void {
    const changed = [...this.followed].filter(([, { sources }]) => changedAmong(sources).length > 0);
    for (const [key, one] of changed) {
      this.followed.delete(key);
      one.changed();
    }
  }

  private lookAgain(): void {
    this.later = this.clock.setTimeout(() => this.lookAgain(), LOOK_AGAIN_MS);
    this.watchFolders();
    this.look();
  }

  /** Those that are there now; what cannot be watched is still looked at again and again. */
  private watchFolders(): void {
    const folders = new Set([...this.followed.values()].flatMap(({ sources }) => [...sources.keys()].map((file) => path.dirname(file))));
    for (const [folder, { watcher, stamp }] of this.watchers) {
      if (folders.has(folder) && identityOf(folder) === stamp) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, () => this.lookSoon());
        watcher.on('error', () => watcher.close());
        this.watchers.set(folder, { watcher, stamp: identityOf(folder) });
      } catch {}
    }
  }
}

/** Which folder it is: another one of the same name is another one. */
const identityOf = (folder: string): string => stampOf(folder).split(' ', 1)[0]!;

/** For code that cannot be used: also a file that was missing beside one of its files may mend it. */
export const withFolders = (sources: Sources): Sources =>
  new Map([...sources, ...[...sources.keys()].map(path.dirname).map((folder) => [folder, stampOf(folder)] as const)]);
