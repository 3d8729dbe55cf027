/** Bundles are stored by their hash, `<data>/bundles/<hash>.mjs`, and run from there: an old version stays what it was. */
import { realpathSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../../actors/ports.ts';
import { replaceDurably } from '../artifacts.ts';
import { BundleError } from './bundle-error.ts';
import type { Bundle } from './bundle.ts';
import type { AnyHandler } from './define.ts';
import { encodeError } from './encode-error.ts';
import { resolveRivusBelow } from './resolve-rivus.ts';

export type LoadedModule = { definition: AnyHandler; deps: unknown };

/** Stored files by address: a module that threw stays broken in Node's cache, so the next try has another address. */
const failures = new Map<string, number>();

/** Writes code and source map, unless they are there. `folder`: absolute. */
export async function storeBundle(folder: string, { hash, code, map }: Pick<Bundle, 'hash' | 'code' | 'map'>): Promise<void> {
  const file = path.join(folder, `${hash}.mjs`);
  if (!(await isStored(file, code))) await replaceDurably(file, code);
  // Comments move lines without changing the hash: the newest map is the one that fits the files.
  if (!(await isStored(`${file}.map`, map))) await replaceDurably(`${file}.map`, map);
}

/**
 * Imports a stored bundle. Rejects with `BundleError` when it throws, takes longer than `timeoutMs`, or exports no handler; `name` is that of
 * the handler, for the message.
 */
export async function loadBundle(folder: string, bundle: string, name: string, clock: Clock, timeoutMs = 10_000): Promise<LoadedModule> {
  // A data folder is often a link to another disk, and Node calls modules by where they really are.
  const place = realpathSync(folder);
  resolveRivusBelow(place);
  const address = pathToFileURL(path.join(place, `${bundle}.mjs`)).href;
  const failed = failures.get(address);
  try {
    const module = (await withTimeout(import(failed ? `${address}?${failed}` : address), name, clock, timeoutMs)) as Partial<LoadedModule>;
    if (!isHandler(module.definition)) throw new BundleError(`${name} must end with: export default handler({ stages: { … } })`);
    return { definition: module.definition, deps: module.deps };
  } catch (error) {
    failures.set(address, (failed ?? 0) + 1);
    if (error instanceof BundleError) throw error;
    const { name: kind, message } = encodeError(error);
    throw new BundleError(`${name} cannot be loaded, it threw ${kind}: ${message}`, undefined, error);
  }
}

async function isStored(file: string, text: string): Promise<boolean> {
  return (await fs.readFile(file, 'utf8').catch(() => undefined)) === text;
}

/** A module that waits for something at its top level must not keep its job waiting for ever. */
function withTimeout<Value>(promise: Promise<Value>, name: string, clock: Clock, timeoutMs: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new BundleError(`${name} was not loaded within ${timeoutMs / 1000} s: what does it wait for at its top level?`));
    const timer = clock.setTimeout(late, timeoutMs);
    promise.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}

function isHandler(value: unknown): value is AnyHandler {
  const stages = (value as { stages?: unknown } | null | undefined)?.stages;
  return typeof stages === 'object' && stages !== null;
}
