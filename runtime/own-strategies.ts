/** The operator's own strategies: the modules of the folder that jobs.yaml names under `strategies:`, beside those of Rivus. */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { strategies as shipped } from '../actors/strategies/index.ts';
import type { Clock, Strategy } from '../actors/ports.ts';
import type { Strategies } from './config/index.ts';
import { encodeError } from './handlers/encode-error.ts';
import { resolveRivusBelow } from './handlers/resolve-rivus.ts';

/** `mistakes`: why some that are there cannot be used, in words; they concern the key `strategies`. */
export type KnownStrategies = { strategies: Strategies; mistakes: readonly string[] };

/** A module that waits for something at its top level must not keep everything waiting. */
const IMPORT_TIMEOUT_MS = 10_000;
const MODULE = /^(?!.*\.(test|d)\.)[^._].*\.(ts|mts|js|mjs)$/;
const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * All that `discovery.strategy` may name in `file` (jobs.yaml, absolute), read as the files are now. Never rejects.
 * A module that has changed is loaded again; what it imports is not, until the next start.
 */
export async function knownStrategies(file: string, clock: Clock): Promise<KnownStrategies> {
  const named = await folderNamed(file);
  if (named === undefined) return { strategies: shipped, mistakes: [] };
  const root = path.dirname(file);
  const folder = path.resolve(root, named);
  const reason = unusable(named, root, folder);
  if (reason !== undefined) return { strategies: shipped, mistakes: [reason] };
  const found = new Found();
  const place = fs.realpathSync(folder);
  resolveRivusBelow(place);
  for (const name of fs.readdirSync(place).filter((name) => MODULE.test(name)).toSorted()) {
    const shown = path.posix.join(path.relative(root, folder), name);
    try {
      found.take(shown, await load(path.join(place, name), clock));
    } catch (error) {
      found.mistakes.push(`${shown} cannot be loaded: ${encodeError(error).message.split('\n')[0]}`);
    }
  }
  return { strategies: { ...shipped, ...found.strategies }, mistakes: found.mistakes };
}

/** The value of `strategies:`; a file that cannot be read, or holds no YAML, is refused elsewhere. */
async function folderNamed(file: string): Promise<string | undefined> {
  try {
    const text = fs.readFileSync(file, 'utf8');
    // Most files name none, and are read only once then.
    if (!text.includes('strategies')) return undefined;
    const { parseDocument } = await import('yaml');
    const named: unknown = parseDocument(text, { logLevel: 'silent' }).get('strategies');
    return typeof named === 'string' && named !== '' ? named : undefined;
  } catch {
    return undefined;
  }
}

function unusable(named: string, root: string, folder: string): string | undefined {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return `there is no folder "${named}"`;
  const way = path.relative(fs.realpathSync(root), fs.realpathSync(folder));
  if (way === '' || way.split(path.sep)[0] === '..' || path.isAbsolute(way)) return `the folder "${named}" must lie below the folder of this file, for only code from here is run`;
  return undefined;
}

/** Its text is part of the address, so that what has changed is not taken from Node's cache. */
async function load(file: string, clock: Clock): Promise<Record<string, unknown>> {
  const version = hash('sha256', fs.readFileSync(file));
  const late = Promise.withResolvers<never>();
  const timer = clock.setTimeout(() => late.reject(new Error(`it took longer than ${IMPORT_TIMEOUT_MS / 1000} s: what does it wait for at its top level?`)), IMPORT_TIMEOUT_MS);
  try {
    return (await Promise.race([import(`${pathToFileURL(file).href}?${version}`), late.promise])) as Record<string, unknown>;
  } finally {
    clock.clearTimeout(timer);
  }
}

class Found {
  readonly strategies: Record<string, Strategy> = {};
  readonly mistakes: string[] = [];
  private readonly from = new Map<string, string>();

  take(file: string, module: Record<string, unknown>): void {
    const strategies = [...new Set(Object.values(module))].filter(isStrategy);
    if (strategies.length === 0) this.mistakes.push(`${file} exports no strategy; write export const mine: Strategy = { name, options, async *discover(options, source) { … } }`);
    for (const strategy of strategies) this.add(file, strategy);
  }

  private add(file: string, strategy: Strategy): void {
    const { name } = strategy;
    const other = Object.hasOwn(shipped, name) ? 'Rivus itself' : this.from.get(name);
    if (!NAME.test(name)) this.mistakes.push(`${file}: the name ${JSON.stringify(name)} must begin with a letter and be made of a-z, 0-9 and "_"`);
    else if (other !== undefined) this.mistakes.push(`${file}: ${other} has a strategy "${name}" already; take another name`);
    else {
      this.from.set(name, file);
      this.strategies[name] = strategy;
    }
  }
}

function isStrategy(value: unknown): value is Strategy {
  const { name, options, discover } = (Object(value) === value ? value : {}) as Partial<Strategy>;
  return typeof name === 'string' && typeof discover === 'function' && typeof options?.parse === 'function';
}
