/** Answers that can be asked about again. */
import type { Handle } from './open.ts';

/** `headers`: JSON of name/value pairs. `body`: packed; `size`: of the body unpacked. */
export type CachedAnswer = { key: string; url: string; etag: string | null; lastModified: string | null; headers: string; hash: string; body: Buffer; size: number };

export type HttpCacheStore = ReturnType<typeof httpCacheIn>;

export function httpCacheIn(db: Handle) {
  const prepared = {
    find: db.prepare<[string], CachedAnswer | undefined>('SELECT key, url, etag, last_modified AS lastModified, headers, hash, body, size FROM http_cache WHERE key = ?'),
    save: db.prepare<[CachedAnswer & { at: number; bytes: number }]>(
      `INSERT INTO http_cache (key, url, etag, last_modified, headers, hash, body, bytes, size, at) VALUES (@key, @url, @etag, @lastModified, @headers, @hash, @body, @bytes, @size, @at)
       ON CONFLICT (key) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, headers = excluded.headers, hash = excluded.hash, body = excluded.body,
         bytes = excluded.bytes, size = excluded.size, at = excluded.at`,
    ),
    touch: db.prepare<[number, string]>('UPDATE http_cache SET at = ? WHERE key = ?'),
    remove: db.prepare<[string]>('DELETE FROM http_cache WHERE key = ?'),
  };

  return {
    find: (key: string): CachedAnswer | undefined => prepared.find.get(key),
    /** `at`: ms since the epoch. */
    save: (answer: CachedAnswer, at: number): void => void prepared.save.run({ ...answer, bytes: answer.body.length, at }),
    touch: (key: string, at: number): void => void prepared.touch.run(at, key),
    remove: (key: string): void => void prepared.remove.run(key),
  };
}
