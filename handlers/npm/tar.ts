/** Takes a few text files out of an npm tarball. Knows ustar, pax and GNU names, which is what npm, pnpm and yarn write. */
import { promisify } from 'node:util';
import { constants, gunzip } from 'node:zlib';

const BLOCK = 512;
/** A few kilobytes can unpack to gigabytes. */
const UNPACKED_AT_MOST = 64 * 1024 * 1024;

export class UnreadableTarball extends Error {
  override name = 'UnreadableTarball';
}

export type TarFile = { path: string; text: string };

/**
 * The files for which `wanted` says so (paths as in the archive), each cut at `bytesAtMost`. A tarball whose end is missing
 * yields what came before. Rejects with `UnreadableTarball` when `archive` is no gzip, or unpacks to more than 64 MB.
 */
export async function filesIn(archive: Uint8Array, wanted: (path: string) => boolean, bytesAtMost: number): Promise<TarFile[]> {
  const tar = await unpacked(archive);
  const files: TarFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + BLOCK);
    const size = sizeOf(header);
    const body = tar.subarray(at + BLOCK, at + BLOCK + size);
    const type = String.fromCharCode(header[156]!);
    if (type === 'x') longName = paxPath(body) ?? longName;
    else if (type === 'L') longName = textOf(body);
    else {
      const path = longName ?? nameOf(header);
      longName = undefined;
      if ((type === '0' || type === '\0') && wanted(path)) files.push({ path, text: body.subarray(0, bytesAtMost).toString() });
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

const unpack = promisify(gunzip);

async function unpacked(archive: Uint8Array): Promise<Buffer> {
  try {
    return await unpack(archive, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: UNPACKED_AT_MOST });
  } catch (cause) {
    throw new UnreadableTarball(`cannot unpack it: ${(cause as Error).message}`, { cause });
  }
}

function nameOf(header: Buffer): string {
  const isUstar = header.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar ? textOf(header.subarray(345, 500)) : '';
  return `${prefix}${prefix && '/'}${textOf(header.subarray(0, 100))}`;
}

/** Octal text; or, from 8 GiB on, a number in base 256, of which no package has one. */
function sizeOf(header: Buffer): number {
  const size = Number.parseInt(textOf(header.subarray(124, 136)).trim() || '0', 8);
  if (!(size >= 0)) throw new UnreadableTarball('it is damaged: a file in it has no size');
  return size;
}

/** A pax record is `LENGTH NAME=VALUE\n`, its length counted in bytes. */
function paxPath(body: Buffer): string | undefined {
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number.parseInt(body.toString('latin1', at, space), 10);
    if (space === -1 || !(length > 0)) return undefined;
    const record = body.toString('utf8', space + 1, at + length - 1);
    if (record.startsWith('path=')) return record.slice('path='.length);
    at += length;
  }
  return undefined;
}

/** Up to the first NUL. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}
