import { expect, test } from 'vitest';
import type { JobSpec } from '../../machines/spec.ts';
import { readAttemptLog } from '../../runtime/store/attempt-logs-view.ts';
import { simulated } from '../support/simulated-runtime.ts';
import { done, jobSpec } from '../support/store.ts';

const stageOf = (change: Partial<JobSpec['stages'][number]> = {}): JobSpec => {
  const job = jobSpec('watch', { fetch: [] });
  return { ...job, stages: job.stages.map((stage) => ({ ...stage, concurrency: 1, timeoutMs: 1_000, retry: { max: 3, baseMs: 1_000, capMs: 1_000 }, ...change })) };
};

test('an attempt that is over time is told to end, and its task is tried again', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  const reasons: unknown[] = [];
  run.handle['fetch'] = ({ attempt }, signal) => {
    if (attempt > 1) return done({ attempt });
    return new Promise((resolve) => signal.addEventListener('abort', () => (reasons.push(signal.reason.name), resolve())));
  };
  await run.add('watch', 'a');
  await run.time.pass(999);
  expect(reasons).toEqual([]);
  await run.time.pass(1);
  expect(reasons).toEqual(['TimeoutError']);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'waiting', tries: 1, attempts: [{ outcome: 'failed', class: 'transient', error: expect.stringContaining('longer than 1000 ms') }] });
  await run.time.pass(1_000);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'done', attempt: 2 });
});

test('what an attempt had said when its time was over is stored with its failure', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  run.handle['fetch'] = (claim) => {
    if (claim.attempt === 1) run.logs.set(claim, { lines: [{ at: 1, level: 'info', message: 'asking' }], linesLost: 0, calls: [{ at: 2, method: 'GET', url: 'https://example.org', ms: null }], callsLost: 0 });
    return new Promise(() => {});
  };
  await run.add('watch', 'a');
  await run.time.pass(1_000);
  expect(readAttemptLog(run.db, { item: 1, stage: 'fetch', attempt: 1 })).toMatchObject({ lines: [{ message: 'asking' }], calls: [{ ms: null }] });
});

test('what a timed-out attempt says too late is refused by the fence, and counted', async () => {
  const run = await simulated({ jobs: [stageOf({ concurrency: 2 })] });
  const late = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  run.handle['fetch'] = async ({ attempt }) => {
    await (attempt === 1 ? late : second).promise;
    return done({ attempt });
  };
  await run.add('watch', 'a');
  await run.time.pass(1_750);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'running', attempt: 2 });
  late.resolve();
  await run.time.pass(250);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'running', attempt: 2 });
  expect(run.context('job/watch/stage/fetch')).toMatchObject({ refused: 1, ended: 1, failed: 1 });
  second.resolve();
  await run.time.settle();
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'done', attempt: 2 });
  expect(run.alive.store.outputs.ofItem(1, ['fetch'])).toEqual({ fetch: '{"attempt":2}' });
});

test('a handler that does not end keeps its slot for ten seconds more, and no longer', async () => {
  const run = await simulated({ jobs: [stageOf({ retry: { max: 1, baseMs: 1, capMs: 1 } })] });
  run.handle['fetch'] = ({ key }) => (key === 'stuck' ? new Promise(() => {}) : undefined);
  await run.add('watch', 'stuck', 'next');
  await run.time.pass(10_999);
  expect(run.keys('fetch')).toEqual(['stuck']);
  expect(run.context('job/watch/stage/fetch')).toMatchObject({ running: 1, zombies: 1 });
  await run.time.pass(1);
  expect(run.keys('fetch')).toEqual(['stuck', 'next']);
});

test('a handler that ends after its time-out gives its slot back at once', async () => {
  const run = await simulated({ jobs: [stageOf({ retry: { max: 1, baseMs: 1, capMs: 1 } })] });
  run.handle['fetch'] = ({ key }) => (key === 'late' ? run.sleep(3_000) : undefined);
  await run.add('watch', 'late', 'next');
  await run.time.pass(2_999);
  expect(run.keys('fetch')).toEqual(['late']);
  await run.time.pass(1);
  expect(run.keys('fetch')).toEqual(['late', 'next']);
  expect(run.tasks('watch', 'fetch')).toEqual({ failed: 1, done: 1 });
});

test('each attempt has its own deadline, and a shorter time-out counts for those that start after it', async () => {
  const run = await simulated({ jobs: [stageOf({ concurrency: 2, timeoutMs: 10_000, retry: { max: 1, baseMs: 1, capMs: 1 } })] });
  run.handle['fetch'] = () => new Promise(() => {});
  await run.add('watch', 'first');
  await run.time.pass(1_000);
  await run.reload(stageOf({ concurrency: 2, timeoutMs: 2_000, retry: { max: 1, baseMs: 1, capMs: 1 } }));
  await run.add('watch', 'second');
  await run.time.pass(2_000);
  expect(run.task('watch', 'second', 'fetch')).toMatchObject({ state: 'failed', reason: expect.stringContaining('longer than 2000 ms') });
  expect(run.task('watch', 'first', 'fetch')).toMatchObject({ state: 'running' });
  await run.time.pass(7_000);
  expect(run.task('watch', 'first', 'fetch')).toMatchObject({ state: 'failed', reason: expect.stringContaining('longer than 10000 ms') });
});
