import { expect, test } from 'vitest';
import { simulated } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const twoStages = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const oneByOne = { ...twoStages, stages: twoStages.stages.map((stage) => ({ ...stage, concurrency: 1 })) };
const LIFECYCLE = 'job/watch/lifecycle';

test('a paused job finishes what is in flight and starts nothing', async () => {
  const run = await simulated({ jobs: [oneByOne] });
  run.handle['fetch'] = () => run.sleep(1_000);
  await run.add('watch', 'a', 'b');
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch' });
  await run.time.pass(60_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1, done: 1 });
  expect(run.tasks('watch', 'extract')).toEqual({ ready: 1, blocked: 1 });
  expect(['fetch', 'extract'].map((stage) => run.value(`job/watch/stage/${stage}`))).toEqual(['held', 'held']);
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await run.time.pass(1_000);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 2 });
});

test('a pause that is given together with new work comes first', async () => {
  const run = await simulated({ jobs: [oneByOne] });
  void run.alive.ledger.found('watch', [{ key: 'a', data: {} }]);
  run.actor(LIFECYCLE).send({ type: 'PAUSE', reason: 'lunch', at: run.time.now } as never);
  await run.time.settle();
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1 });
});

test('a pause with an end ends by itself, on time, and work goes on', async () => {
  const run = await simulated({ jobs: [oneByOne] });
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'market closed', until: run.time.now + 90_000 });
  await run.add('watch', 'a');
  await run.time.pass(89_999);
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1 });
  expect(run.row('watch')).toMatchObject({ claiming: false, holds: { operator: { reason: 'market closed' } } });
  await run.time.pass(1);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
  expect(run.row('watch')).toMatchObject({ claiming: true, holds: {} });
});

test('a job that drains says so until nothing is in flight, and is drained then', async () => {
  const run = await simulated({ jobs: [oneByOne] });
  run.handle['fetch'] = () => run.sleep(1_000);
  await run.add('watch', 'a', 'b');
  await run.send(LIFECYCLE, { type: 'DRAIN' });
  await run.time.pass(999);
  expect(run.value(LIFECYCLE)).toMatchObject({ drain: 'draining' });
  await run.time.pass(300);
  expect(run.value(LIFECYCLE)).toMatchObject({ drain: 'drained' });
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1, done: 1 });
  expect(run.keys('extract')).toEqual([]);
});

test('a job with nothing in flight is drained at once, and RESUME lets it flow', async () => {
  const run = await simulated({ jobs: [oneByOne] });
  await run.send(LIFECYCLE, { type: 'DRAIN' });
  expect(run.value(LIFECYCLE)).toMatchObject({ drain: 'drained' });
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1 });
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('a job that was killed while it drained is drained after the restart', async () => {
  const run = await simulated({ jobs: [oneByOne] });
  run.handle['fetch'] = () => run.sleep(1_000);
  await run.add('watch', 'a', 'b');
  await run.time.pass(300);
  await run.send(LIFECYCLE, { type: 'DRAIN' });
  run.kill();
  await run.boot();
  await run.time.pass(300);
  expect(run.value(LIFECYCLE)).toMatchObject({ drain: 'drained' });
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 2 });
});

test('after a kill nobody is thought to be at work who is not', async () => {
  const run = await simulated({ jobs: [oneByOne] });
  run.handle['fetch'] = () => run.sleep(10_000);
  await run.add('watch', 'a');
  await run.time.pass(300);
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch' });
  expect(run.context('job/watch/stage/fetch')).toMatchObject({ running: 1 });
  run.kill();
  await run.boot();
  await run.time.pass(300);
  expect(run.context('job/watch/stage/fetch')).toMatchObject({ running: 0 });
  expect(run.context('job/watch').running).toMatchObject({ fetch: 0 });
});

test('until the work may begin nothing is claimed, and then what a pause does not hold', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }), jobSpec('other', { fetch: [] })] });
  run.alive.ledger.waitToBegin();
  await run.add('watch', 'a');
  await run.add('other', 'b');
  await run.time.pass(60_000);
  expect([run.tasks('watch', 'fetch'), run.tasks('other', 'fetch')]).toEqual([{ ready: 1 }, { ready: 1 }]);
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  run.alive.ledger.begin();
  await run.time.pass(1_000);
  expect([run.tasks('watch', 'fetch'), run.tasks('other', 'fetch')]).toEqual([{ ready: 1 }, { done: 1 }]);
});
