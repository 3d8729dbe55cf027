import os from 'node:os';
import { expect, test } from 'vitest';
import { projectFiles, projectRoot, read } from '../support/project-files.ts';

type Manifest = Record<'dependencies' | 'devDependencies', Record<string, string>> & { bin: Record<string, string> };
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string; resolved?: string; integrity?: string; optionalDependencies?: Record<string, string> }> };

test('every dependency is pinned to one version, and the lock file agrees', () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
});

test('the lock file says what each package is (integrity), and not where it came from', () => {
  const packages = Object.entries(lock.packages).filter(([place]) => place !== '');
  expect(packages.length).toBeGreaterThan(20);
  expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place)).toEqual([]);
  expect(packages.filter(([, { integrity }]) => !integrity).map(([place]) => place)).toEqual([]);
});

// Where a binary for another platform is not to be had, npm writes a lock file that `npm ci` refuses ("Missing: … from lock file").
test('the lock file has the binaries that its packages ask for, for every platform', () => {
  const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name, version]) => /^\d+\.\d+\.\d+$/.test(version) && lockedFor(place, name) !== version)
      .map(([name, version]) => `${place} asks for ${name} ${version}, and gets ${lockedFor(place, name) ?? 'nothing'}`),
  );
  expect(missing).toEqual([]);
});

/** The version that a package finds: beside itself, or further out. */
function lockedFor(place: string, name: string): string | undefined {
  const found = lock.packages[`${place}${place && '/'}node_modules/${name}`];
  if (found || place === '') return found?.version;
  return lockedFor(place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/'))), name);
}

/** Folders that exist on the machine of one developer, and registries. Put together so that this file does not find itself. */
const FOREIGN = [
  new RegExp(`(?<![\\w.}-])/(${['work', 'farm', 'root', 'home', 'Users'].join('|')})/[\\w.-]`),
  new RegExp(`(?<![\\w.}-])/${'tmp'}/[a-z]`),
  /registry\.[a-z0-9.-]+\.(org|com|net|io)\b/i,
  /"resolved": "https?:/,
];

function foreignIn(text: string): string[] {
  const own = [projectRoot, ...(os.homedir().length > 1 ? [`${os.homedir()}/`] : []), ...registryHost()];
  return text.split('\n').flatMap((line, index) => {
    const hit = FOREIGN.some((pattern) => pattern.test(line)) || own.some((word) => line.includes(word));
    return hit ? [`${index + 1}: ${line.trim().slice(0, 120)}`] : [];
  });
}

function registryHost(): string[] {
  const address = process.env.npm_config_registry;
  return address ? [new URL(address).host] : [];
}

test('no file of the project names a folder of somebody’s machine, or the host of a package registry', () => {
  const text = projectFiles().filter((file) => !/\.(png|jpg|gif|ico|woff2?|tgz|gz|db)$/.test(file));
  expect(text.flatMap((file) => foreignIn(read(file)).map((hit) => `${file}:${hit}`))).toEqual([]);
});

test('the search finds such places, and lets others pass', () => {
  const found = [`cd ${'/home'}/ann/rivus`, `"${'/tmp'}/x.db"`, `https://registry.${'example'}.com/xstate`, `at file://${'/Users'}/ann/x.ts`];
  for (const line of found) expect(foreignIn(line), line).toHaveLength(1);
  for (const line of ['https://example.com/home/page', './work/notes.md', 'path.join(os.tmpdir(), "rivus-")', 'the npm registry']) expect(foreignIn(line), line).toEqual([]);
});
