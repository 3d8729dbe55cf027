import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { strategies as shipped } from '../../actors/strategies/index.ts';
import { loadConfig } from '../../runtime/config/index.ts';
import { knownStrategies } from '../../runtime/own-strategies.ts';
import { openStore } from '../../runtime/store/open.ts';
import { ManualClock } from '../support/handlers.ts';
import { jobctl } from '../support/jobctl.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

const JOBS = `strategies: ./sources
jobs:
  watch:
    handler: ./handlers/watch.ts
    discovery: { strategy: counting, to: 3, every: 1h }
    stages: [{ name: only }]
`;
const HANDLER = `import { handler, stage } from 'rivus';
export default handler({ stages: { only: stage({ run: ({ item }) => item }) } });
`;
const counting = (prefix = 'n', name = 'counting') => `import { z, type Strategy } from 'rivus';
const options = z.strictObject({ to: z.int() });
/** Counts. */
export const counting: Strategy<z.output<typeof options>> = {
  name: '${name}',
  options,
  async *discover({ to }) {
    for (let n = 1; n <= to; n++) yield { key: \`${prefix}\${n}\`, data: { n } };
  },
};
`;

function project(files: Record<string, string>, jobs = JOBS): string {
  return tempFolder({ 'jobs.yaml': jobs, 'handlers/watch.ts': HANDLER, ...files });
}

async function load(root: string) {
  const file = path.join(root, 'jobs.yaml');
  const known = await knownStrategies(file, new ManualClock());
  const checked = loadConfig(file, known);
  return { known, problems: checked.ok ? [] : checked.problems.map(({ line, column, message }) => `${line}:${column} ${message}`) };
}

test('modules of the folder are strategies beside those of Rivus; their tests and helpers are not', async () => {
  const root = project({ 'sources/counting.ts': counting(), 'sources/counting.test.ts': 'throw 1;', 'sources/_helper.ts': 'throw 1;', 'sources/lib/x.ts': 'throw 1;', 'sources/notes.md': '' });
  const { known, problems } = await load(root);
  expect(problems).toEqual([]);
  expect(Object.keys(known.strategies)).toEqual([...Object.keys(shipped), 'counting']);
});

test('options of an own strategy are checked like all others', async () => {
  const { problems } = await load(project({ 'sources/counting.ts': counting() }, JOBS.replace('to: 3', 'too: 3')));
  expect(problems.join('\n')).toMatch(/5:\d+ job "watch": .*too/);
});

test.each<[string, Record<string, string>, RegExp]>([
  ['a folder that is missing', {}, /^1:13 there is no folder ".\/sources"$/],
  ['a syntax error', { 'sources/a.ts': 'export const = 1;' }, /^1:13 sources\/a\.ts cannot be loaded: /],
  ['a module that throws', { 'sources/a.ts': 'throw new Error("no luck");' }, /sources\/a\.ts cannot be loaded: no luck/],
  ['one that throws no error', { 'sources/a.ts': 'throw null;' }, /sources\/a\.ts cannot be loaded: null/],
  ['one without a strategy', { 'sources/a.ts': 'export const x = 1;' }, /sources\/a\.ts exports no strategy; write export const/],
  ['a name that is taken by Rivus', { 'sources/a.ts': counting('n', 'manual') }, /sources\/a\.ts: Rivus itself has a strategy "manual" already/],
  ['a name that is taken by another file', { 'sources/a.ts': counting(), 'sources/b.ts': counting() }, /sources\/b\.ts: sources\/a\.ts has a strategy "counting" already/],
  ['a name that is none', { 'sources/a.ts': counting('n', 'My Strategy') }, /the name "My Strategy" must begin with a letter/],
])('%s is a mistake of jobs.yaml, and the others can be used', async (_what, files, message) => {
  const { known, problems } = await load(project(files));
  expect(problems.some((problem) => message.test(problem)), problems.join('\n')).toBe(true);
  expect(known.strategies).toMatchObject(shipped);
});

test('code from elsewhere is refused, by a path and by a link', async () => {
  const outside = tempFolder({ 'counting.ts': counting() });
  const linking = project({});
  fs.symlinkSync(outside, path.join(linking, 'sources'));
  for (const root of [linking, project({}, JOBS.replace('./sources', outside))]) {
    const { known, problems } = await load(root);
    expect(problems[0]).toMatch(/^1:13 the folder ".*" must lie below the folder of this file/);
    expect(known.strategies).toEqual(shipped);
  }
});

test('a module that never finishes loading is given up', async () => {
  const root = project({ 'sources/a.ts': 'await new Promise(() => {}); export {};' });
  const clock = new ManualClock();
  const known = knownStrategies(path.join(root, 'jobs.yaml'), clock);
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(10_000);
  expect((await known).mistakes).toEqual([expect.stringContaining('it took longer than 10 s')]);
});

test('jobs run on own strategies, and a reload takes up what has changed in them', async () => {
  const root = project({ 'sources/counting.ts': counting() });
  const runner = new RunnerProcess(root);
  await runner.said(/watch {2}only 3\/3/);

  fs.writeFileSync(path.join(root, 'sources/counting.ts'), counting().replace('async *discover', 'async discover() {}, *'));
  runner.child.kill('SIGHUP');
  await runner.said(/sources\/counting\.ts cannot be loaded[^]*|what runs stays as it is/);

  fs.writeFileSync(path.join(root, 'sources/counting.ts'), counting('later'));
  expect(await jobctl(runner.dataDir, ['reload'])).toMatchObject({ code: 0 });
  expect(await jobctl(runner.dataDir, ['wake', 'watch'])).toMatchObject({ code: 0 });
  await runner.said(/watch {2}only 6\/6/);
  expect(await runner.stop()).toBe(0);
  const db = openStore(runner.dataDir, { readonly: true });
  const keys = db.prepare('SELECT key FROM item ORDER BY id').pluck().all();
  db.close();
  expect(keys).toEqual(['n1', 'n2', 'n3', 'later1', 'later2', 'later3']);
});

test('check and try know own strategies', async () => {
  const root = project({ 'sources/counting.ts': counting() });
  const data = path.join(root, 'data');
  expect(await jobctl(data, ['check'])).toMatchObject({ code: 0, stdout: '✓ jobs.yaml: watch\n' });
  expect((await jobctl(data, ['try', 'watch', 'only', '--with', '{"n":1}', '--json'])).json()).toMatchObject({ ok: true, output: { n: 1 } });
});
