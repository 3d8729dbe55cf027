/** What a file says, as a hash. Remembered as long as the file looks the same, so that a look does not read every file again. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { FoundFile } from './walk.ts';

const REMEMBERED = 200_000;
const known = new Map<string, { looks: string; hash: string }>();

/** Undefined for a file that changes while it is read. Rejects when it cannot be read. */
export async function contentHash({ path, stats }: FoundFile, signal: AbortSignal): Promise<string | undefined> {
  const looks = [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join();
  const before = known.get(path);
  if (before?.looks === looks) return before.hash;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { signal }), hash, { signal });
  const after = await stat(path);
  if (after.size !== stats.size || after.mtimeMs !== stats.mtimeMs) return undefined;
  if (known.size >= REMEMBERED) known.clear();
  const digest = hash.digest('hex').slice(0, 32);
  known.set(path, { looks, hash: digest });
  return digest;
}
