import { expect, test } from 'vitest';
import { DEFAULT_RESTART } from '../../machines/restarts.ts';
import { simulated, type SimulatedRuntime, type Work } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const other = jobSpec('other', { fetch: [] });
const { max: MAX } = DEFAULT_RESTART;
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);

/** An actor ends as it does when something below it, or it itself, has thrown. */
const fail = (run: SimulatedRuntime, path: string) => run.send(path, { type: 'xstate.error.actor.test', actorId: 'test', error: { name: 'Error', message: 'out of order' } });
/** A job ends by throwing: it cannot follow what is no specification. */
const failJob = (run: SimulatedRuntime, job: string) => run.send(`job/${job}`, { type: 'spec.changed', spec: null });
const inits = (run: SimulatedRuntime, path: string) => run.journal(path).filter(({ type }) => type === 'xstate.init').length;

test.each(['stage/fetch', 'discovery', 'lifecycle'])('a %s that dies is started again after a moment, and its siblings do not notice', async (child) => {
  const run = await simulated({ jobs: [watch, other] });
  const before = run.actor(`job/watch/${child}`);
  const sibling = run.actor('job/watch/stage/extract');
  await fail(run, `job/watch/${child}`);
  expect(run.value('job/watch')).toBe('restarting');
  await run.time.pass(100);
  expect(run.value('job/watch')).toBe('steady');
  expect(run.actor(`job/watch/${child}`)).not.toBe(before);
  expect(run.actor('job/watch/stage/extract')).toBe(sibling);
  expect(inits(run, `job/watch/${child}`)).toBe(2);
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('a stage that died runs what its predecessor had begun no second time', async () => {
  const run = await simulated({ jobs: [watch], handle: { fetch: slowly } });
  await run.add('watch', 'a');
  await fail(run, 'job/watch/stage/fetch');
  await run.time.pass(2_000);
  expect(run.keys('fetch')).toEqual(['a']);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('what a stage that died has in flight keeps its slots until it ends', async () => {
  const narrow = { ...watch, stages: watch.stages.map((stage) => ({ ...stage, concurrency: 2, resources: ['registry'] })) };
  const run = await simulated({ jobs: [narrow], resources: { registry: 3 }, handle: { fetch: slowly } });
  await run.add('watch', 'a', 'b', 'c', 'd', 'e');
  await run.time.pass(500);
  await fail(run, 'job/watch/stage/fetch');
  await run.time.pass(10_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 5 });
  expect(run.most).toMatchObject({ 'watch/fetch': 2, registry: 3 });
});

test('what a stage that died has in flight and does not end is given up at its deadline', async () => {
  const run = await simulated({ jobs: [watch], handle: { fetch: ({ attempt }) => (attempt === 1 ? new Promise(() => {}) : undefined) } });
  await run.add('watch', 'a');
  await fail(run, 'job/watch/stage/fetch');
  await run.time.pass(59_999);
  expect(run.tasks('watch', 'fetch')).toEqual({ running: 1 });
  await run.time.pass(10_000);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'done', attempt: 2, attempts: [{ class: 'transient' }] });
});

test('a lifecycle that is started again still knows what holds the job', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 60_000 });
  await fail(run, 'job/watch/lifecycle');
  await run.add('watch', 'a');
  await run.time.pass(59_999);
  expect(run.holds('watch')).toEqual({ operator: 'lunch' });
  expect(run.keys('fetch')).toEqual([]);
  await run.time.pass(1);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('a lifecycle that is started again still drains', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'DRAIN' });
  await fail(run, 'job/watch/lifecycle');
  await run.time.pass(1_000);
  await run.add('watch', 'a');
  expect(run.value('job/watch/lifecycle')).toMatchObject({ drain: 'drained' });
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1 });
});

test('children that are started again in a held job are held', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await fail(run, 'job/watch/discovery');
  await fail(run, 'job/watch/stage/fetch');
  await run.time.pass(1_000);
  expect(['discovery', 'stage/fetch'].map((child) => run.value(`job/watch/${child}`))).toEqual(['held', 'held']);
});

