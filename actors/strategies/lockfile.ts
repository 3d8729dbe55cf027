/** What a package-lock.json (lockfileVersion 2 or 3) says is installed. Pure: text in, packages out. */
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const Place = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().default(false),
  dev: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  optional: z.boolean().default(false),
  inBundle: z.boolean().default(false),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
});
type Place = z.output<typeof Place>;
/** By the folder that it is installed in; '' and folders outside of node_modules are the project's own. */
type Places = Record<string, Place>;
const Lockfile = z.object({ lockfileVersion: z.number(), packages: z.record(z.string(), Place).default({}) });

/** `via`: names of the packages that need it, of the project's own ones `direct` speaks. */
export type LockedPackage = { name: string; version: string; dev: boolean; optional: boolean; direct: boolean; via: string[] };
/** `unusable`: why no registry can be asked about it. */
export type Locked = { key: string; package: LockedPackage; unusable?: string };

const VIA_AT_MOST = 5;

/** Every package once per version: the project's own dependencies first, then by name. Throws when `text` is no such file. */
export function readLockfile(text: string): Locked[] {
  const places = parseLockfile(text);
  const needed = needs(places);
  const byKey = new Map<string, Locked>();
  for (const folder of Object.keys(places).filter((folder) => folder.includes(NODE_MODULES))) {
    const found = lockedAt(folder, places[folder]!, needed.get(folder));
    const before = byKey.get(found.key);
    byKey.set(found.key, before ? { ...before, package: merge(before.package, found.package) } : found);
  }
  return [...byKey.values()].toSorted((a, b) => urgency(a.package) - urgency(b.package) || (a.key < b.key ? -1 : 1));
}

/** 0 for what the project itself runs on, 1 for what it is developed with, 2 and 3 for what those bring along. Lower is looked at first. */
export function urgency({ direct, dev }: LockedPackage): number {
  return (direct ? 0 : 2) + (dev ? 1 : 0);
}

function parseLockfile(text: string): Places {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`it is no JSON (${(cause as Error).message}); a package-lock.json of npm 7 or newer is needed`, { cause });
  }
  const read = Lockfile.safeParse(json);
  if (!read.success) throw new Error(`it is no package-lock.json: ${z.prettifyError(read.error).replaceAll('\n', ' ')}`, { cause: read.error });
  const { lockfileVersion, packages } = read.data;
  if (lockfileVersion !== 2 && lockfileVersion !== 3) {
    throw new Error(`its lockfileVersion is ${lockfileVersion}, but 2 or 3 is needed: "npm install --package-lock-only" with npm 7 or newer writes it anew`);
  }
  return packages;
}

const NODE_MODULES = 'node_modules/';

type Need = { direct: boolean; via: Set<string> };

/** Who needs what, by the folder that Node would find it in. */
function needs(places: Places): Map<string, Need> {
  const found = new Map<string, Need>();
  for (const [folder, place] of Object.entries(places)) {
    const own = !folder.includes(NODE_MODULES);
    for (const name of Object.keys({ ...place.dependencies, ...place.optionalDependencies, ...place.peerDependencies, ...(own ? place.devDependencies : {}) })) {
      const at = resolve(folder, name, places);
      if (at === undefined) continue;
      const need = found.get(at) ?? { direct: false, via: new Set() };
      found.set(at, need);
      if (own) need.direct = true;
      else need.via.add(nameOf(folder, place));
    }
  }
  return found;
}

/** As Node does: beside the package that asks, or further out. */
function resolve(from: string, name: string, places: Places): string | undefined {
  for (let folder = from; ; folder = outer(folder)) {
    const at = `${folder}${folder && '/'}${NODE_MODULES}${name}`;
    if (Object.hasOwn(places, at)) return at;
    if (folder === '') return undefined;
  }
}

function outer(folder: string): string {
  const inModules = folder.lastIndexOf(`/${NODE_MODULES}`);
  return inModules === -1 ? '' : folder.slice(0, inModules);
}

function lockedAt(folder: string, place: Place, need: Need | undefined): Locked {
  const name = nameOf(folder, place);
  const version = place.version ?? '';
  const dev = place.dev || place.devOptional;
  const via = [...(need?.via ?? [])].toSorted().slice(0, VIA_AT_MOST);
  const found = { name, version, dev, optional: place.optional || place.devOptional, direct: need?.direct ?? false, via };
  const unusable = whyUnusable(place);
  // Not `resolved` in the key: the address of a repository may hold a password.
  return unusable ? { key: `${name}@${unusable.kind}`, package: found, unusable: unusable.reason } : { key: `${name}@${version}`, package: found };
}

/** The name that it was published under: for `"a": "npm:b@1"` that is b. */
function nameOf(folder: string, place: Place): string {
  return place.name ?? folder.slice(folder.lastIndexOf(NODE_MODULES) + NODE_MODULES.length);
}

function whyUnusable({ link, resolved = '', inBundle, version }: Place): { kind: string; reason: string } | undefined {
  if (link) return { kind: 'workspace', reason: 'a workspace of this project' };
  if (/^(git\+|git:|ssh:|github:)/.test(resolved)) return { kind: 'git', reason: 'installed from git, not from a registry' };
  if (resolved.startsWith('file:')) return { kind: 'file', reason: 'installed from a file, not from a registry' };
  if (/^https?:/.test(resolved) && !/\/(-|download)\//.test(resolved)) return { kind: 'address', reason: 'installed from an address, not from a registry' };
  if (inBundle) return { kind: 'bundled', reason: 'comes inside another package' };
  return version === undefined ? { kind: 'unknown', reason: 'the lock file names no version' } : undefined;
}

function merge(a: LockedPackage, b: LockedPackage): LockedPackage {
  const via = [...new Set([...a.via, ...b.via])].toSorted().slice(0, VIA_AT_MOST);
  return { ...a, dev: a.dev && b.dev, optional: a.optional && b.optional, direct: a.direct || b.direct, via };
}
