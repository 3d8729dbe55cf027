import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { createArtifacts } from '../../runtime/artifacts.ts';
import { openStore } from '../../runtime/store/open.ts';
import { ended, jobctl, start } from '../support/jobctl.ts';
import { Desk, done, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const JOBS = `jobs:
  words:
    handler: ./handlers/words.ts
    discovery: { strategy: manual }
    stages: [{ name: fetch, timeout: 300ms }, { name: count, retry: { max: 4, backoff: 1s..2m } }]
`;

function handlerWith({ fetch = 'return { words: item.text }', count = 'return { words: prev.fetch.words.split(" ").length }', top = '' }): string {
  return `import { handler, stage, z, Transient } from 'rivus';
${top}
const fetch = stage({ async run({ item, ctx }) { ${fetch} } });

const count = stage({
  needs: { fetch },
  async run({ prev, ctx }) {
    ${count}
  },
});
export default handler({ item: z.object({ text: z.string() }), stages: { fetch, count } });
`;
}

/** A project whose item "a" has been through both stages; `count` had found 3 words. Answers its data folder. */
function project(handler: Parameters<typeof handlerWith>[0] = {}): string {
  const root = tempFolder({ 'jobs.yaml': JOBS, 'handlers/words.ts': handlerWith(handler) });
  const data = path.join(root, 'data');
  const db = openStore(data);
  const desk = new Desk(db, jobSpec('words', { fetch: [], count: ['fetch'] }));
  db.exec(`INSERT INTO version (id, stage_id, bundle, prompts, model, config, schema, created_at) SELECT id, id, 'old', '', '', '', '', 0 FROM stage`);
  const [id] = desk.find('words', { key: 'a', data: { text: 'one two' } });
  desk.run('words', 'fetch', id!, done({ words: 'one two', at: 'yesterday' }));
  desk.run('words', 'count', id!, done({ words: 3 }), { version: 2 });
  desk.store.close();
  return data;
}

/** Everything that is stored, in a form that can be compared. */
function everything(data: string): string[] {
  const db = openStore(data, { readonly: true });
  const tables = db.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).pluck().all();
  const rows = tables.map((table) => `${table} ${JSON.stringify(db.prepare(`SELECT * FROM ${table}`).all())}`);
  db.close();
  return [...rows, ...fs.readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => !/rivus\.db/.test(name)).toSorted()];
}

/** What the attempt left behind for people is for them to delete; here it is not. */
function sweep(artifact: { path: string }): void {
  const folder = path.join(os.tmpdir(), path.relative(os.tmpdir(), artifact.path).split(path.sep)[0]!);
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
}

test('a stage is tried on stored outputs with the code as it is now, and differs from what is stored', async () => {
  const data = project();
  const [machine, human] = [await jobctl(data, ['try', 'words', 'count', '--item', 'a', '--json']), await jobctl(data, ['try', 'words', 'count', '--item', '1'])];
  expect(machine.code, machine.stdout).toBe(0);
  expect(machine.json()).toMatchObject({
    ok: true, job: 'words', stage: 'count', item: { id: 1, key: 'a' }, outcome: { kind: 'done' }, output: { words: 2 }, costUsd: 0,
    stored: { same: false, codeChanged: true, changes: [{ path: 'words', before: 3, after: 2 }] },
  });
  expect(human.stdout).toMatch(/^words count {2}a \(item 1\)\ndone in \d+ms\n {2}\{\n {4}"words": 2\n {2}\}\ndiffers from the stored output, which other code has made:\n {2}words: 3 → 2\n$/);
  expect(human.stderr).toBe('for a look: nothing was stored\n');
});

test('it says so when the output is the one that is stored', async () => {
  const data = project({ count: 'return { words: 3 }' });
  const run = await jobctl(data, ['try', 'words', 'count', '--item', 'a', '--json']);
  expect(run.json()).toMatchObject({ output: { words: 3 }, stored: { same: true, changes: [] } });
});

test('no folder is left where nothing was written', async () => {
  const data = project();
  const temp = tempFolder();
  await jobctl(data, ['try', 'words', 'count', '--item', 'a'], { env: { TMPDIR: temp } });
  await jobctl(data, ['try', 'words', 'nosuch', '--item', 'a'], { env: { TMPDIR: temp } });
  expect(fs.readdirSync(temp)).toEqual([]);
});

test('nothing is stored: no output, no cost, no artifact, no memory of ctx.once', async () => {
  const fetch = `ctx.cost.add(0.25); ctx.log.warn('look', { at: 1 }); await ctx.once('charge', () => 7);
    return { artifact: await ctx.artifacts.write('page.txt', item.text, { publish: true }) }`;
  const data = project({ fetch });
  const before = everything(data);
  const run = await jobctl(data, ['try', 'words', 'fetch', '--item', 'a', '--json']);
  const view = run.json<{ artifacts: { name: string; path: string }[] }>();
  sweep(view.artifacts[0]!);
  expect(view).toMatchObject({ ok: true, costUsd: 0.25, once: ['charge'], logs: [{ level: 'warn', message: 'look', facts: { at: 1 } }], artifacts: [{ name: 'page.txt', bytes: 7 }] });
  expect(fs.readFileSync(view.artifacts[0]!.path, 'utf8')).toBe('one two');
  expect(everything(data)).toEqual(before);
});

test('artifacts that are stored can be read', async () => {
  const data = project({ count: 'return ctx.artifacts.text(prev.fetch.hash)' });
  const { hash } = await createArtifacts(data).write('page.txt', 'from long ago');
  const run = await jobctl(data, ['try', 'words', 'count', '--item', 'a', '--prev', JSON.stringify({ fetch: { hash } }), '--json']);
  expect(run.json()).toMatchObject({ ok: true, output: 'from long ago' });
});

