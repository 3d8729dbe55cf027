/** The files below a folder, in the order of their names, each folder once. What comes and goes meanwhile does no harm. */
import type { Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';

export type FoundFile = { path: string; stats: Stats };

export type WalkOptions = {
  /** Whether to look into a folder, by its path from where the walk began. */
  enter(folder: readonly string[]): boolean;
  take(file: readonly string[]): boolean;
  /** A folder or file that cannot be looked at. */
  refused(path: string, error: NodeJS.ErrnoException): void;
  /** Lets others go on. */
  turn(): Promise<void>;
  signal: AbortSignal;
};

const AT_ONCE = 64;
const CHUNK = 256;

/** Links to folders are followed after all real folders, so that what is reached both ways has its real path. A loop ends where it began. */
export async function* walk(from: string, options: WalkOptions): AsyncGenerator<FoundFile, void, void> {
  const seen = new Set<string>();
  const folders: string[][] = [[]];
  const links: string[][] = [];
  for (let folder = folders.pop(); folder !== undefined && !options.signal.aborted; folder = folders.pop() ?? links.shift()) {
    const inside = await listed(path.join(from, ...folder), seen, options);
    const below = (name: string) => [...folder!, name];
    folders.push(...inside.folders.map(below).filter(options.enter).toReversed());
    links.push(...inside.links.map(below).filter(options.enter));
    yield* statted(inside.files, folder, from, options);
  }
}

type Listed = { folders: string[]; links: string[]; files: string[] };

/** Sorted names; a link may be a file as well. Nothing for a folder that was seen already, is gone, is none, or may not be read. */
async function listed(folder: string, seen: Set<string>, { refused }: WalkOptions): Promise<Listed> {
  const found: Listed = { folders: [], links: [], files: [] };
  try {
    const { dev, ino } = await stat(folder);
    if (seen.has(`${dev}:${ino}`)) return found;
    for await (const entry of await opendir(folder, { bufferSize: CHUNK })) {
      if (entry.isDirectory()) found.folders.push(entry.name);
      if (entry.isSymbolicLink()) found.links.push(entry.name);
      if (entry.isFile() || entry.isSymbolicLink()) found.files.push(entry.name);
    }
    seen.add(`${dev}:${ino}`);
  } catch (error) {
    if (!isGone(error)) refused(folder, error as NodeJS.ErrnoException);
  }
  for (const names of Object.values(found)) names.sort();
  return found;
}

async function* statted(names: readonly string[], folder: readonly string[], from: string, { take, refused, turn, signal }: WalkOptions): AsyncGenerator<FoundFile, void, void> {
  for (let at = 0; at < names.length && !signal.aborted; at += AT_ONCE) {
    await turn();
    const taken = names.slice(at, at + AT_ONCE).filter((name) => take([...folder, name]));
    const paths = taken.map((name) => path.join(from, ...folder, name));
    const stats = await Promise.all(paths.map((path) => stat(path).catch((error: NodeJS.ErrnoException) => void (isGone(error) || refused(path, error)))));
    for (const [index, path] of paths.entries()) if (stats[index]?.isFile()) yield { path, stats: stats[index] };
  }
}

/** Also a link that leads nowhere, or to itself. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
}
