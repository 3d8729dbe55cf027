/**
 * `GET /items/<id>/artifacts/<hash>`: a file that an attempt of the item wrote. It is found by the row that says so, and named on disk by the hash in
 * that row; nothing of the request becomes a path. Whatever it holds, a browser neither runs nor guesses it: it has no origin, no scripts and one kind.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { StoredArtifact } from '../item-artifacts.ts';
import { SECURITY_HEADERS, type Refusal } from './gate.ts';

const ADDRESS = /^\/items\/([1-9]\d{0,14})\/artifacts\/([0-9a-f]{64})$/;
/** A range is cut to this: who wants more asks again. */
const MOST_RANGE_BYTES = 4 * 1024 * 1024;
/** Served as what they are; texts of all kinds are plain text, the rest is bytes. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/svg+xml', 'audio/mpeg', 'audio/mp4', 'audio/wav', 'audio/ogg', 'audio/webm', 'audio/flac', 'application/json', 'text/vtt']);

export type ArtifactAddress = { item: number; hash: string };

/** What the address names, if it is one of an artifact. */
export function artifactAddress(url: string): ArtifactAddress | undefined {
  const [, item, hash] = ADDRESS.exec(url) ?? [];
  return item === undefined ? undefined : { item: Number(item), hash: hash! };
}

/** Sends it, or what its `Range` names of it. */
export async function sendArtifact({ name, media, bytes, open }: StoredArtifact, request: IncomingMessage, response: ServerResponse): Promise<Refusal | undefined> {
  const range = rangeOf(request.headers.range, bytes);
  if (range === 'none') return { status: 416, code: 'bad_request', message: `it has ${bytes} bytes`, headers: { 'Content-Range': `bytes */${bytes}` } };
  const { from, to } = range ?? { from: 0, to: bytes - 1 };
  const body = await open(from, to);
  if (!body) return { status: 410, code: 'gone', message: 'its file is not there any more; reprocess the stage that wrote it' };
  response.writeHead(range ? 206 : 200, {
    ...SECURITY_HEADERS,
    'Content-Security-Policy': "default-src 'none'; style-src 'none'; sandbox",
    'Content-Type': typeOf(media),
    'Content-Length': to - from + 1,
    'Content-Disposition': `attachment; filename="artifact"; filename*=UTF-8''${encodeURIComponent(name.split('/').at(-1)!).replace(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}`,
    'Accept-Ranges': 'bytes',
    // It is named by what is in it.
    'Cache-Control': 'private, max-age=3600, immutable',
    ...(range && { 'Content-Range': `bytes ${from}-${to}/${bytes}` }),
  });
  await pipeline(body, response).catch(() => response.destroy());
  return undefined;
}

/** Both ends included; undefined where the whole is meant, `none` where nothing can be. Several ranges are answered with the whole. */
function rangeOf(header: string | undefined, bytes: number): { from: number; to: number } | 'none' | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = Math.min(bytes - 1, first === '' || last === '' ? bytes - 1 : Number(last), from + MOST_RANGE_BYTES - 1);
  return from > to ? 'none' : { from, to };
}

function typeOf(media: string): string {
  const kind = media.split(';')[0]!.trim().toLowerCase();
  if (SHOWN.has(kind)) return kind;
  return kind.startsWith('text/') || kind === 'application/xml' || kind === 'application/x-subrip' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
}
