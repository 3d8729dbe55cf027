import { expect, test } from 'vitest';
import dependencyWatch from '../../handlers/dependency-watch.ts';
import { runStage } from '../../runtime/handlers/run-stage.ts';
import { freePort } from '../support/free-port.ts';
import { startRegistry, type Behaviour, type LocalRegistry } from '../support/registry.ts';

const CHANGELOG = `# Changelog

## 2.0.0 - 2026-03-01
### Breaking
- the cord is gone

## 1.1.0 - 2026-02-01
- fixes CVE-2026-12345
- a dimmer

## 1.0.0 - 2025-11-01
- a lamp
`;
const NOW = Date.parse('2026-05-01T00:00:00Z');

const lamp = { license: 'MIT', repository: 'owner/lamp', description: 'A lamp' };
const versions = {
  '1.0.0': { ...lamp, date: '2025-11-01T00:00:00Z' },
  '1.1.0': { ...lamp, date: '2026-02-01T00:00:00Z' },
  '2.0.0': { ...lamp, date: '2026-03-01T00:00:00Z', dependencies: { battery: '1' }, files: { 'CHANGELOG.md': CHANGELOG, 'README.md': '# lamp' } },
};

async function registryWith(name = 'lamp', published: Parameters<LocalRegistry['publish']>[1] = versions): Promise<LocalRegistry> {
  const registry = await startRegistry();
  registry.publish(name, published);
  return registry;
}

function fetchStage(registry: LocalRegistry, name = 'lamp', version = '1.0.0') {
  return runStage(dependencyWatch, 'fetch', { item: { name, version, dev: false, direct: true, via: [] }, env: { npm_config_registry: registry.url }, now: NOW });
}

/** All four stages, each with the real outputs of those before. */
async function watch(registry: LocalRegistry, version = '1.0.0', more: object = {}) {
  const item = { name: 'lamp', version, dev: false, direct: true, via: [], ...more };
  const { output: fetch, artifacts } = await runStage(dependencyWatch, 'fetch', { item, env: { npm_config_registry: registry.url }, now: NOW });
  const { output: extract } = await runStage(dependencyWatch, 'extract', { item, prev: { fetch: fetch! }, artifacts });
  const scored = await runStage(dependencyWatch, 'score', { item, prev: { fetch: fetch!, extract: extract! }, now: NOW });
  const { output: qa } = await runStage(dependencyWatch, 'qa', { item, prev: { fetch: fetch!, extract: extract!, score: scored.output! } });
  return { fetch: fetch!, extract: extract!, scored, qa: qa!, artifacts };
}

test('a package goes all the way: releases, notes, score, report', async () => {
  const { fetch, extract, scored, qa, artifacts } = await watch(await registryWith());
  expect(fetch).toMatchObject({ target: '2.0.0', within: '1.1.0', releasesInAll: 2, installedAt: '2025-11-01T00:00:00.000Z', license: 'MIT', text: { kind: 'changelog', file: 'CHANGELOG.md' } });
  expect(artifacts).toMatchObject([{ name: 'CHANGELOG.md', hash: fetch.text.hash }]);
  expect(extract).toMatchObject({
    notesFrom: 'changelog',
    releases: [{ version: '2.0.0', notes: '### Breaking\n- the cord is gone' }, { version: '1.1.0', notes: '- fixes CVE-2026-12345\n- a dimmer' }],
    breaking: ['2.0.0: the cord is gone'],
    security: ['1.1.0: fixes CVE-2026-12345'],
  });
  expect(scored.output).toEqual({ score: 68, why: ['+30 a major version behind', '+25 the newer releases speak of security', '+10 something may break', '+3 the installed version is 181 days old'] });
  expect(scored.outcome).toMatchObject({ kind: 'done', priority: -68 });
  expect(qa).toEqual({
    ok: true, problems: [], name: 'lamp', from: '1.0.0', to: '2.0.0', fromDate: '2025-11-01T00:00:00.000Z', toDate: '2026-03-01T00:00:00.000Z', within: '1.1.0', distance: 'major',
    behind: { major: 1, minor: 1, patch: 0 }, releases: 2, milestones: [{ version: '2.0.0', date: '2026-03-01T00:00:00.000Z' }], score: 68, why: scored.output!.why, deprecated: null,
    breaking: ['2.0.0: the cord is gone'], security: ['1.1.0: fixes CVE-2026-12345'], changes: [{ kind: 'note', text: 'brings along battery' }],
    notes: '2.0.0: the cord is gone. 1.1.0: fixes CVE-2026-12345; a dimmer.', notesFrom: 'changelog', about: 'A lamp', license: 'MIT', repository: 'https://github.com/owner/lamp',
    direct: true, dev: false, via: [], platform: false,
  });
});

