import { expect, test } from 'vitest';
import type { JobSpec } from '../../machines/spec.ts';
import { simulated } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

/** The same job with other settings for its stages. */
const withStages = (job: JobSpec, change: Partial<JobSpec['stages'][number]>): JobSpec => ({ ...job, stages: job.stages.map((stage) => ({ ...stage, ...change })) });
const keys = (n: number) => Array.from({ length: n }, (_, i) => `item-${i}`);

test('an item goes through its stages without a wait, each after those that it needs', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [], extract: ['fetch'], chart: ['fetch'], report: ['extract', 'chart'] })] });
  const begin = run.time.now;
  await run.add('watch', 'a', 'b');
  expect(run.time.now).toBe(begin);
  for (const stage of ['fetch', 'extract', 'chart', 'report']) expect(run.tasks('watch', stage)).toEqual({ done: 2 });
  const order = run.started.filter(({ key }) => key === 'a').map(({ stage }) => stage);
  expect([order[0], order.slice(1, 3).sort(), order[3]]).toEqual(['fetch', ['chart', 'extract'], 'report']);
});

test('the next stage starts while the one before is still at work on other items', async () => {
  const slow = Promise.withResolvers<void>();
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [], extract: ['fetch'] })], handle: { fetch: async ({ key }) => (key === 'slow' ? slow.promise : undefined) } });
  await run.add('watch', 'slow', 'quick');
  expect(run.tasks('watch', 'fetch')).toEqual({ running: 1, done: 1 });
  expect(run.tasks('watch', 'extract')).toEqual({ blocked: 1, done: 1 });
  slow.resolve();
  await run.time.settle();
  expect(run.tasks('watch', 'extract')).toEqual({ done: 2 });
});

test('a stage runs as many attempts as it may, and never more', async () => {
  const run = await simulated({ jobs: [withStages(jobSpec('watch', { fetch: [], extract: ['fetch'] }), { concurrency: 3 })] });
  run.handle['fetch'] = () => run.sleep(100);
  run.handle['extract'] = ({ key }) => run.sleep(key.endsWith('0') ? 900 : 10);
  await run.add('watch', ...keys(40));
  expect(run.value('job/watch/stage/fetch')).toEqual({ flowing: 'saturated' });
  await run.time.pass(5_000);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 40 });
  expect(run.most).toMatchObject({ 'watch/fetch': 3, 'watch/extract': 3 });
  expect(run.value('job/watch/stage/fetch')).toEqual({ flowing: 'idle' });
});

test('stages of several jobs share the slots of a resource, and none of them starves', async () => {
  const shared = { concurrency: 5, resources: ['registry'] };
  const run = await simulated({ jobs: [withStages(jobSpec('left', { fetch: [] }), shared), withStages(jobSpec('right', { fetch: [] }), shared)], resources: { registry: 4 } });
  run.handle['fetch'] = () => run.sleep(100);
  await run.add('left', ...keys(30));
  await run.add('right', ...keys(30));
  await run.time.pass(500);
  expect(Math.min(run.tasks('left', 'fetch').done!, run.tasks('right', 'fetch').done!)).toBeGreaterThan(3);
  await run.time.pass(10_000);
  expect([run.tasks('left', 'fetch'), run.tasks('right', 'fetch')]).toEqual([{ done: 30 }, { done: 30 }]);
  expect(run.most).toMatchObject({ registry: 4, all: 4 });
});

test('a task takes a slot of each of its resources, or none', async () => {
  const [model, disk] = [jobSpec('model', { ask: [] }), jobSpec('disk', { write: [] })];
  const both = withStages(jobSpec('both', { work: [] }), { resources: ['gpu', 'disk'] });
  const run = await simulated({
    jobs: [withStages(model, { resources: ['gpu'] }), withStages(disk, { resources: ['disk'] }), both],
    resources: { gpu: 2, disk: 1 },
  });
  for (const stage of ['ask', 'write', 'work']) run.handle[stage] = () => run.sleep(50);
  for (const job of ['model', 'disk', 'both']) await run.add(job, ...keys(8));
  await run.time.pass(5_000);
  expect([run.tasks('model', 'ask'), run.tasks('disk', 'write'), run.tasks('both', 'work')]).toEqual([{ done: 8 }, { done: 8 }, { done: 8 }]);
  expect(run.most).toMatchObject({ gpu: 2, disk: 1, all: 3 });
});

test('what is skipped counts as done further on, and what is rejected ends the item', async () => {
  const run = await simulated({
    jobs: [jobSpec('watch', { score: [], download: ['score'] })],
    handle: { score: ({ key }) => ({ kind: key === 'dull' ? 'rejected' : 'skipped', reason: `${key} it is` }) },
  });
  await run.add('watch', 'dull', 'plain');
  expect(run.tasks('watch', 'score')).toEqual({ skipped: 1, rejected: 1 });
  expect(run.tasks('watch', 'download')).toEqual({ done: 1, rejected: 1 });
  expect(run.keys('download')).toEqual(['plain']);
});
