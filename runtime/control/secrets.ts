/** Secrets as they are kept in memory: by their hash, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, fit for a URL, a header and a cookie. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** The entry whose secret this is. All are looked at, so that the time taken says nothing. */
export function findBySecret<Entry extends { hash: Buffer }>(entries: Iterable<Entry>, secret: string): Entry | undefined {
  const hash = hashOf(secret);
  let found: Entry | undefined;
  for (const entry of entries) if (timingSafeEqual(entry.hash, hash)) found = entry;
  return found;
}
