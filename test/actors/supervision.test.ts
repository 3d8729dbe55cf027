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

test('deaths of different children count together, and the reason names each of them', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, max: 3 } }] });
  for (const child of ['stage/fetch', 'discovery', 'stage/fetch', 'stage/extract']) {
    expect(run.holds('watch')).toEqual({});
    await fail(run, `job/watch/${child}`);
    await run.time.pass(1_000);
  }
  expect(run.holds('watch')).toEqual({ supervision: 'stage/extract is the last of 4 deaths in 60 s (stage/fetch 2, discovery 1, stage/extract 1): Error: out of order' });
});

test('children that die one after the other while one of them waits for its restart are too many as well', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, max: 2 } }] });
  for (const child of ['stage/fetch', 'discovery', 'stage/extract']) await fail(run, `job/watch/${child}`);
  expect(run.holds('watch')).toHaveProperty('supervision');
  await run.time.pass(60_000);
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('a job that allows no restart is held by the first death', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, max: 0 } }] });
  await fail(run, 'job/watch/stage/fetch');
  expect(run.holds('watch')).toEqual({ supervision: 'stage/fetch died: Error: out of order' });
});

test('what was resumed has all its restarts again', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, max: 1 } }] });
  for (let round = 0; round < 3; round++) {
    await fail(run, 'job/watch/stage/fetch');
    await run.time.pass(1_000);
    expect(run.holds('watch')).toEqual({});
    await fail(run, 'job/watch/stage/fetch');
    expect(run.holds('watch')).toHaveProperty('supervision');
    await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  }
  expect(run.context('job/watch').restarts.histories['stage/fetch']).toMatchObject({ restarts: 6 });
});

test('a child that waits for its restart does not wait longer because another one dies', async () => {
  const run = await simulated({ jobs: [watch] });
  await fail(run, 'job/watch/stage/fetch');
  await run.time.pass(49);
  await fail(run, 'job/watch/discovery');
  await run.time.pass(51);
  expect(run.alive.tree.actor('job/watch/stage/fetch')?.getSnapshot().status).toBe('active');
});

test('what died of one cause in one moment does not start again in one moment', async () => {
  const run = await simulated({ jobs: [watch] });
  const children = ['lifecycle', 'discovery', 'stage/fetch', 'stage/extract'];
  for (const child of children) await fail(run, `job/watch/${child}`);
  const dues = run.context('job/watch').restarts.down.map(({ at }: { at: number }) => at - run.time.now);
  expect(new Set(dues).size).toBeGreaterThan(1);
  for (const due of dues) expect(due).toBeGreaterThanOrEqual(50);
  for (const due of dues) expect(due).toBeLessThanOrEqual(100);
});

test('a reload starts nothing before its time, and nothing that was given up', async () => {
  const run = await simulated({ jobs: [watch] });
  await fail(run, 'job/watch/stage/fetch');
  await run.reload({ ...watch, restart: { ...watch.restart, max: 0 } });
  expect(run.alive.tree.actor('job/watch/stage/fetch')).toBeUndefined();
  await run.time.pass(100);
  await fail(run, 'job/watch/stage/fetch');
  await run.reload(watch);
  await run.time.pass(600_000);
  expect(run.alive.tree.actor('job/watch/stage/fetch')).toBeUndefined();
});

test('a stage that jobs.yaml has no more is forgotten, also while it waits for its restart', async () => {
  const run = await simulated({ jobs: [watch] });
  await fail(run, 'job/watch/stage/extract');
  await run.reload({ ...watch, stages: watch.stages.slice(0, 1) });
  await run.time.pass(600_000);
  expect(run.value('job/watch')).toBe('steady');
  expect(run.context('job/watch').restarts).toMatchObject({ down: [], histories: {} });
});

