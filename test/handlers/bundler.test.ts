import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { bundleStage } from '../../runtime/handlers/bundle.ts';
import { Bundler } from '../../runtime/handlers/bundler.ts';
import { ManualClock } from '../support/handlers.ts';
import { tempFolder } from '../support/temp.ts';

const HANDLER = `import { handler, stage } from 'rivus';\nimport prompt from './prompt.md';\nconst work = stage({ async run() { return { prompt }; } });\nexport default handler({ stages: { work } });\n`;
const project = (text = HANDLER) => fs.realpathSync(tempFolder({ 'handlers/job.ts': text, 'handlers/prompt.md': 'Be brief.' }));

function bundler(clock = new ManualClock()) {
  const made = new Bundler(clock);
  onTestFinished(() => made.close());
  return made;
}

/** Pids of the bundlers that this process has started. */
const children = (): number[] => {
  const list = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return list.split('\n').filter((line) => line.includes('bundler-process')).map((line) => Number(/\d+/.exec(line)![0]));
};

test('a bundle made in a process of its own is the one that would be made here', async () => {
  const root = project();
  expect(await bundler().bundle(root, 'handlers/job.ts', 'work')).toEqual(await bundleStage(root, 'handlers/job.ts', 'work'));
});

test('a mistake arrives with its place and with the files to watch', async () => {
  const root = project('export default nonsense(\n');
  const here = await bundleStage(root, 'handlers/job.ts', 'work').catch((error: unknown) => error);
  const there = await bundler().bundle(root, 'handlers/job.ts', 'work').catch((error: unknown) => error);
  expect(there).toMatchObject({ name: 'BundleError', message: (here as Error).message, sources: (here as { sources: string[] }).sources });
});

test('many are made at once, each for who asked for it', async () => {
  const roots = ['a', 'b', 'c', 'd'].map((name) => project(HANDLER.replace('return { prompt }', `return { prompt, name: '${name}' }`)));
  const one = bundler();
  const made = await Promise.all(roots.map((root) => one.bundle(root, 'handlers/job.ts', 'work')));
  expect(made.map(({ code }) => /name:[`"'](\w)/.exec(code)?.[1])).toEqual(['a', 'b', 'c', 'd']);
});

test('of what is asked for at once the last is there first, so that no stage runs ahead of those behind it', async () => {
  const one = bundler();
  const root = project("import { handler, stage } from 'rivus';\nconst [a, b, c] = [1, 2, 3].map((n) => stage({ run: () => n }));\nexport default handler({ stages: { a, b, c } });\n");
  const order: string[] = [];
  await Promise.all(['a', 'b', 'c'].map((stage) => one.bundle(root, 'handlers/job.ts', stage).then(() => order.push(stage))));
  expect(order).toEqual(['c', 'b', 'a']);
});

test('the process goes when it has been idle, and comes back when it is asked again', async () => {
  const clock = new ManualClock();
  const one = bundler(clock);
  const root = project();
  await one.bundle(root, 'handlers/job.ts', 'work');
  const [first] = children();
  clock.advance(4_999);
  expect(children()).toEqual([first]);
  clock.advance(1);
  await expect.poll(children).toEqual([]);
  await one.bundle(root, 'handlers/job.ts', 'work');
  expect(children()).not.toContain(first);
});

test('what a process had not answered when it died is asked of another one', async () => {
  const one = bundler();
  const root = project();
  const asked = one.bundle(root, 'handlers/job.ts', 'work');
  process.kill(children()[0]!, 'SIGKILL');
  expect((await asked).hash).toMatch(/^[0-9a-f]{64}$/);
});

test('what kills every process that tries it is given up', async () => {
  const one = bundler();
  const root = project();
  const asked = one.bundle(root, 'handlers/job.ts', 'work').catch((error: unknown) => error);
  const [first] = children();
  process.kill(first!, 'SIGKILL');
  await expect.poll(() => children().find((pid) => pid !== first)).toBeDefined();
  process.kill(children().find((pid) => pid !== first)!, 'SIGKILL');
  expect(await asked).toMatchObject({ name: 'BundleError', message: 'the bundler ended with SIGKILL on handlers/job.ts' });
});