test('a child that dies too often holds its job, and RESUME starts it again', async () => {
  const run = await simulated({ jobs: [watch] });
  for (let n = 1; n <= MAX; n++) {
    await fail(run, 'job/watch/stage/fetch');
    await run.time.pass(100 * 2 ** (n - 1));
  }
  expect(run.holds('watch')).toEqual({});
  await fail(run, 'job/watch/stage/fetch');
  expect(run.holds('watch')).toEqual({ supervision: 'stage/fetch died 6 times in 60 s: Error: out of order' });
  await run.time.pass(600_000);
  expect(run.alive.tree.actor('job/watch/stage/fetch')).toBeUndefined();
  await run.add('watch', 'a');
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('deaths that lie a minute apart are forgiven', async () => {
  const run = await simulated({ jobs: [watch] });
  for (let n = 0; n < 2 * MAX; n++) {
    await fail(run, 'job/watch/stage/fetch');
    await run.time.pass(60_000);
  }
  expect(run.holds('watch')).toEqual({});
});

test('a child that dies while another waits for its restart is started again with it', async () => {
  const run = await simulated({ jobs: [watch] });
  await fail(run, 'job/watch/stage/fetch');
  await run.time.pass(50);
  await fail(run, 'job/watch/discovery');
  await run.time.pass(200);
  expect(run.value('job/watch')).toBe('steady');
  expect(['discovery', 'stage/fetch'].map((child) => run.alive.tree.actor(`job/watch/${child}`)?.getSnapshot().status)).toEqual(['active', 'active']);
});

test('code that cannot be loaded holds the job with the reason, and RESUME tries again', async () => {
  const run = await simulated({ jobs: [other] });
  run.unloadable.set('watch/extract', 'extract.ts:3:7 Unexpected token');
  await run.reload(watch, other);
  expect(run.holds('watch')).toEqual({ supervision: 'stage "extract" cannot be loaded: extract.ts:3:7 Unexpected token' });
  expect(run.context('job/watch/stage/extract').unloadable).toBe('extract.ts:3:7 Unexpected token');
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect(run.holds('watch')).toHaveProperty('supervision');
  run.unloadable.clear();
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('code that is saved with a mistake leaves what is loaded at work, and says so until it is mended', async () => {
  const run = await simulated({ jobs: [watch] });
  run.unloadable.set('watch/extract', 'extract.ts:3:7 Unexpected token');
  await run.saved('watch', 'extract');
  expect(run.holds('watch')).toEqual({});
  expect(run.context('job/watch/stage/extract').unloadable).toBe('extract.ts:3:7 Unexpected token');
  expect(run.warnings).toEqual(['job "watch" stage "extract" goes on with the code that it has: extract.ts:3:7 Unexpected token']);
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
  run.unloadable.clear();
  await run.saved('watch', 'extract');
  expect(run.context('job/watch/stage/extract').unloadable).toBeNull();
});

test('a job that is held for its code goes on by itself when the file is mended', async () => {
  const run = await simulated({ jobs: [other] });
  run.unloadable.set('watch/extract', 'extract.ts:3:7 Unexpected token');
  await run.reload(watch, other);
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'extract')).toEqual({ blocked: 1 });
  run.unloadable.clear();
  await run.saved('watch', 'extract');
  expect(run.holds('watch')).toEqual({});
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

// ---------------------------------------------------------------- jobs

test('a job that dies is started again with all below it, and no other job notices', async () => {
  const run = await simulated({ jobs: [watch, other] });
  const sibling = run.actor('job/other');
  await failJob(run, 'watch');
  await run.time.pass(100);
  expect(run.value('supervisor')).toEqual({ running: 'steady' });
  expect(run.actor('job/other')).toBe(sibling);
  expect(inits(run, 'job/watch')).toBe(2);
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('a job that dies leaves no worker behind', async () => {
  const run = await simulated({ jobs: [watch], handle: { fetch: slowly } });
  await run.add('watch', 'a');
  const orphans = ['lifecycle', 'discovery', 'stage/fetch', 'stage/extract'].map((child) => run.actor(`job/watch/${child}`));
  await failJob(run, 'watch');
  expect(orphans.map((actor) => actor.getSnapshot().status)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
});

test('a job that is started again still knows what holds it, and that it drains', async () => {
  const run = await simulated({ jobs: [watch, other] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.send('job/other/lifecycle', { type: 'DRAIN' });
  await failJob(run, 'watch');
  await failJob(run, 'other');
  await run.time.pass(1_000);
  await run.add('watch', 'a');
  await run.add('other', 'a');
  expect(run.holds('watch')).toEqual({ operator: 'lunch' });
  expect([run.tasks('watch', 'fetch'), run.tasks('other', 'fetch')]).toEqual([{ ready: 1 }, { ready: 1 }]);
});

test('a job that dies too often is held when it is started again', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  for (let n = 0; n <= MAX; n++) {
    await failJob(run, 'watch');
    await run.time.pass(100 * 2 ** n);
  }
  expect(run.holds('watch')).toEqual({ operator: 'lunch', supervision: expect.stringContaining('the job died 6 times in 60 s: TypeError') });
});

test('a job that dies while the runner stops ends nobody else', async () => {
  const run = await simulated({ jobs: [watch, other], handle: { 'other/fetch': slowly } });
  await run.add('other', 'a');
  run.actor('supervisor').send({ type: 'STOP', at: run.time.now } as never);
  await failJob(run, 'watch');
  await run.time.pass(1_000);
  expect(run.tasks('other', 'fetch')).toEqual({ done: 1 });
  expect(run.actor('supervisor').getSnapshot().status).toBe('active');
});
