/** Clocks that are set, and processes that stand still: what lasts is measured by one clock, what is due is told by either. */
import { expect, test } from 'vitest';
import type { JobSpec } from '../../machines/spec.ts';
import { simulated } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const LIFECYCLE = 'job/watch/lifecycle';

const stageOf = (change: Partial<JobSpec['stages'][number]> = {}): JobSpec => {
  const job = jobSpec('watch', { fetch: [] }, { discovery: { strategy: 'manual', everyMs: HOUR, options: {} } });
  return { ...job, stages: job.stages.map((stage) => ({ ...stage, concurrency: 5, timeoutMs: 10_000, ...change })) };
};

test.each([['a year forward', YEAR], ['two hours back', -2 * HOUR]])('a clock that is set %s ends no attempt early and lets none go on for longer', async (_, forward) => {
  const run = await simulated({ jobs: [stageOf({ retry: { max: 1, baseMs: 1, capMs: 1 } })] });
  const slow = Promise.withResolvers<void>();
  run.handle['fetch'] = ({ key }) => (key === 'slow' ? slow.promise : new Promise(() => {}));
  await run.add('watch', 'slow', 'stuck');
  await run.time.pass(5_000);
  run.time.setClock(forward);
  await run.time.pass(4_999);
  expect(run.tasks('watch', 'fetch')).toEqual({ running: 2 });
  slow.resolve();
  await run.time.pass(1);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 1, failed: 1 });
  expect(run.task('watch', 'stuck', 'fetch').attempts.map(({ startedAt, finishedAt }) => finishedAt! - startedAt)).toEqual([10_000]);
});

test('a pause that ends at a time of day ends then, also when the clock is set forward past it', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'market closed', until: run.time.now + 3 * HOUR });
  run.time.setClock(4 * HOUR);
  await run.time.settle();
  expect(run.row('watch').claiming).toBe(true);
});

test('set back, the same pause ends at its time of day and not before', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  const until = run.time.now + 3 * HOUR;
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'market closed', until });
  run.time.setClock(-2 * HOUR);
  await run.time.pass(5 * HOUR - 1);
  expect(run.row('watch').claiming).toBe(false);
  await run.time.pass(1);
  expect([run.row('watch').claiming, run.time.now]).toEqual([true, until]);
});

test('after a year in one moment each source is read once, not once for each time that was missed', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  const polls = () => run.journal('job/watch/discovery').filter(({ type }) => type === 'discovery.polled' || type.startsWith('xstate.after')).length;
  await run.time.pass(1_000);
  const before = polls();
  run.time.setClock(YEAR);
  await run.time.pass(1_000);
  expect(polls() - before).toBeLessThanOrEqual(2);
  expect(polls()).toBeGreaterThan(before);
});

test('what waits to be tried again is late by no more than the clock was set back', async () => {
  const run = await simulated({ jobs: [stageOf({ retry: { max: 2, baseMs: 60_000, capMs: 60_000 } })] });
  run.handle['fetch'] = ({ attempt }) => (attempt === 1 ? failed('transient') : undefined);
  await run.add('watch', 'a');
  run.time.setClock(-2 * HOUR);
  await run.time.pass(2 * HOUR + 60_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 1 });
});

test('summaries go on when the clock is set back', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  await run.add('watch', 'a');
  await run.time.pass(1_000);
  run.time.setClock(-2 * HOUR);
  await run.add('watch', 'b');
  await run.time.pass(1_000);
  expect(run.context('job/watch/stage/fetch')).toMatchObject({ running: 0, ended: 2 });
});

test('what ran when the process stood still gets the time that it did not have', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  const end = Promise.withResolvers<void>();
  run.handle['fetch'] = () => end.promise;
  await run.add('watch', 'a', 'b', 'c', 'd', 'e');
  await run.time.pass(1_000);
  run.time.stall(60_000);
  await run.time.pass(5_000);
  end.resolve();
  await run.time.settle();
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 5 });
  expect(run.started).toHaveLength(5);
});

test('what does not end after a standstill is timed out all the same', async () => {
  const run = await simulated({ jobs: [stageOf({ retry: { max: 1, baseMs: 1, capMs: 1 } })] });
  run.handle['fetch'] = () => new Promise(() => {});
  await run.add('watch', 'a');
  await run.time.pass(1_000);
  run.time.stall(60_000);
  await run.time.pass(60_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ failed: 1 });
});
