/**
 * Artifact files that go. A file is first moved aside and then looked at: one that was written anew a moment ago, by an attempt
 * that has not been recorded yet, is moved back. So no attempt can come to refer to a file that has just been removed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { nameOfArtifact } from './artifacts.ts';

/** An attempt that writes a file is recorded within this time, or never. */
const FRESH_MS = 24 * 3_600_000;
const ASIDE = '.gone';
const TEMP = /^\.\d+-\d+\.tmp$/;

export class ArtifactFiles {
  private readonly root: string;
  private readonly now: () => number;

  /** @param dataDir absolute; @param now ms since the epoch, by the clock of the file system */
  constructor(dataDir: string, now: () => number) {
    this.root = path.join(dataDir, 'artifacts');
    this.now = now;
  }

  /** Whether it is gone: it stays when it is fresh. */
  remove(hash: string): boolean {
    return this.removeFile(path.join(this.root, nameOfArtifact(hash)));
  }

  /** Files that no row names, a folder at a time: what a crash left between the file and its row. Yields how many went. */
  *sweep(before: number, isKnown: (hash: string) => boolean): Generator<number, void, void> {
    for (const folder of namesIn(this.root)) {
      let removed = 0;
      for (const name of namesIn(path.join(this.root, folder))) {
        const file = path.join(this.root, folder, name);
        const hash = `${folder}${path.basename(name, ASIDE)}`;
        if (name.endsWith(ASIDE) && isKnown(hash)) fs.renameSync(file, file.slice(0, -ASIDE.length));
        else if ((TEMP.test(name) || !isKnown(hash)) && isOlder(file, before)) removed += Number(this.removeFile(file));
      }
      yield removed;
    }
  }

  private removeFile(file: string): boolean {
    const aside = `${file}${ASIDE}`;
    try {
      fs.renameSync(file, aside);
      if (fs.statSync(aside).mtimeMs > this.now() - FRESH_MS) {
        fs.renameSync(aside, file);
        return false;
      }
      fs.unlinkSync(aside);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }
}

const namesIn = (folder: string): string[] => {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
};

const isOlder = (file: string, before: number): boolean => (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < before;
