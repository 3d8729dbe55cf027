/** What jobs share: slots and tokens. Who waits longest is served first, and nothing is ever lost or given twice. */
import { expect, test } from 'vitest';
import type { JobSpec, RateSpec } from '../../machines/spec.ts';
import { readStatus } from '../../runtime/store/status.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `k${i}`);
const using = (id: string, resources: string[], stage: Partial<JobSpec['stages'][number]> = {}, job: Partial<JobSpec> = {}): JobSpec => {
  const plain = jobSpec(id, { work: [] }, job);
  return { ...plain, stages: plain.stages.map((one) => ({ ...one, resources, ...stage })) };
};
const rate = (count: number, perMs: number, burst = 1): RateSpec => ({ count, perMs, burst });
const startsOf = (run: SimulatedRuntime, job?: string): number[] => run.started.filter((start) => job === undefined || start.job === job).map(({ at }) => at);
const gaps = (times: readonly number[]): number[] => times.slice(1).map((at, n) => at - times[n]!);

// ---------------------------------------------------------------- slots

test('a slot goes to who has waited longest: three tasks of one job are not kept waiting by a thousand of another', async () => {
  const run = await simulated({ jobs: [using('big', ['api']), using('small', ['api']), using('third', ['api'])], resources: { api: 2 } });
  run.handle['work'] = () => run.sleep(SECOND);
  await run.add('big', ...keys(200));
  await run.time.pass(5 * SECOND);
  await run.add('small', 'a', 'b', 'c');
  await run.add('third', 'a', 'b', 'c');
  await run.time.pass(6 * SECOND);
  expect([run.tasks('small', 'work'), run.tasks('third', 'work')]).toEqual([{ done: 3 }, { done: 3 }]);
  expect(run.most['api']).toBe(2);
});

test('a stage that needs two resources gets both in the end, however busy each of them is', async () => {
  const run = await simulated({ jobs: [using('gpu_only', ['gpu']), using('disk_only', ['disk']), using('both', ['gpu', 'disk'])], resources: { gpu: 1, disk: 1 } });
  run.handle['gpu_only/work'] = () => run.sleep(700);
  run.handle['disk_only/work'] = () => run.sleep(1_100);
  run.handle['both/work'] = () => run.sleep(500);
  await run.add('gpu_only', ...keys(100));
  await run.add('disk_only', ...keys(100));
  await run.add('both', ...keys(3));
  await run.time.pass(20 * SECOND);
  expect(run.tasks('both', 'work')).toEqual({ done: 3 });
  expect(run.most).toMatchObject({ gpu: 1, disk: 1 });
});

test('an attempt keeps the slots that it was started with when a reload gives its stage other resources', async () => {
  const run = await simulated({ jobs: [using('a', ['old']), using('b', ['old'])], resources: { old: 1, new: 1 } });
  run.handle['work'] = () => run.sleep(10 * SECOND);
  await run.add('a', 'one', 'two');
  await run.reload(using('a', ['new']), using('b', ['old']));
  await run.add('b', 'x');
  expect(run.started.map(({ job, key }) => `${job} ${key}`)).toEqual(['a one', 'a two']);
  await run.time.pass(10 * SECOND);
  expect(run.started.map(({ job, key }) => `${job} ${key}`)).toEqual(['a one', 'a two', 'b x']);
});

test('a limit that shrinks below what is taken lets nothing new start until it fits, and one that grows is used at once', async () => {
  const run = await simulated({ jobs: [using('a', ['api'])], resources: { api: 3 } });
  run.handle['work'] = ({ itemId }) => run.sleep(itemId * 10 * SECOND);
  await run.add('a', ...keys(5));
  run.resources = { api: 1 };
  await run.reload(using('a', ['api']));
  await run.time.pass(29 * SECOND);
  expect(run.started).toHaveLength(3);
  await run.time.pass(SECOND);
  expect(run.started).toHaveLength(4);
  run.resources = { api: 2 };
  await run.reload(using('a', ['api']));
  expect(run.started).toHaveLength(5);
});

