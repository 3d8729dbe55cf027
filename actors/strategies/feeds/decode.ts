/** The text of a feed, whatever its server says of the encoding, and however wrong the feed itself is about it. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { fallbackEncoding } from './fallback-encoding.ts';
import { UnreadableFeed } from './unreadable.ts';

/** `fault`: what is wrong with the encoding, although the text could be read. */
export type Decoded = { text: string; fault?: string };

const HEAD_BYTES = 1024;
const DECLARED = /<\?xml[^>]{0,200}?\sencoding\s*=\s*["']\s*([\w.:-]+)\s*["']/i;

/**
 * A byte order mark decides; then, that the bytes are UTF-8: hardly any other text is that by chance, and labels are often wrong. Then
 * the labels: of the operator, of the server, of the XML declaration. Text without a label that fits is taken for what its language
 * is usually written in.
 * @param labels names of encodings, the most trusted first
 * @throws UnreadableFeed
 */
export function decode(bytes: Uint8Array, labels: readonly (string | undefined)[]): Decoded {
  const wide = wideEncoding(bytes);
  if (wide === 'utf-32le' || wide === 'utf-32be') return { text: utf32(bytes, wide === 'utf-32le') };
  if (wide !== undefined) return { text: new TextDecoder(wide).decode(bytes) };
  const declared = DECLARED.exec(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(HEAD_BYTES, bytes.length)).toString('latin1'))?.[1];
  const named = [...labels, declared].filter((label) => label !== undefined);
  const unknown = named.find((label) => decoderOf(label) === undefined);
  const noted = unknown === undefined ? {} : { fault: `nobody knows the encoding "${unknown}" that it names` };
  if (isUtf8(bytes) && !named.some((label) => /^iso-2022-/i.test(label))) return { text: new TextDecoder().decode(bytes), ...noted };
  for (const label of named) {
    const text = strictly(bytes, label);
    if (text !== undefined) return { text, ...noted };
  }
  return { ...fallbackEncoding(bytes, named.length === 0 ? 'it names no encoding and is no UTF-8' : `it is not in the encoding that it names ("${named[0]}")`) };
}

const GZIP = [0x1f, 0x8b];

/** A feed that is stored compressed comes compressed. @throws UnreadableFeed, also for what would be larger than `maxBytes` */
export async function unzipped(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  if (!GZIP.every((byte, at) => bytes[at] === byte)) return bytes;
  return promisify(gunzip)(bytes, { maxOutputLength: maxBytes }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ERR_BUFFER_TOO_LARGE' ? `unpacks to more than ${Math.round(maxBytes / 2 ** 20)} MB` : `cannot be unpacked (${cause.message})`;
    throw new UnreadableFeed(`it is a gzip file that ${why}`, { cause });
  });
}

/** UTF-8, UTF-16 and UTF-32 by their mark, the latter two also by the look of their first character, a "<". */
function wideEncoding([a, b, c, d]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0 && b === 0 && ((c === 0xfe && d === 0xff) || (c === 0 && d === 0x3c))) return 'utf-32be';
  if (c === 0 && d === 0 && ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0))) return 'utf-32le';
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0 && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c && c === 0)) return 'utf-16be';
  return undefined;
}

/** TextDecoder does not know it. */
function utf32(bytes: Uint8Array, isLittle: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const characters: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, isLittle);
    if (point !== 0xfeff) characters.push(point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point));
  }
  return characters.join('');
}

function strictly(bytes: Uint8Array, label: string): string | undefined {
  try {
    return decoderOf(label)?.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined for a name that nobody knows. */
function decoderOf(label: string) {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return undefined;
  }
}
