/** Conditional GET: what a server may be asked about again by ETag or Last-Modified is kept, and not sent twice. */
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { Clock, Log } from '../../actors/ports.ts';
import { isOfAValue } from '../store/errors.ts';
import type { CachedAnswer, HttpCacheStore } from '../store/http-cache.ts';
import { shown } from './address.ts';
import type { Request } from './request.ts';

const [pack, unpack] = [promisify(zstdCompress), promisify(zstdDecompress)];

/** Packed. A larger body would stall the loop while it is written, and fill the file. */
const LARGEST = 2 ** 20;
/** Of the answer, those that say what the body is. */
const KEPT_HEADERS = ['content-type', 'content-language', 'content-disposition', 'etag', 'last-modified', 'link', 'cache-control', 'expires', 'date'];

export type Kept = { key: string; conditions: [string, string][]; headers: Headers; bytes: Buffer<ArrayBuffer> };

export class KeptAnswers {
  private readonly store: HttpCacheStore;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly onTrouble: (error: Error) => void;

  /** @param world `onTrouble` hears of what could not be written: the request does without, but the disk may be failing */
  constructor(world: { store: HttpCacheStore; clock: Clock; log: Log; onTrouble?(error: Error): void }) {
    this.store = world.store;
    this.clock = world.clock;
    this.log = world.log;
    this.onTrouble = world.onTrouble ?? (() => {});
  }

  /** What there is from the last time, if all of it can still be used. */
  async find(request: Request, maxBytes: number): Promise<Kept | undefined> {
    const key = keyOf(request);
    const row = key === undefined ? undefined : this.store.find(key);
    if (!row || row.size > maxBytes) return undefined;
    try {
      const bytes = (await unpack(row.body, { maxOutputLength: row.size + 1 })) as Buffer<ArrayBuffer>;
      if (hash('sha256', bytes) !== row.hash) throw new Error('its bytes are not those that were kept');
      return { key: row.key, conditions: conditionsOf(row), headers: new Headers(JSON.parse(row.headers) as [string, string][]), bytes };
    } catch (error) {
      this.attempt('read', row.url, () => this.store.remove(row.key), error);
      return undefined;
    }
  }

  /** Keeps it, if the server lets us and can be asked about it. Never fails the request that brought it. */
  async keep(request: Request, status: number, headers: Headers, bytes: Buffer<ArrayBuffer>): Promise<void> {
    const key = keyOf(request);
    if (key === undefined) return;
    const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')];
    const isKeepable = status === 200 && (etag ?? lastModified) !== null && !/\bno-store\b/i.test(headers.get('cache-control') ?? '') && headers.get('vary') !== '*';
    const url = shown(request.url);
    const body = isKeepable ? await pack(bytes) : undefined;
    if (!body || body.length > LARGEST) return this.attempt('removed', url, () => this.store.remove(key));
    const kept = KEPT_HEADERS.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!]] : []));
    const row = { key, url, etag, lastModified, headers: JSON.stringify(kept), hash: hash('sha256', bytes), body, size: bytes.length };
    this.attempt('kept', url, () => this.store.save(row, this.clock.now()));
  }

  /** It was asked for again, and is still current. */
  confirm(key: string): void {
    this.attempt('noted', 'an answer', () => this.store.touch(key, this.clock.now()));
  }

  private attempt(done: string, url: string, write: () => void, before?: unknown): void {
    try {
      if (before !== undefined) this.log.warn(`the kept answer of ${url} cannot be used, it is fetched anew: ${String(before)}`);
      write();
    } catch (error) {
      this.log.warn(`${url} could not be ${done} in the http cache: ${String(error)}`);
      if (!isOfAValue(error)) this.onTrouble(error as Error);
    }
  }
}

const conditionsOf = ({ etag, lastModified }: CachedAnswer): [string, string][] => [
  ...(etag === null ? [] : [['if-none-match', etag] satisfies [string, string]]),
  ...(lastModified === null ? [] : [['if-modified-since', lastModified] satisfies [string, string]]),
];

/** Undefined for what is no plain GET, or asks a condition or for a part by itself. All headers count: another login sees another page. */
function keyOf({ url, init: { method, headers } }: Request): string | undefined {
  const names = [...headers.keys()];
  if (method !== 'GET' || names.some((name) => name === 'range' || name.startsWith('if-')) || /\bno-store\b/i.test(headers.get('cache-control') ?? '')) return undefined;
  const address = new URL(url);
  address.hash = '';
  const asked = [...headers].filter(([name]) => name !== 'user-agent').toSorted();
  return hash('sha256', JSON.stringify([address.href, asked]));
}
