import { expect, test } from 'vitest';
import { openStore } from '../../runtime/store/open.ts';
import { oneStage } from '../support/one-stage.ts';
import { RunnerProcess } from '../support/runner-process.ts';

const blocking = (body: string) => `run: async ({ ctx }) => { if (ctx.item.key.startsWith('good')) return 1; ctx.log.info('bad begins'); await null;\n  ${body} }`;

test('while a handler blocks the event loop, job, stage, item and place are said; and when it is over, for how long', async () => {
  const runner = new RunnerProcess(oneStage(blocking('for (const end = Date.now() + 2500; Date.now() < end; ); return 1;'), { items: ['bad'] }));
  const line = await runner.said(/has kept everything waiting/);
  expect(line).toMatch(/ERROR job "work" stage "only" item "bad.*" has kept everything waiting for 1\.\d s at handlers\/work\.ts:4:\d+; a stage with `isolate: thread` would wait alone/);
  expect(await runner.said(/WARN .* kept everything waiting/)).toMatch(/item "bad.*" kept everything waiting for 2\.\d s \{"place":"handlers\/work\.ts:4:/);
  expect(await runner.stop()).toBe(0);
}, 30_000);

test.each([
  ['a regular expression', "return /^(a+)+$/.test('a'.repeat(31) + 'b');"],
  ['a loop without a body', 'for (;;);'],
])('%s that does not end is named as well', async (_what, body) => {
  const runner = new RunnerProcess(oneStage(blocking(body), { items: ['bad'] }));
  expect(await runner.said(/has kept everything waiting/)).toMatch(/job "work" stage "only" item "bad.*" has kept/);
  runner.child.kill('SIGKILL');
  await runner.ended();
}, 30_000);

test('a process that was stopped for a while was not blocked by anybody', async () => {
  const runner = new RunnerProcess(oneStage('run: () => 1'));
  await runner.said(/only 1\/1/);
  runner.child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  runner.child.kill('SIGCONT');
  expect(await runner.stop()).toBe(0);
  expect(runner.lines.filter((line) => line.includes('waiting for'))).toEqual([]);
}, 30_000);

test('an item that loops for ever is killed with its runner, again and again, until it is dead; its neighbours are done', async () => {
  const folder = oneStage(blocking('for (;;);'), { items: ['bad', 'good-1', 'good-2', 'good-3'], stage: 'concurrency: 4' });
  const states = (dataDir: string) => {
    const db = openStore(dataDir, { readonly: true });
    const rows = db.prepare('SELECT key, state, crash, tries FROM task JOIN item ON item.id = item_id ORDER BY key').all() as { key: string; state: number; crash: number }[];
    db.close();
    return Object.fromEntries(rows.map(({ key, state, crash }) => [key.split('@')[0], { state, crash }]));
  };
  let kills = 0;
  let last: ReturnType<typeof states>;
  for (;;) {
    const runner = new RunnerProcess(folder);
    const line = await runner.said(/has kept everything waiting|only 4\/4|\(1 failed\)/);
    if (!line.includes('has kept')) {
      expect(await runner.stop()).toBe(0);
      last = states(runner.dataDir);
      break;
    }
    runner.child.kill('SIGKILL');
    await runner.ended();
    kills += 1;
    if (kills > 8) throw new Error(`still not dead: ${JSON.stringify(states(runner.dataDir))}`);
  }
  expect(last).toMatchObject({ bad: { state: 8 }, 'good-1': { state: 4 }, 'good-2': { state: 4 }, 'good-3': { state: 4 } });
  expect(kills).toBeLessThanOrEqual(5);
}, 90_000);