test('a package that is current scores 0, and its own text is kept', async () => {
  const { fetch, scored, qa } = await watch(await registryWith(), '2.0.0');
  expect(fetch).toMatchObject({ target: null, releases: [], changes: [], text: { kind: 'changelog' } });
  expect(scored.output).toEqual({ score: 0, why: [] });
  expect(qa).toMatchObject({ ok: true, score: 0, to: null, distance: 'none' });
});

test('a package with nothing but a README says what it is, and that nothing was published', async () => {
  const bare = { '1.0.0': {}, '1.0.1': { files: { 'README.md': '# lamp\n\nA lamp for everybody in the house, and their guests.' } } };
  const { extract, qa } = await watch(await registryWith('lamp', bare));
  expect(extract).toMatchObject({ notesFrom: 'readme', notes: '', about: 'A lamp for everybody in the house, and their guests.', releases: [{ version: '1.0.1', notes: null, date: null }] });
  expect(qa).toMatchObject({ ok: true, license: null, repository: null, toDate: null });
});

test('qa names what is missing', async () => {
  const { qa } = await watch(await registryWith('lamp', { '1.0.0': {}, '1.0.1': { files: { 'CHANGELOG.md': '## 0.9.0\n- old' } } }));
  expect(qa).toMatchObject({ ok: false, problems: [expect.stringContaining('nobody says what the package is'), 'its changelog has nothing to say of the newer releases'] });
});

test('a scoped package is asked for by its whole name', async () => {
  const registry = await registryWith('@house/lamp');
  expect((await fetchStage(registry, '@house/lamp')).output).toMatchObject({ target: '2.0.0' });
  expect(registry.requests).toEqual(['GET /@house%2flamp', 'GET /@house/lamp/-/lamp-2.0.0.tgz']);
});

test('a tarball that is said to lie elsewhere is fetched from the registry that npm is configured with', async () => {
  const registry = await startRegistry('/mirror/npm/');
  registry.publish('@house/lamp', versions);
  registry.tarballHost = 'https://elsewhere.example.com/';
  expect((await fetchStage(registry, '@house/lamp')).output).toMatchObject({ text: { kind: 'changelog' } });
  expect(registry.requests.at(-1)).toBe('GET /mirror/npm/@house/lamp/-/lamp-2.0.0.tgz');
});

/** Bytes that do not get smaller by gzip. */
function noise(bytes: number): Buffer {
  let state = 1;
  return Buffer.from(Array.from({ length: bytes }, () => (state = (state * 48271) % 2147483647) & 255));
}

test('of a large tarball only the beginning is read, unless its text lies behind', async () => {
  const large = noise(3 * 2 ** 20);
  const front = await registryWith('lamp', { '1.0.0': { files: { 'README.md': 'in front', 'lamp.node': large } } });
  expect((await fetchStage(front)).output).toMatchObject({ text: { kind: 'readme' } });
  expect(front.requests.filter((request) => request.endsWith('.tgz'))).toHaveLength(1);
  const behind = await registryWith('lamp', { '1.0.0': { files: { 'lamp.node': large, 'README.md': 'behind' } } });
  expect((await fetchStage(behind)).output).toMatchObject({ text: { kind: 'readme' } });
  expect(behind.requests.filter((request) => request.endsWith('.tgz'))).toHaveLength(2);
  const build = await registryWith('lamp', { '1.0.0': { os: ['linux'], files: { 'lamp.node': large, 'README.md': 'behind' } } });
  expect((await fetchStage(build)).output).toMatchObject({ platform: true, text: { kind: 'none' } });
  expect(build.requests.filter((request) => request.endsWith('.tgz'))).toHaveLength(1);
});

test('a registry that does not send parts sends all', async () => {
  const registry = await registryWith();
  registry.sendsParts = false;
  expect((await fetchStage(registry)).output).toMatchObject({ text: { kind: 'changelog' } });
});

test.each([
  ['not_found', 'item_specific', 'the npm registry has no package "lamp" (404)'],
  ['too_many', 'transient', 'the npm registry answered 429 for "lamp"'],
  ['broken', 'transient', 'the npm registry answered 500 for "lamp"'],
  ['login', 'systemic', 'the npm registry wants a login (401): put user and password into its address, npm_config_registry'],
  ['dead', 'transient', 'the npm registry cannot be reached for "lamp": UND_ERR_SOCKET'],
  ['no_json', 'transient', expect.stringContaining('answered no JSON')],
  ['huge', 'item_specific', expect.stringContaining('more than 67108864 bytes')],
] satisfies [Behaviour, string, unknown][])('a registry that is %s makes the error %s', async (behaviour, kind, message) => {
  const registry = await registryWith();
  registry.documents = behaviour;
  const { outcome } = await fetchStage(registry);
  expect(outcome).toMatchObject({ kind: 'failed', class: kind, error: { message } });
  if (behaviour === 'too_many') expect(outcome).toMatchObject({ retryAt: NOW + 7_000 });
});

