/** Whether the database is still in the files that were opened. What is written to a file that has no name any more is lost. */
import fs from 'node:fs';
import type { Handle } from './open.ts';
import { StoreUnusable } from './unusable.ts';

/** @returns a look at them, that throws StoreUnusable when one was removed or replaced. Opens nothing. */
export function sameFiles({ name }: Handle): () => void {
  const files = [name, `${name}-wal`];
  const identityOf = (file: string) => {
    const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat && `${stat.dev}:${stat.ino}`;
  };
  const opened = files.map(identityOf);
  return () => {
    for (const [index, file] of files.entries()) {
      if (identityOf(file) === opened[index]) continue;
      throw new StoreUnusable('failing', `${file} was removed or replaced while Rivus worked with it: what was stored since then may be lost. Put the newest copy in its place and start again`);
    }
  };
}