test.each([
  ['a timeout', async (run: SimulatedRuntime) => run.time.pass(71 * SECOND)],
  ['a process that dies', async (run: SimulatedRuntime) => { run.kill(); await run.boot(); }],
  ['a stage that is taken out', async (run: SimulatedRuntime) => { await run.reload(jobSpec('a', { other: [] }), using('b', ['api'])); await run.time.pass(71 * SECOND); }],
  ['a job that is archived', async (run: SimulatedRuntime) => { await run.reload(using('b', ['api'])); await run.time.pass(71 * SECOND); }],
])('no slot is lost by %s', async (_, happens) => {
  const run = await simulated({ jobs: [using('a', ['api'], { retry: { max: 1, baseMs: 1, capMs: 1 } }), using('b', ['api'])], resources: { api: 1 } });
  run.handle['a/work'] = ({ attempt }) => (attempt === 1 ? new Promise(() => {}) : undefined);
  await run.add('a', 'stuck');
  await run.add('b', 'x');
  expect(run.tasks('b', 'work')).toEqual({ ready: 1 });
  await happens(run);
  expect(run.tasks('b', 'work')).toEqual({ done: 1 });
});

// ---------------------------------------------------------------- tokens

test('what uses a resource starts at its rate, over all jobs, and they take turns', async () => {
  const run = await simulated({ jobs: [using('a', ['api']), using('b', ['api'])], resources: { api: 10 }, rates: { api: rate(10, SECOND) } });
  await run.add('a', ...keys(20));
  await run.add('b', ...keys(20));
  await run.time.pass(2 * SECOND);
  expect(run.started).toHaveLength(21);
  expect(new Set(gaps(startsOf(run)))).toEqual(new Set([100]));
  expect(Math.abs(startsOf(run, 'a').length - startsOf(run, 'b').length)).toBeLessThanOrEqual(1);
});

test('after a rest so many start at once as burst says, and not one more', async () => {
  const run = await simulated({ jobs: [using('a', ['api'])], resources: { api: 10 }, rates: { api: rate(1, SECOND, 4) } });
  await run.add('a', ...keys(20));
  expect(run.started).toHaveLength(4);
  await run.time.pass(2 * SECOND);
  expect(run.started).toHaveLength(6);
  await run.time.pass(MINUTE);
  await run.add('a', ...keys(40));
  expect(run.started).toHaveLength(24);
});

test('the tasks of a job start at its pace, over all its stages', async () => {
  const job = jobSpec('a', { fetch: [], score: ['fetch'] }, { pacing: rate(30, MINUTE) });
  const run = await simulated({ jobs: [job] });
  await run.add('a', ...keys(100));
  await run.time.pass(MINUTE);
  expect(run.started).toHaveLength(31);
  expect(Math.min(...gaps(startsOf(run)))).toBe(2 * SECOND);
  expect(run.keys('score').length).toBeGreaterThan(5);
});

test('a restart is no new burst, and gives what has come meanwhile', async () => {
  const run = await simulated({ jobs: [using('a', [], {}, { pacing: rate(6, MINUTE, 3) })] });
  await run.add('a', ...keys(50));
  expect(run.started).toHaveLength(3);
  for (let n = 0; n < 5; n++) {
    run.kill();
    await run.boot();
  }
  expect(run.started).toHaveLength(3);
  run.kill();
  await run.time.pass(20 * SECOND);
  await run.boot();
  expect(run.started).toHaveLength(5);
});

test.each([['set back by an hour', -60 * MINUTE], ['set forward by an hour', 60 * MINUTE]])('a clock that is %s changes nothing of the pace', async (_, by) => {
  const run = await simulated({ jobs: [using('a', [], {}, { pacing: rate(6, MINUTE, 3) })] });
  await run.add('a', ...keys(50));
  run.time.setClock(by);
  await run.time.pass(MINUTE);
  expect(run.started.length).toBe(9);
});

test('a clock that was set back while Rivus was stopped costs no more than the wait for one token', async () => {
  const run = await simulated({ jobs: [using('a', [], {}, { pacing: rate(6, MINUTE) })] });
  await run.add('a', ...keys(50));
  run.kill();
  run.time.setClock(-60 * MINUTE);
  await run.boot();
  await run.time.pass(10 * SECOND);
  expect(run.started).toHaveLength(2);
});

test('a pace that is changed while it runs goes on from what there is', async () => {
  const run = await simulated({ jobs: [using('a', [], {}, { pacing: rate(1, MINUTE) })] });
  await run.add('a', ...keys(50));
  await run.time.pass(30 * SECOND);
  await run.reload(using('a', [], {}, { pacing: rate(60, MINUTE) }));
  await run.time.pass(5 * SECOND);
  expect(gaps(startsOf(run))).toEqual([30_500, 1_000, 1_000, 1_000, 1_000]);
  await run.reload(using('a', []));
  expect(run.tasks('a', 'work')).toEqual({ done: 50 });
});

