import { expect, test } from 'vitest';
import type { Candidate } from '../../actors/ports.ts';
import { strategies } from '../../actors/strategies/index.ts';
import { poll, worldOf } from '../support/sources.ts';

async function found(packages: Record<string, object>): Promise<Candidate[]> {
  const files = { 'locks/package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }) };
  return (await poll(worldOf({ strategy: strategies.npm_lockfile, options: { file: 'locks/package-lock.json' }, files }))).candidates;
}

async function failure(files: Record<string, string>): Promise<string> {
  return poll(worldOf({ strategy: strategies.npm_lockfile, options: { file: 'package-lock.json' }, files })).then(String, (error: Error) => error.message);
}

const project = {
  '': { dependencies: { one: '^1.0.0' }, devDependencies: { tool: '1.0.0' } },
  'node_modules/one': { version: '1.2.3', dependencies: { two: '2' } },
  'node_modules/one/node_modules/two': { version: '2.0.0' },
  'node_modules/two': { version: '3.0.0', dev: true },
  'node_modules/@scope/three': { version: '3.1.0', optional: true },
  'node_modules/tool': { version: '1.0.0', dev: true, dependencies: { two: '2 || 3' }, optionalDependencies: { '@scope/three': '3', missing: '1' } },
};

test('what the project runs on comes first, then what it is developed with, then what those bring along', async () => {
  expect((await found(project)).map(({ key, priority }) => [key, priority])).toEqual([
    ['one@1.2.3', 0], ['tool@1.0.0', 1], ['@scope/three@3.1.0', 2], ['two@2.0.0', 2], ['two@3.0.0', 3],
  ]);
});

test('each says who needs it, as Node would find it', async () => {
  const data = Object.fromEntries((await found(project)).map((candidate) => [candidate.key, candidate.data]));
  expect(data['one@1.2.3']).toEqual({ name: 'one', version: '1.2.3', dev: false, optional: false, direct: true, via: [] });
  expect(data['two@2.0.0']).toMatchObject({ direct: false, via: ['one'] });
  expect(data['two@3.0.0']).toMatchObject({ dev: true, direct: false, via: ['tool'] });
  expect(data['@scope/three@3.1.0']).toMatchObject({ optional: true, via: ['tool'] });
});

test('a version that is installed twice is one thing, as important as its more important place', async () => {
  const twice = { ...project, 'node_modules/tool/node_modules/one': { version: '1.2.3', dev: true, optional: true } };
  const ones = (await found(twice)).filter(({ key }) => key === 'one@1.2.3');
  expect(ones).toHaveLength(1);
  expect(ones[0]).toMatchObject({ priority: 0, data: { dev: false, optional: false, direct: true } });
});

test('a version is no development version as soon as one place needs it in earnest', async () => {
  const shared = { 'node_modules/a/node_modules/x': { version: '1.0.0', dev: true, optional: true }, 'node_modules/b/node_modules/x': { version: '1.0.0' } };
  expect(await found(shared)).toMatchObject([{ key: 'x@1.0.0', data: { dev: false, optional: false } }]);
});

test('a package that goes by another name is looked up by its own', async () => {
  const [alias] = await found({ '': { dependencies: { short: 'npm:@long/name@1' } }, 'node_modules/short': { name: '@long/name', version: '1.0.0' } });
  expect(alias).toMatchObject({ key: '@long/name@1.0.0', data: { name: '@long/name', direct: true } });
});

test('what no registry knows is left out, with the reason and without an address', async () => {
  const left = await found({
    'packages/mine': { version: '1.0.0', dependencies: { dep: '1' } },
    'node_modules/mine': { link: true, resolved: 'packages/mine' },
    'node_modules/fork': { version: '1.0.0', resolved: 'git+https://me:secret@example.com/fork.git#abc' },
    'node_modules/local': { version: '1.0.0', resolved: 'file:../local.tgz' },
    'node_modules/archive': { version: '1.0.0', resolved: 'https://me:secret@example.com/archive/v1.tar.gz' },
    'node_modules/inner': { version: '1.0.0', inBundle: true },
    'node_modules/nothing': {},
    'node_modules/dep': { version: '1.0.0', resolved: 'https://example.com/npm/dep/-/dep-1.0.0.tgz' },
  });
  expect(left.filter(({ filtered }) => filtered).map(({ key, filtered }) => [key, filtered])).toEqual([
    ['archive@address', 'installed from an address, not from a registry'],
    ['fork@git', 'installed from git, not from a registry'],
    ['inner@bundled', 'comes inside another package'],
    ['local@file', 'installed from a file, not from a registry'],
    ['mine@workspace', 'a workspace of this project'],
    ['nothing@unknown', 'the lock file names no version'],
  ]);
  expect(JSON.stringify(left)).not.toContain('secret');
  // A workspace of the project is the project: what it depends on is direct.
  expect(left.find(({ filtered }) => !filtered)).toMatchObject({ key: 'dep@1.0.0', data: { direct: true } });
});

test('the lock file of this very project is full of packages', async () => {
  const { default: lock } = await import('../../package-lock.json', { with: { type: 'json' } });
  const all = await found(lock.packages);
  expect(all.length).toBeGreaterThan(40);
  expect(all.slice(0, 3).every(({ priority }) => priority === 0)).toBe(true);
});

test('a lock file that is not there is named, with what to do', async () => {
  expect(await failure({})).toMatch(/there is no lock file "package-lock.json" to read beside jobs.yaml: set discovery.file .* or run npm install/);
});

test.each([
  ['is no JSON', '{', /cannot use the lock file "package-lock.json": it is no JSON \(.*\); a package-lock.json of npm 7 or newer is needed/],
  ['is of an old npm', '{"lockfileVersion":1,"dependencies":{}}', /its lockfileVersion is 1, but 2 or 3 is needed: "npm install --package-lock-only"/],
  ['is something else', '{"name":"a"}', /it is no package-lock.json: .*lockfileVersion/],
])('it says what to do when the lock file %s', async (_, text, message) => {
  expect(await failure({ 'package-lock.json': text })).toMatch(message);
});
