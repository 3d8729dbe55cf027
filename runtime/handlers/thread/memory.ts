/**
 * How much memory a handler's thread may take: its heap and its buffers together.
 *
 * Node's own limit is not enough. It leaves a thread 16 MB to notice that it has been told to end, and ends the whole process when
 * it takes them first: of seven kinds of leaks at 256 MB, four did so on most runs. It also does not count buffers. So the limit is
 * watched from outside, and Node's stands far above it.
 */
import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../../actors/ports.ts';

export const LIMIT_MB = 256;
/** A tight loop fills some 100 MB in that time. */
const LOOK_MS = 100;
/** The young generation is small: at its end all of it may move to the old one at once. */
export const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 16 };

/** Calls `exceeded` when it takes more. @returns what ends the watch */
export function watchMemory(worker: Worker, clock: Clock, exceeded: () => void): () => void {
  let timer: unknown;
  let over = false;
  const lookSoon = () => (timer = clock.setTimeout(look, LOOK_MS));
  async function look(): Promise<void> {
    // A thread that has just ended has no statistics.
    const taken = await worker.getHeapStatistics().catch(() => undefined);
    if (over || !taken) return;
    if (taken.used_heap_size + taken.external_memory > LIMIT_MB * 2 ** 20) exceeded();
    else lookSoon();
  }
  lookSoon();
  return () => {
    over = true;
    clock.clearTimeout(timer);
  };
}
