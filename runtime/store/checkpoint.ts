/** The WAL's way back into the file. */
import fs from 'node:fs';
import type { Handle } from './open.ts';

/** It reaches twice this between two checkpoints only when a reader has kept it from being written over. */
const GROWN_BYTES = 32 * 2 ** 20;

export type Checkpointed = {
  /** Of the -wal file. */
  bytes: number;
  /** Frames that could not be copied, for a reader still sees the file as it was before them. */
  pinned: number;
};

export function checkpointingIn(db: Handle) {
  /** @param how TRUNCATE waits for readers, at most as long as a writer is patient */
  const run = (how: 'PASSIVE' | 'TRUNCATE') => (db.pragma(`wal_checkpoint(${how})`) as { busy: number; log: number; checkpointed: number }[])[0]!;
  // Only asked for its size: opening it by `fs` would drop SQLite's locks.
  const walBytes = () => (db.memory ? 0 : (fs.statSync(`${db.name}-wal`, { throwIfNoEntry: false })?.size ?? 0));

  /** Copies what no reader is in the way of; gives the space of a WAL that has grown back once all of it is copied. */
  const checkpoint = (): Checkpointed => {
    const { log, checkpointed } = run('PASSIVE');
    const pinned = Math.max(0, log - checkpointed);
    if (pinned === 0 && walBytes() > GROWN_BYTES) run('TRUNCATE');
    return { bytes: walBytes(), pinned };
  };

  return { checkpoint, walBytes };
}
