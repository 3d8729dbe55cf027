import { expect, test } from 'vitest';
import { deprecationOf, isPlatformBuild, manifestOf, readDocument, repositoryUrl } from '../../handlers/npm/document.ts';
import { manifestChanges } from '../../handlers/npm/manifest-changes.ts';

function manifest(fields: object) {
  return manifestOf(readDocument({ versions: { '1.0.0': { dist: { tarball: 'x' }, ...fields } } }), '1.0.0')!;
}
const changes = (from: object, to: object) => manifestChanges(manifest(from), manifest(to), 24);

test('two versions that ask for the same differ in nothing', () => {
  const same = { engines: { node: '>=18' }, exports: { '.': './a.js' }, dependencies: { a: '1' }, license: 'MIT', bin: { lamp: 'x' } };
  expect(changes(same, { ...same, dependencies: { a: '2' } })).toEqual([]);
});

test.each([
  ['an install script', {}, { scripts: { postinstall: 'x', test: 'y' } }, 'security', 'runs a script when it is installed (postinstall); the installed version does not'],
  ['a flag of the registry that says so', {}, { hasInstallScript: true }, 'security', 'runs a script when it is installed; the installed version does not'],
  ['a lost proof of origin', { dist: { tarball: 'x', attestations: {} } }, {}, 'security', 'is published without a proof of its origin; the installed version has one'],
  ['ES modules only', { main: 'a.js' }, { type: 'module', exports: './a.js' }, 'breaking', 'is an ES module only: CommonJS code that requires it may fail'],
  ['a newer Node than the one in use', { engines: { node: '>=18' } }, { engines: { node: '^26 || >=28' } }, 'breaking', 'needs Node ^26 || >=28 (before >=18)'],
  ['a newer Node that is there already', {}, { engines: { node: '^20.19.0 || >=22' } }, 'note', 'needs Node ^20.19.0 || >=22 (before, any)'],
  ['a lost entry point', { exports: { '.': './a', './sub': './b', './package.json': './p', './x/*': './x/*' } }, { exports: { '.': './a' } }, 'breaking', 'no longer has the entry point `./sub`'],
  ['lost commands', { bin: { a: 'a', b: 'b' } }, { bin: {} }, 'breaking', 'no longer has the commands `a`, `b`'],
  ['another license', { license: 'MIT' }, { license: { type: 'GPL-3.0' } }, 'breaking', 'its license is GPL-3.0 (before MIT)'],
  ['a package beside it', { peerDependencies: { a: '1' } }, { peerDependencies: { a: '2' } }, 'note', 'wants a 2 beside it (before 1)'],
  ['new dependencies', {}, { dependencies: { a: '1', b: '1', c: '1', d: '1', e: '1', f: '1' } }, 'note', 'brings along a, b, c, d and 2 more'],
  ['dropped dependencies', { dependencies: { a: '1' } }, {}, 'note', 'no longer depends on a'],
])('%s is told', (_, from, to, kind, text) => {
  expect(changes(from, to)).toEqual([{ kind, text }]);
});

test.each([
  ['had a script before', { scripts: { install: 'x' } }, { scripts: { postinstall: 'x' } }],
  ['still can be required', {}, { type: 'module', exports: { '.': { require: './a.cjs', import: './a.js' } } }],
  ['was an ES module before', { type: 'module' }, { type: 'module' }],
  ['asks for the same Node', { engines: { node: '>=18' } }, { engines: { node: '>=18' } }],
  ['wants something beside it only if one likes', {}, { peerDependencies: { a: '2' }, peerDependenciesMeta: { a: { optional: true } } }],
  ['states no license any more', { license: 'MIT' }, {}],
])('nothing is told of a package that %s', (_, from, to) => {
  expect(changes(from, to)).toEqual([]);
});

test.each([
  ['owner/lamp', 'https://github.com/owner/lamp'],
  ['gitlab:owner/lamp', 'https://gitlab.com/owner/lamp'],
  ['bitbucket:owner/lamp', 'https://bitbucket.org/owner/lamp'],
  [{ type: 'git', url: 'git+https://github.com/owner/lamp.git' }, 'https://github.com/owner/lamp'],
  [{ url: 'git@github.com:owner/lamp.git' }, 'https://github.com/owner/lamp'],
  [{ url: 'git+ssh://git@github.com/owner/lamp.git#main' }, 'https://github.com/owner/lamp'],
  [{ url: 'git://github.com/owner/lamp.git' }, 'https://github.com/owner/lamp'],
  [{ url: 'https://user:secret@example.com/lamp' }, 'https://example.com/lamp'],
  ['javascript:alert(1)', undefined],
  ['not an address', undefined],
  [7, undefined],
  [undefined, undefined],
])('the repository %j is found at %s', (repository, url) => {
  expect(repositoryUrl(manifest({ repository }))).toBe(url);
});

test('a package may be odd in everything but its tarball', () => {
  const odd = manifest({ license: [], engines: ['node >= 0.8'], dependencies: null, bin: 3, os: 'linux', scripts: 'x', description: 4, exports: null });
  expect(odd).toMatchObject({ engines: {}, dependencies: {}, scripts: {}, dist: { tarball: 'x' } });
  expect(() => manifest({ dist: undefined })).toThrow(/dist/);
});

test('a build for some systems is one that names them', () => {
  expect([isPlatformBuild(manifest({ os: ['linux'] })), isPlatformBuild(manifest({ cpu: ['x64'] })), isPlatformBuild(manifest({ os: [] })), isPlatformBuild(manifest({}))]).toEqual([true, true, false, false]);
});

test('deprecation is a text, or a flag; and its absence has several forms', () => {
  const document = readDocument({ versions: { a: { deprecated: 'use b' }, b: { deprecated: true }, c: { deprecated: false }, d: { deprecated: '' }, e: {} } });
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map((version) => deprecationOf(document, version))).toEqual(['use b', 'deprecated, without a reason', undefined, undefined, undefined, undefined]);
});

test('a version that the registry does not have has no package.json', () => {
  const document = readDocument({ versions: { '1.0.0': {} } });
  expect(manifestOf(document, '2.0.0')).toBeUndefined();
  expect(manifestOf(document, 'constructor')).toBeUndefined();
});
