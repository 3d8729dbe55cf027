/**
 * Artifacts: files that are named by what is in them, `<data>/artifacts/ab/cdef…` (SHA-256). A file is whole and on disk before
 * its name exists, and its name is on disk before `write` resolves; so a row that names an artifact never names a lost one.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRef } from '../actors/ports.ts';

/** By the ending of the name. */
const MEDIA: Record<string, string> = {
  '.css': 'text/css', '.csv': 'text/csv', '.gif': 'image/gif', '.htm': 'text/html', '.html': 'text/html', '.jpg': 'image/jpeg', '.json': 'application/json',
  '.m4a': 'audio/mp4', '.md': 'text/markdown', '.mp3': 'audio/mpeg', '.mp4': 'video/mp4', '.pdf': 'application/pdf', '.png': 'image/png', '.srt': 'application/x-subrip',
  '.svg': 'image/svg+xml', '.txt': 'text/plain', '.vtt': 'text/vtt', '.wav': 'audio/wav', '.xml': 'application/xml', '.zip': 'application/zip',
};

export class ArtifactError extends Error {
  override name = 'ArtifactError';
}

export interface Artifacts {
  /** `media` is guessed from the name when left out. Throws `ArtifactError` for a bad name or other data than text and bytes. */
  write(name: string, data: string | Uint8Array, media?: string): Promise<ArtifactRef>;
  /** A copy for people at `<data>/published/<job>/<name>`, replaced at once. */
  publish(job: string, name: string, data: string | Uint8Array): Promise<void>;
  /** `hash`: 64 hex digits. Throws `ArtifactError` when there is none, or when its bytes are not what the hash says. */
  read(hash: string): Promise<Buffer>;
}

/** Below the folder of artifacts: `ab/cdef…`. */
export const nameOfArtifact = (hash: string): string => path.join(hash.slice(0, 2), hash.slice(2));

/** Runs a write of so many bytes; may throw another error for it. */
type Guard = <T>(write: () => Promise<T>, bytes: number) => Promise<T>;

/** `dataDir`: absolute. */
export function createArtifacts(dataDir: string, guard: Guard = (write) => write()): Artifacts {
  const fileOf = (hash: string) => path.join(dataDir, 'artifacts', nameOfArtifact(hash));
  return {
    async write(name, data, media) {
      checkName(name);
      const bytes = bytesOf(name, data);
      const hash = createHash('sha256').update(bytes).digest('hex');
      // Also when it is there already: another attempt may have written it and not yet got as far as the disk.
      await guard(() => replaceDurably(fileOf(hash), bytes), bytes.length);
      return { hash, name, bytes: bytes.length, media: media ?? mediaOf(name, data) };
    },
    async publish(job, name, data) {
      checkName(name);
      const bytes = bytesOf(name, data);
      await guard(() => replaceDurably(path.join(dataDir, 'published', job, name), bytes), bytes.length);
    },
    async read(hash) {
      if (!/^[0-9a-f]{64}$/.test(hash)) throw new ArtifactError(`"${String(hash).slice(0, 80)}" is no artifact; give what ctx.artifacts.write() returned, or its hash`);
      const bytes = await fs.readFile(fileOf(hash)).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'ENOENT') throw cause;
        throw new ArtifactError(`there is no artifact ${hash}; was the data folder cleaned? Reprocess the stage that wrote it`, { cause });
      });
      const found = createHash('sha256').update(bytes).digest('hex');
      if (found !== hash) throw new ArtifactError(`artifact ${hash} is damaged: its bytes hash to ${found}; reprocess the stage that wrote it`);
      return bytes;
    },
  };
}

let temps = 0;

/** Temp file in the same folder → fsync → rename → fsync of the folders that got a new name in them. */
export async function replaceDurably(file: string, bytes: Uint8Array | string): Promise<void> {
  const folder = path.dirname(file);
  const firstMade = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const temp = path.join(folder, `.${process.pid}-${++temps}.tmp`);
  try {
    const handle = await fs.open(temp, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temp, file);
  } catch (error) {
    await fs.rm(temp, { force: true });
    throw error;
  }
  // At least one folder further out: another writer may have made this one a moment ago, and not yet got as far as the disk.
  const outermost = path.dirname(firstMade ?? folder);
  let at = folder;
  await syncFolder(at);
  while (at !== outermost) await syncFolder((at = path.dirname(at)));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function bytesOf(name: string, data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new ArtifactError(`the artifact "${name}" must be text or bytes, not ${data === null ? 'null' : typeof data}; for JSON, pass JSON.stringify(value)`);
}

/** A name becomes a path below a folder: it must not lead out of it, nor to a hidden file. */
function checkName(name: unknown): asserts name is string {
  const parts = typeof name === 'string' ? name.split('/') : [];
  const plain = (part: string) => part !== '' && !part.startsWith('.') && !/[\\\0-\x1f\x7f]/.test(part) && Buffer.byteLength(part) <= 200;
  if (parts.length === 0 || parts.length > 8 || !parts.every(plain)) {
    throw new ArtifactError(`"${String(name).slice(0, 200)}" is no name for an artifact: it must be a relative path such as page.html or charts/day.svg, without ".." and hidden files`);
  }
}

function mediaOf(name: string, data: string | Uint8Array): string {
  return MEDIA[path.extname(name).toLowerCase()] ?? (typeof data === 'string' ? 'text/plain' : 'application/octet-stream');
}