test('before anything was ever stored, the data and the outputs before are given by hand', async () => {
  const data = path.join(tempFolder({ 'jobs.yaml': JOBS, 'handlers/words.ts': handlerWith({}) }), 'data');
  const [first, second, without] = [
    await jobctl(data, ['try', 'words', 'fetch', '--with', '{"text":"a b"}', '--json']),
    await jobctl(data, ['try', 'words', 'count', '--with', '{"text":"a b"}', '--prev', '{"fetch":{"words":"a b c"}}', '--json']),
    await jobctl(data, ['try', 'words', 'count', '--with', '{"text":"a b"}']),
  ];
  expect([first.json().output, second.json().output]).toEqual([{ words: 'a b' }, { words: 3 }]);
  expect(first.json()).not.toHaveProperty('stored');
  expect(without.code).toBe(1);
  expect(without.stderr).toContain(`fetch has no output for this item: try that first, or give one by --prev '{"fetch": {…}}'`);
  expect(fs.existsSync(data)).toBe(false);
});

test('a failure shows the line of the handler, and what would follow', async () => {
  const data = project({ count: 'const parts: any = undefined;\n    return parts.length;' });
  const run = await jobctl(data, ['try', 'words', 'count', '--item', 'a']);
  expect(run.code).toBe(1);
  const [, head, follows, , place, , marked] = run.stdout.split('\n');
  expect(head).toMatch(/^failed after \d+ms: TypeError: Cannot read properties of undefined/);
  expect(follows).toBe('  code_bug: the job would be held until the code is mended');
  expect(place).toBe('handlers/words.ts:9:18');
  expect(marked).toBe('> 9  |     return parts.length;');
  expect(run.stdout).not.toContain('node_modules');
  expect(run.stdout).not.toContain('file://');
});

test('a failure that passes is said to be tried again, as often as jobs.yaml says', async () => {
  const data = project({ count: `throw new Transient('busy', { cause: new Error('below') })` });
  const run = await jobctl(data, ['try', 'words', 'count', '--item', 'a']);
  expect(run.stdout).toContain('  because Error: below\n  transient: it would be tried again, 4 times in all, 1s to 2m apart\n');
});

test('a stage that never ends is given up at its time-out, with what it has left behind', async () => {
  const data = project({ fetch: 'setInterval(() => {}, 1000); await new Promise(() => {})' });
  const run = await jobctl(data, ['try', 'words', 'fetch', '--item', 'a', '--json']);
  expect(run.code).toBe(1);
  expect(run.json()).toMatchObject({ ok: false, outcome: { kind: 'failed', class: 'transient', error: { message: 'the stage "fetch" took longer than 300 ms' } } });
});

test.each([
  ['blocks its process', 'for (;;);', 'the stage has blocked its process for longer than its time-out of 300ms\n  in the runner nothing else would go on meanwhile; `isolate: thread` contains it'],
  ['ends its process', 'process.exit(0)', 'the stage has ended its process (exit code 0)\n  in the runner that would end everything; `isolate: thread` contains it'],
])('a stage that %s is survived, and that is said', async (_what, fetch, message) => {
  const data = project({ fetch });
  const run = await jobctl(data, ['try', 'words', 'fetch', '--item', 'a']);
  expect(run.stderr).toContain(message);
  expect(run.code).toBe(1);
});

test('Ctrl-C ends also a stage that blocks its process', async () => {
  const data = project({ count: `ctx.log.info('waiting'); for (;;);` });
  const child = start(data, [path.resolve('runtime/jobctl.js'), 'try', 'words', 'count', '--item', 'a']);
  const over = ended(child);
  child.stderr.on('data', (chunk) => String(chunk).includes('waiting') && child.kill('SIGINT'));
  expect(await over).toMatchObject({ code: 1, stderr: expect.stringContaining('interrupted; the stage was blocking its process') });
});

test('Ctrl-C ends it', async () => {
  const data = project({ count: `ctx.log.info('waiting'); setInterval(() => {}, 1000); await new Promise(() => {})` });
  const child = start(data, [path.resolve('runtime/jobctl.js'), 'try', 'words', 'count', '--item', 'a']);
  const over = ended(child);
  child.stderr.on('data', (chunk) => String(chunk).includes('waiting') && child.kill('SIGINT'));
  expect(await over).toMatchObject({ code: 1, stdout: expect.stringContaining('interrupted after') });
});

test('what cannot be loaded, or is not there, is refused with the way out', async () => {
  const data = project({ top: `import { gone } from './gone.ts';`, count: 'return gone' });
  const runs = [
    await jobctl(data, ['try', 'words', 'count', '--item', 'a']),
    await jobctl(data, ['try', 'words', 'cuont', '--item', 'a']),
    await jobctl(data, ['try', 'wrds', 'count', '--item', 'a']),
    await jobctl(data, ['try', 'words', 'count', '--item', 'b']),
    await jobctl(data, ['try', 'words', 'count']),
    await jobctl(data, ['try', 'words', 'count', '--item', 'a', '--prev', '{"fech":1}']),
  ];
  expect(runs.map(({ code }) => code)).toEqual([1, 4, 4, 4, 2, 2]);
  const said = runs.map(({ stderr }) => stderr);
  expect(said[0]).toMatch(/handlers\/words\.ts:2:\d+ .*gone\.ts/);
  expect(said[1]).toContain('job "words" has no stage "cuont", did you mean "count"?');
  expect(said[2]).toContain('jobs.yaml has no job "wrds", did you mean "words"?');
  expect(said[3]).toContain('there is no item "b" in job "words"');
  expect(said[4]).toContain('npx jobctl try words count --item 1');
  expect(said[5]).toContain('--prev: job "words" has no stage "fech", did you mean "fetch"?');
});
