import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkConfig, loadConfig } from '../../runtime/config/index.ts';
import { load, mistakes, oneJob, strategies } from '../support/config.ts';
import { tempFolder } from '../support/temp.ts';

const good = oneJob('handler: ./handlers/job.ts\ndiscovery: { strategy: manual }\nstages: [{ name: a }]\n');

test('a key that is written twice is reported beside the other mistakes', () => {
  expect(mistakes('inspector: {}\ninspector: { prt: 1 }\njobs: {}\njbos: {}\n')).toEqual(['2:1 this key stands in the same map twice; only one of them could count', '2:14 unknown key "prt", did you mean "port"?', '4:1 unknown key "jbos", did you mean "jobs"?']);
});

test('a __proto__ key is refused wherever it stands', () => {
  expect(mistakes('jobs:\n  __proto__: { x: 1 }\n')).toEqual(['2:3 the key "__proto__" is refused: it would change an object instead of naming an entry']);
  expect(mistakes(`${good}    guards: { "__proto__": { validate: true } }\n`)).toEqual(['7:15 the key "__proto__" is refused: it would change an object instead of naming an entry']);
  expect(({} as { x?: number }).x).toBeUndefined();
});

test('a key that is no text is refused', () => {
  expect(mistakes('? [a]\n: 1\n')).toEqual(['1:3 a key must be plain text']);
});

test('nine anchors of ten aliases each, a billion in all, are refused at once', () => {
  const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`);
  expect(mistakes(`a0: &a0 [x, x, x]\n${levels.join('\n')}\njobs: {}\n`)).toEqual(['2:10 the aliases of this file unfold to more than 50 copies of one anchor; write some of them out']);
});

test('an alias without an anchor, and one inside its own, are refused', () => {
  expect(mistakes('x-a: *none\njobs: {}\n')).toEqual(['1:6 the alias *none has no anchor &none before it']);
  expect(mistakes('x-a: &loop [*loop]\njobs: {}\n')).toEqual(['1:13 the alias *loop stands inside its own anchor']);
});

test('more aliases than anyone writes are refused before they are followed', () => {
  const many = Array.from({ length: 2_000 }, (_, n) => `x-${n}: &n${n} 1\nx-b${n}: *n${n}\n`).join('');
  expect(mistakes(`${many}jobs: {}\n`)).toEqual(['2002:10 the file has more than 1000 aliases; write some of them out']);
});

test.each([200, 2_000, 50_000])('%d brackets inside each other are one mistake, not a crash', (depth) => {
  expect(mistakes(`x-a: ${'['.repeat(depth)}${']'.repeat(depth)}\njobs: {}\n`).map((mistake) => mistake.replace(/^\S+ /, ''))).toEqual(['the file is nested too deeply']);
});

test('a file of more than 1 MB is not read', () => {
  expect(mistakes(`${good}#${'x'.repeat(1_100_000)}`)).toEqual(['1:1 the file has 1.0 MB; more than 1 MB is no configuration']);
});

test.each([
  ['nothing', '', '1:1 the file must be a map with at least jobs: in it, but it is empty'],
  ['a list', '- jobs\n', '1:1 the file must be a map with at least jobs: in it'],
  ['no jobs', 'resources: {}\n', '1:1 jobs is missing'],
  ['two documents', `jobs: {}\n---\njobs: {}\n`, '2:1 a second document begins here; jobs.yaml holds one'],
  ['an unknown tag', 'jobs: !js/function x\n', '1:7 Unresolved tag: !js/function'],
])('a file with %s says what it needs', (_, text, message) => {
  expect(mistakes(text)).toEqual([message]);
});

test('a file that is not there, or no file, is a problem like any other', () => {
  const folder = tempFolder();
  const missing = loadConfig(path.join(folder, 'jobs.yaml'), { strategies });
  expect(missing).toEqual({ ok: false, problems: [expect.objectContaining({ line: 1, message: 'there is no such file: start in the folder of jobs.yaml, or name it by --config FILE' })] });
  const directory = loadConfig(folder, { strategies });
  expect(!directory.ok && directory.problems[0]?.message).toMatch(/^cannot be read: EISDIR/);
});

test('a byte order mark and Windows line ends do no harm', () => {
  const text = `\ufeff${good.replaceAll('\n', '\r\n')}`;
  expect(load(text).ok).toBe(true);
  expect(mistakes(text.replace('name: a', 'nam: a')).map((mistake) => mistake.split(' ')[0])).toEqual(['5:14', '5:16']);
});

test('no beginning of a valid file makes it throw: an editor may have written only that much', () => {
  const folder = tempFolder({ 'handlers/job.ts': '' });
  const text = `defaults: { retry: { backoff: 30s..1h } }\nx-a: &a { timeout: 1m }\n${good}    stage_deps: { a: [] }\n    emoji: "📦"\n  b: { handler: ./handlers/job.ts, discovery: { strategy: tracker_query, job: a16z }, stages: [{ name: c, <<: *a }] }\n`;
  const check = (length: number) => checkConfig(text.slice(0, length), { file: 'jobs.yaml', root: folder, strategies });
  expect(check(text.length)).toMatchObject({ ok: true });
  for (let length = 0; length < text.length; length++) {
    const checked = check(length);
    if (!checked.ok) expect(checked.problems.length).toBeGreaterThan(0);
  }
});

const samples = new URL('../../../shared/data/yaml/', import.meta.url);
test.skipIf(!fs.existsSync(samples))('real YAML files of other tools are refused with a place, never with an exception', () => {
  const files = fs.readdirSync(samples, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/.test(file));
  expect(files.length).toBeGreaterThan(40);
  for (const file of files) {
    const text = fs.readFileSync(new URL(file, samples), 'utf8');
    const checked = checkConfig(text, { file, root: path.dirname(file), strategies });
    expect(checked.ok, file).toBe(false);
    const lines = text.split('\n').length;
    if (!checked.ok) for (const { line, column } of checked.problems) expect(line >= 1 && line <= lines + 1 && column >= 1, `${file}:${line}:${column}`).toBe(true);
  }
});
if (!fs.existsSync(samples)) console.warn('skipped: the sample YAML files are not beside the project');
