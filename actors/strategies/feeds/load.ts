/** Gets the bytes of a feed, from the web or from a file. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceContext } from '../../ports.ts';
import { isHttp, obeying } from '../address.ts';

/** `url`: where it was in the end, after redirects. `charset`: what the server says of its encoding. */
export type Loaded = { bytes: Uint8Array; url: string; charset?: string };

const MAX_BYTES = 64 * 2 ** 20;
const ACCEPT = 'application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5';

/** @param address an http address, or a path from the folder of jobs.yaml */
export async function load(address: string, headers: Readonly<Record<string, string>>, source: SourceContext): Promise<Loaded> {
  if (!isHttp(address)) return fromFile(address, source);
  // robots.txt speaks to who follows links; this address was given by a person, as to any reader of feeds.
  const request = { headers: { accept: ACCEPT, ...headers }, maxBytes: MAX_BYTES, trusted: true, robots: false };
  const answer = await obeying(source.now, () => source.http.get(address, request));
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(answer.headers.get('content-type') ?? '')?.[1];
  return { bytes: answer.bytes, url: answer.url, ...(charset === undefined ? {} : { charset }) };
}

async function fromFile(address: string, { root, signal }: SourceContext): Promise<Loaded> {
  const place = path.resolve(root, address);
  try {
    await using file = await open(place);
    if ((await file.stat()).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES / 2 ** 20} MB`);
    return { bytes: await file.readFile({ signal }), url: pathToFileURL(place).href };
  } catch (cause) {
    signal.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file beside jobs.yaml, and an address begins with https://' : message;
    throw new Error(`cannot read the feed "${address}": ${why}`, { cause });
  }
}
