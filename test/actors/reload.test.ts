import { expect, test } from 'vitest';
import type { JobSpec } from '../../machines/spec.ts';
import { simulated, type Work } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const other = jobSpec('other', { fetch: [] });
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);
const withConcurrency = (job: JobSpec, concurrency: number): JobSpec => ({ ...job, stages: job.stages.map((stage) => ({ ...stage, concurrency })) });

test('a job that is added starts to work, and those that were there do not notice', async () => {
  const run = await simulated({ jobs: [watch] });
  const [before, polls] = [run.actor('job/watch'), run.journal('job/watch/discovery').filter(({ type }) => type === 'discovery.polled').length];
  await run.reload(watch, other);
  await run.add('other', 'a');
  expect(run.tasks('other', 'fetch')).toEqual({ done: 1 });
  expect(run.actor('job/watch')).toBe(before);
  expect(run.journal('job/watch/discovery').filter(({ type }) => type === 'discovery.polled')).toHaveLength(polls);
});

test('a job that is taken out is archived: its actors end, its items stay, what is in flight ends', async () => {
  const run = await simulated({ jobs: [watch, other], handle: { 'other/fetch': slowly } });
  await run.add('other', 'a', 'b');
  await run.reload(withConcurrency(watch, 5));
  expect(run.alive.tree.actor('job/other')).toBeUndefined();
  expect(run.alive.store.actors.all().filter(({ path }) => path.startsWith('job/other'))).toEqual([]);
  expect(run.row('other').archived).toBe(true);
  await run.time.pass(2_000);
  expect(run.tasks('other', 'fetch')).toEqual({ done: 2 });
});

test('a job that comes back takes up where it was, with what held it, as a new incarnation of the journal', async () => {
  const run = await simulated({ jobs: [watch, other] });
  await run.send('job/other/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.add('other', 'a');
  await run.reload(watch);
  await run.time.pass(60_000);
  await run.reload(watch, other);
  expect(run.holds('other')).toEqual({ operator: 'lunch' });
  expect(run.tasks('other', 'fetch')).toEqual({ ready: 1 });
  expect(run.journal('job/other/lifecycle').map(({ type }) => type)).toEqual(['xstate.init', 'PAUSE', 'xstate.init']);
  await run.send('job/other/lifecycle', { type: 'RESUME', force: false });
  expect(run.tasks('other', 'fetch')).toEqual({ done: 1 });
});

test('a job that comes back after a restart still has what held it', async () => {
  const run = await simulated({ jobs: [watch, other] });
  await run.send('job/other/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.add('other', 'a');
  await run.reload(watch);
  run.kill();
  await run.boot();
  await run.reload(watch, other);
  expect(run.holds('other')).toEqual({ operator: 'lunch' });
  expect(run.tasks('other', 'fetch')).toEqual({ ready: 1 });
});

test('a stage that is added gets the items that are there', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.add('watch', 'a', 'b');
  await run.reload(jobSpec('watch', { fetch: [], extract: ['fetch'], score: ['extract'] }));
  expect(run.tasks('watch', 'score')).toEqual({ done: 2 });
});

test('a stage that is taken out is parked: it claims nothing, and comes back with its tasks', async () => {
  const run = await simulated({ jobs: [watch] });
  run.handle['extract'] = () => ({ kind: 'deferred', until: run.time.now + 60_000, reason: 'later' });
  await run.add('watch', 'a');
  await run.reload(jobSpec('watch', { fetch: [] }));
  expect(run.alive.tree.actor('job/watch/stage/extract')).toBeUndefined();
  await run.time.pass(600_000);
  expect(run.keys('extract')).toEqual(['a']);
  delete run.handle['extract'];
  await run.reload(watch);
  expect(run.keys('extract')).toEqual(['a', 'a']);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('more room in a stage is used at once, less room when what is in flight has ended', async () => {
  const run = await simulated({ jobs: [withConcurrency(jobSpec('watch', { fetch: [] }), 1)], handle: { fetch: slowly } });
  await run.add('watch', ...'abcdefghij');
  expect(run.tasks('watch', 'fetch')).toMatchObject({ running: 1 });
  await run.reload(withConcurrency(jobSpec('watch', { fetch: [] }), 4));
  expect(run.tasks('watch', 'fetch')).toMatchObject({ running: 4 });
  await run.reload(withConcurrency(jobSpec('watch', { fetch: [] }), 2));
  await run.time.pass(1_000);
  expect(run.tasks('watch', 'fetch')).toMatchObject({ running: 2 });
  await run.time.pass(5_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 10 });
});

test('a stage that is added to a held job is held', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.reload(jobSpec('watch', { fetch: [], extract: ['fetch'], score: ['extract'] }));
  expect(run.value('job/watch/stage/score')).toBe('held');
});

test('a discovery that is changed looks at once, by its new options', async () => {
  const polled: unknown[] = [];
  const given = { name: 'given', options: { parse: (options: unknown) => options as object }, async *discover(options: object) { polled.push(options); } };
  const by = (options: Record<string, unknown>) => jobSpec('watch', { fetch: [] }, { discovery: { strategy: 'given', everyMs: 60_000, options } });
  const run = await simulated({ jobs: [by({ page: 1 })], strategies: [given] });
  await run.time.pass(10_000);
  await run.reload(by({ page: 2 }));
  expect(polled).toEqual([{ page: 1 }, { page: 2 }]);
  await run.reload(by({ page: 2 }));
  await run.time.pass(59_999);
  expect(polled).toHaveLength(2);
});

test('a change of the configuration while no runner lived is followed at the next start', async () => {
  const run = await simulated({ jobs: [watch, other] });
  await run.add('watch', 'a');
  run.kill();
  run.jobs = [jobSpec('watch', { fetch: [], score: ['fetch'] }), jobSpec('third', { read: [] })];
  await run.boot();
  expect(Object.keys(run.alive.tree.root.getSnapshot().children)).toEqual(['config', 'doctor', 'notifier', 'job/watch', 'job/third']);
  expect(run.tasks('watch', 'score')).toEqual({ done: 1 });
  expect(run.alive.store.actors.all().map(({ path }) => path)).toEqual([
    'config', 'doctor', 'job/third', 'job/third/breaker', 'job/third/discovery', 'job/third/lifecycle', 'job/third/stage/read',
    'job/watch', 'job/watch/breaker', 'job/watch/discovery', 'job/watch/lifecycle', 'job/watch/stage/fetch', 'job/watch/stage/score', 'notifier', 'supervisor',
  ]);
});