test('a machine that is offline tries again, and says why', async () => {
  const { outcome } = await runStage(dependencyWatch, 'fetch', {
    item: { name: 'lamp', version: '1.0.0', dev: false, direct: true, via: [] },
    env: { npm_config_registry: `http://127.0.0.1:${await freePort()}` },
  });
  expect(outcome).toMatchObject({ kind: 'failed', class: 'transient', error: { message: 'the npm registry cannot be reached for "lamp": ECONNREFUSED' } });
});

test.each([
  ['is missing', (registry: LocalRegistry) => void (registry.tarballs = 'not_found')],
  ['is no tarball', (registry: LocalRegistry) => void (registry.tarballs = 'no_json')],
  ['has no end', (registry: LocalRegistry) => void (registry.tarballs = 'huge')],
])('a tarball that %s does not keep the rest from being known', async (_, spoil) => {
  const registry = await registryWith();
  spoil(registry);
  const { output, logs } = await fetchStage(registry);
  expect(output).toMatchObject({ target: '2.0.0', text: { kind: 'none', hash: null } });
  expect(logs).toMatchObject([{ level: 'warn', message: expect.stringContaining('no text from the tarball of lamp') }]);
});

test('trouble with a tarball that may pass is tried again', async () => {
  const registry = await registryWith();
  registry.tarballs = 'broken';
  expect((await fetchStage(registry)).outcome).toMatchObject({ kind: 'failed', class: 'transient' });
});

test('a version that was taken back fails its item, and only it', async () => {
  const { outcome } = await fetchStage(await registryWith(), 'lamp', '1.0.7');
  expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { message: 'the npm registry has "lamp", but no version 1.0.7 of it' } });
});

test('an item that is no package is refused', async () => {
  const { outcome } = await fetchStage(await registryWith(), '../etc/passwd');
  expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { message: expect.stringContaining('not the name of an npm package') } });
});

test('the address of the registry stands in no output, artifact, log or error', async () => {
  const registry = await registryWith();
  const { host } = new URL(registry.url);
  const spoken = { ...versions['2.0.0'], description: `see ${registry.url}lamp`, files: { 'README.md': `A lamp, published at ${registry.url} (${host}) for you.` } };
  registry.publish('lamp', { '1.0.0': versions['1.0.0'], '2.0.0': spoken });
  const heard: unknown[] = [];
  const hear = async () => {
    const { outcome, output, logs, artifacts } = await fetchStage(registry);
    heard.push(outcome, output, logs, artifacts.map(({ data }) => data.toString()));
  };
  await hear();
  for (const behaviour of ['not_found', 'too_many', 'broken', 'login', 'dead', 'no_json'] as const) {
    registry.documents = behaviour;
    await hear();
  }
  registry.documents = 'ok';
  for (const behaviour of ['not_found', 'broken', 'dead', 'no_json'] as const) {
    registry.tarballs = behaviour;
    await hear();
  }
  expect(JSON.stringify(heard)).toContain('A lamp, published at');
  expect(JSON.stringify(heard)).not.toContain(host);
});

test('the stages also run from their bundles', async () => {
  const registry = await registryWith();
  const item = { name: 'lamp', version: '1.0.0' };
  const { output, artifacts } = await runStage('./handlers/dependency-watch.ts', 'fetch', { item, env: { npm_config_registry: registry.url } });
  expect(output).toMatchObject({ target: '2.0.0' });
  const extracted = await runStage('./handlers/dependency-watch.ts', 'extract', { item, prev: { fetch: output }, artifacts });
  expect(extracted.output).toMatchObject({ notesFrom: 'changelog' });
});

test('the job pauses when none of its latest reports is complete, and not for some that are not', () => {
  const report = (ok: boolean) => ({ stage: 'qa', key: 'lamp', at: NOW, output: { ok, problems: ok ? [] : ['nobody says what the package is'] } });
  const validate = (...reports: boolean[]) => dependencyWatch.validate!({ stats: {}, sample: [...reports.map(report), { stage: 'fetch', key: 'lamp', at: NOW, output: {} }] });
  const bad = Array.from({ length: 10 }, () => false);
  expect(validate(...bad)).toBe('none of the latest 10 reports is complete: nobody says what the package is');
  expect([validate(), validate(...bad.slice(1)), validate(...bad, true)]).toEqual([undefined, undefined, undefined]);
});
