import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Strategy } from '../ports.ts';
import { readLockfile, urgency, type Locked } from './lockfile.ts';

const options = z.strictObject({ file: z.string().min(1).describe('a package-lock.json, looked for from the folder of jobs.yaml') });

/** Finds every package of a lock file. Its version is part of the key, so that an upgrade is a new item. */
export const npm_lockfile: Strategy<z.output<typeof options>> = {
  name: 'npm_lockfile',
  options,
  async *discover({ file }, source) {
    const locked = await load(path.resolve(source.root, file), file, source.signal);
    for (const { key, package: data, unusable } of locked) {
      yield { key, data, priority: urgency(data), ...(unusable === undefined ? {} : { filtered: unusable }) };
    }
  },
};

async function load(place: string, file: string, signal: AbortSignal): Promise<Locked[]> {
  let text: string;
  try {
    text = await readFile(place, { encoding: 'utf8', signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`there is no lock file "${file}" to read beside jobs.yaml: set discovery.file to your package-lock.json, or run npm install`, { cause });
  }
  try {
    return readLockfile(text);
  } catch (cause) {
    throw new Error(`cannot use the lock file "${file}": ${(cause as Error).message}`, { cause });
  }
}
