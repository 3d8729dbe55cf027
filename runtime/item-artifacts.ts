/** Files that attempts of an item have written, to be read by whoever may see the item. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { nameOfArtifact } from './artifacts.ts';
import { artifactOfItem } from './store/item-artifacts-view.ts';
import type { Handle } from './store/open.ts';

/** `open` answers a stream of the bytes from the first to the last, both included; undefined when the file is gone. */
export type StoredArtifact = { name: string; media: string; bytes: number; open(from: number, to: number): Promise<Readable | undefined> };

/** Undefined when no attempt of the item wrote such a file. `dataDir`: absolute. */
export function itemArtifact(db: Handle, dataDir: string, item: number, hash: string): StoredArtifact | undefined {
  const row = artifactOfItem(db, item, hash);
  return row && { name: row.name, media: row.media, bytes: row.bytes, open: (from, to) => opened(path.join(dataDir, 'artifacts', nameOfArtifact(row.hash)), from, to) };
}

async function opened(file: string, start: number, end: number): Promise<Readable | undefined> {
  try {
    const handle = await fs.open(file, 'r');
    return handle.createReadStream({ start, end: Math.max(start, end) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