test('a hold that is placed while the lifecycle is being started again is in force at once and not lost', async () => {
  const run = await simulated({ jobs: [watch], handle: { fetch: () => ({ kind: 'failed', class: 'systemic', error: { name: 'Error', message: '401' } }) } });
  await fail(run, 'job/watch/lifecycle');
  await run.add('watch', 'a', 'b');
  const asked = run.started.length;
  expect(run.row('watch')).toMatchObject({ claiming: false, holds: { breaker: { reason: expect.stringMatching(/systemic failures in a row at fetch: Error: 401$/) } } });
  await run.time.pass(60_000);
  expect(run.value('job/watch/lifecycle')).toMatchObject({ pause: { paused: expect.any(String) } });
  // One more is the probe of the breaker.
  expect([run.holds('watch'), run.started.length]).toEqual([{ breaker: 'a systemic failure at fetch: Error: 401' }, asked + 1]);
});

test('a lifecycle that dies too often holds its job, comes back held, and can be resumed', async () => {
  const run = await simulated({ jobs: [watch] });
  for (let n = 0; n <= MAX; n++) {
    await fail(run, 'job/watch/lifecycle');
    if (n < MAX) await run.time.pass(100 * 2 ** n);
  }
  expect(run.alive.tree.actor('job/watch/lifecycle')).toBeUndefined();
  expect(run.row('watch')).toMatchObject({ claiming: false, holds: { supervision: { reason: 'lifecycle died 6 times in 60 s: Error: out of order' } } });
  await run.add('watch', 'a');
  await run.time.pass(10_000);
  expect([run.holds('watch'), run.tasks('watch', 'fetch')]).toEqual([{ supervision: expect.stringContaining('lifecycle died') }, { ready: 1 }]);
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect([run.holds('watch'), run.tasks('watch', 'extract')]).toEqual([{}, { done: 1 }]);
});

test('what holds a job that was given up survives the process', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, max: 0 } }] });
  await fail(run, 'job/watch/stage/fetch');
  run.kill();
  await run.boot();
  await run.add('watch', 'a');
  await run.time.pass(600_000);
  expect([run.holds('watch'), run.alive.tree.actor('job/watch/stage/fetch')]).toEqual([{ supervision: 'stage/fetch died: Error: out of order' }, undefined]);
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('what a job has that is no machine is started again as well', async () => {
  const run = await simulated({ jobs: [{ ...watch, requires: { env: ['KEY'], bin: [] } }], env: { KEY: 'x' } });
  await run.send('job/watch', { type: 'xstate.error.actor.requirements', actorId: 'requirements', error: { name: 'Error', message: 'out of order' } });
  await run.time.pass(100);
  delete run.env['KEY'];
  await run.time.pass(60_000);
  expect(run.holds('watch')).toEqual({ requirement: 'requirement: KEY is not set' });
});

test('what reads jobs.yaml is started again however often it dies', async () => {
  const run = await simulated({ jobs: [watch] });
  for (let n = 0; n < 4 * MAX; n++) {
    await fail(run, 'config');
    await run.time.pass(10_000);
  }
  await run.reload(watch, other);
  await run.add('other', 'a');
  expect(run.tasks('other', 'fetch')).toEqual({ done: 1 });
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

test('deaths of one job do not count against another', async () => {
  const run = await simulated({ jobs: [watch, other] });
  for (let n = 0; n < MAX; n++) {
    await failJob(run, 'watch');
    await failJob(run, 'other');
    await run.time.pass(100 * 2 ** n);
  }
  expect([run.holds('watch'), run.holds('other')]).toEqual([{}, {}]);
});

test('a job that is held because it died too often is held in its row while it is not there, and can be resumed when it is', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, max: 0 } }] });
  await failJob(run, 'watch');
  expect(run.alive.tree.actor('job/watch')).toBeUndefined();
  expect(run.row('watch')).toMatchObject({ claiming: false, holds: { supervision: { reason: expect.stringContaining('the job died: TypeError') } } });
  await run.time.pass(60_000);
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1 });
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
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