test('who waits for a token of its own keeps no slot from the others meanwhile', async () => {
  const run = await simulated({ jobs: [using('slow', ['api'], {}, { pacing: rate(1, 60 * MINUTE) }), using('fast', ['api'])], resources: { api: 1 } });
  run.handle['work'] = () => run.sleep(SECOND);
  await run.add('slow', ...keys(5));
  await run.time.pass(2 * SECOND);
  await run.add('fast', ...keys(30));
  await run.time.pass(31 * SECOND);
  expect(run.tasks('fast', 'work')).toEqual({ done: 30 });
});

// ---------------------------------------------------------------- lanes

test('what is put off again and again leaves one start of four to what was never tried', async () => {
  const run = await simulated({ jobs: [using('a', [], { concurrency: 1 })] });
  run.handle['work'] = async ({ key }) => {
    await run.sleep(SECOND);
    return key.startsWith('again') ? { kind: 'deferred', until: run.time.now + SECOND, reason: 'not yet' } : undefined;
  };
  await run.add('a', ...keys(5).map((key) => `again ${key}`));
  await run.time.pass(10 * SECOND);
  await run.add('a', ...keys(10));
  await run.time.pass(45 * SECOND);
  expect(run.tasks('a', 'work').done).toBe(10);
});

test('what failed is tried again before what was never tried', async () => {
  const run = await simulated({ jobs: [using('a', [], { concurrency: 1, retry: { max: 3, baseMs: 10, capMs: 10 } })] });
  run.handle['work'] = async ({ key, attempt }) => {
    await run.sleep(SECOND);
    return key === 'k0' && attempt === 1 ? failed('transient') : undefined;
  };
  await run.add('a', ...keys(10));
  await run.time.pass(10_900);
  expect(run.keys('work').slice(0, 4)).toEqual(['k0', 'k1', 'k0', 'k2']);
});

// ---------------------------------------------------------------- who holds and who waits

test('an actor of each resource says who holds its slots and who waits, the longest first', async () => {
  const run = await simulated({ jobs: [using('a', ['api']), using('b', ['api']), using('c', ['api'])], resources: { api: 2 } });
  run.handle['work'] = () => run.sleep(MINUTE);
  await run.add('a', 'one', 'two');
  const since = run.time.now;
  await run.add('c', 'one');
  await run.time.pass(SECOND);
  await run.add('b', 'one');
  await run.time.pass(SECOND);
  const { holders, waiters, taken } = run.context('resource/api');
  expect([run.value('resource/api'), taken, holders]).toEqual(['contended', 2, [{ job: 'a', stage: 'work', slots: 2 }]]);
  expect(waiters).toEqual([{ job: 'c', stage: 'work', since }, { job: 'b', stage: 'work', since: since + SECOND }]);
  expect(readStatus(run.db, run.time.now, { state: 'running' }).resources).toEqual([{ name: 'api', state: 'contended', concurrency: 2, taken: 2, holders, waiters }]);
  expect(readStatus(run.db, run.time.now).resources).toMatchObject([{ state: 'idle', taken: 0, holders: [], waiters: [] }]);
  await run.time.pass(3 * MINUTE);
  expect([run.value('resource/api'), run.context('resource/api').holders]).toEqual(['idle', []]);
});

test('busy as it may be, a resource hears no more than four times a second', async () => {
  const run = await simulated({ jobs: [using('a', ['api']), using('b', ['api'])], resources: { api: 3 } });
  run.handle['work'] = () => run.sleep(10);
  await run.add('a', ...keys(300));
  await run.add('b', ...keys(300));
  const before = run.journal('resource/api').length;
  await run.time.pass(2 * SECOND);
  expect(run.tasks('b', 'work')).toEqual({ done: 300 });
  expect(run.journal('resource/api').length - before).toBeLessThanOrEqual(9);
});

test('resources come, change their limits and go with the configuration, and know after a restart who holds', async () => {
  const run = await simulated({ jobs: [using('a', ['api'])], resources: { api: 2 } });
  run.handle['work'] = ({ attempt }) => run.sleep(attempt * MINUTE);
  await run.add('a', 'one');
  await run.time.pass(SECOND);
  run.kill();
  await run.boot();
  await run.time.pass(SECOND);
  expect(run.context('resource/api').holders).toEqual([{ job: 'a', stage: 'work', slots: 1 }]);
  run.resources = { api: 5, disk: 1 };
  await run.reload(using('a', ['api']));
  expect([run.context('resource/api').spec.concurrency, run.value('resource/disk')]).toEqual([5, 'idle']);
  run.resources = { disk: 1 };
  await run.reload(using('a', []));
  expect(run.alive.tree.actor('resource/api')).toBeUndefined();
});
