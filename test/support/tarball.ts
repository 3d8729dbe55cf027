/** Writes tarballs as npm's tools do, and as they should not. */
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

export type Entry = { path: string; body: string | Buffer; type?: string; size?: string };

/** A gzipped archive of `files` (path → text), each below `package/`. Long paths get a pax header, as npm does. */
export function tarball(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return gzipSync(tar(Object.entries(files).map(([path, body]) => ({ path: `package/${path}`, body }))));
}

/** An archive of just these entries; paths above 100 letters need their own long-name entry before them. */
export function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry) => [...(entry.path.length > 100 && entry.type === undefined ? [pax(entry.path)] : []), one(entry)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** `LENGTH path=…\n`, whose length counts itself. */
export function paxRecord(path: string): string {
  const rest = ` path=${path}\n`;
  const bytes = Buffer.byteLength(rest);
  const length = [1, 2, 3, 4].map((digits) => bytes + digits).find((sum, i) => String(sum).length === i + 1)!;
  return `${length}${rest}`;
}

const pax = (path: string): Buffer => one({ path: 'PaxHeader', body: paxRecord(path), type: 'x' });

function one({ path, body, type = '0', size }: Entry): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(BLOCK);
  header.write(path.slice(0, 100), 0);
  header.write('0000644\0', 100);
  header.write(size ?? `${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}
