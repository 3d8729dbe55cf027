import { expect, test } from 'vitest';
import type { Outcome } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { simulated } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const HOUR = 3_600_000;
const stageOf = (change: Partial<JobSpec['stages'][number]> = {}): JobSpec => {
  const job = jobSpec('watch', { fetch: [] });
  return { ...job, stages: job.stages.map((stage) => ({ ...stage, concurrency: 1, ...change })) };
};
const startsOf = (run: Awaited<ReturnType<typeof simulated>>, key: string) => run.started.filter((start) => start.key === key).map(({ at }) => at);

test('what fails for a moment is tried again, later each time, and fails after its last try', async () => {
  const run = await simulated({ jobs: [stageOf({ retry: { max: 4, baseMs: 1_000, capMs: 3_000 } })], handle: { fetch: () => failed('transient', 'reset') } });
  run.time.chance = 0;
  await run.add('watch', 'a');
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'waiting', tries: 1, dueAt: run.time.now + 500 });
  await run.time.pass(HOUR);
  const [first, ...later] = startsOf(run, 'a');
  expect(later.map((at, n) => at - [first!, ...later][n]!)).toEqual([500, 1_000, 1_500]);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'failed', tries: 4, attempt: 4, reason: expect.stringContaining('reset') });
});

test('half of the wait is chance, so that what failed together does not come back together', async () => {
  const run = await simulated({ jobs: [stageOf({ concurrency: 2, retry: { max: 2, baseMs: 1_000, capMs: 9_000 } })] });
  run.handle['fetch'] = ({ key }) => {
    run.time.chance = key === 'a' ? 0 : 0.9;
    return failed('transient');
  };
  await run.add('watch', 'a');
  await run.add('watch', 'b');
  const waits = ['a', 'b'].map((key) => run.task('watch', key, 'fetch').dueAt! - run.time.now);
  expect(waits).toEqual([500, 950]);
});

test('a time to try again that the other side names is kept', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  const retryAt = run.time.now + 77_000;
  run.handle['fetch'] = ({ attempt }) => (attempt === 1 ? { ...(failed('transient') as Outcome & { kind: 'failed' }), retryAt } : undefined);
  await run.add('watch', 'a');
  await run.time.pass(HOUR);
  expect(startsOf(run, 'a')[1]).toBe(retryAt);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 1 });
});

test('an item whose own data is at fault is not tried again, and holds nobody up', async () => {
  const run = await simulated({ jobs: [stageOf()], handle: { fetch: ({ key }) => (key === 'bad' ? failed('item_specific') : undefined) } });
  await run.add('watch', 'bad', 'good');
  await run.time.pass(HOUR);
  expect(run.tasks('watch', 'fetch')).toEqual({ failed: 1, done: 1 });
  expect(startsOf(run, 'bad')).toHaveLength(1);
  expect(run.holds('watch')).toEqual({});
});

test('a deferred task waits until its time, and it is no try', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  const until = run.time.now + HOUR;
  run.handle['fetch'] = ({ attempt }) => (attempt === 1 ? { kind: 'deferred', until, reason: 'not published yet' } : undefined);
  await run.add('watch', 'a');
  await run.time.pass(2 * HOUR);
  expect(startsOf(run, 'a')[1]).toBe(until);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'done', tries: 0, attempt: 2 });
});

test('an error of its time holds the job before the task or any other is claimed again', async () => {
  const run = await simulated({ jobs: [stageOf({ concurrency: 3 })] });
  run.handle['fetch'] = ({ key }) => (key === 'a' ? failed('temporal', 'closed until Monday') : run.sleep(5_000));
  await run.add('watch', 'a', 'b', 'c', 'd', 'e', 'f');
  expect(run.holds('watch')).toEqual({ breaker: 'not now at fetch: Error: closed until Monday' });
  expect(run.started.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'ready', tries: 0, lane: 0 });
  await run.time.pass(10_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 4, done: 2 });
});

test('a temporal hold ends by itself when the error says, others when somebody resumes; the task that met it goes first', async () => {
  const run = await simulated({ jobs: [stageOf()] });
  const until = run.time.now + 600_000;
  run.handle['fetch'] = ({ attempt }) => (attempt === 1 && run.started.length === 1 ? { ...(failed('temporal') as Outcome & { kind: 'failed' }), until } : undefined);
  await run.add('watch', 'a', 'b');
  expect(run.row('watch').holds.breaker).toMatchObject({ until });
  await run.time.pass(600_000);
  expect(run.started.map(({ key, at }) => [key, at - until])).toEqual([['a', -600_000], ['a', 0], ['b', 0]]);
  expect(run.value('job/watch/lifecycle')).toEqual({ pause: 'running', drain: 'flowing' });
});

test('an attempt that no money could be reserved for is ready again, uncharged, and its job is held by the budget', async () => {
  const run = await simulated({ jobs: [{ ...stageOf(), guards: { validate: false, dailyCostLimit: 0 } }] });
  const until = run.time.now + 600_000;
  const refused: Outcome = { kind: 'failed', class: 'temporal', hold: 'budget', until, error: { name: 'BudgetRefused', message: 'budget: $4.98 of $5.00' } };
  run.handle['fetch'] = () => (run.started.length === 1 ? refused : undefined);
  await run.add('watch', 'a', 'b');
  expect(run.row('watch').holds).toEqual({ budget: expect.objectContaining({ reason: 'budget: $4.98 of $5.00', until }) });
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'ready', tries: 0 });
  await run.time.pass(600_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 2 });
});

test('from a failure one can walk to the hold that it placed', async () => {
  const run = await simulated({ jobs: [stageOf()], handle: { fetch: () => failed('systemic', 'no credit') } });
  await run.add('watch', 'a');
  const placed = run.journal('job/watch/lifecycle').find(({ type }) => type === 'hold.placed')!;
  const atJob = run.alive.store.journal.read({ since: placed.cause! - 1, until: placed.cause! })[0]!;
  expect([placed.source, atJob.path, atJob.type]).toEqual(['job/watch', 'job/watch', 'breaker.changed']);
  const atStage = run.alive.store.journal.read({ since: atJob.cause! - 1, until: atJob.cause! })[0]!;
  expect([atStage.path, atStage.type]).toEqual(['job/watch/breaker', 'stage.settled']);
  expect(JSON.parse(atStage.event).failures).toMatchObject([{ class: 'systemic', reason: 'Error: no credit', itemId: 1 }]);
});

test('outcomes reach the machine in order and as run lengths, a failure at once', async () => {
  const run = await simulated({ jobs: [stageOf({ concurrency: 10 })], handle: { fetch: ({ key }) => (key > 'c' && key < 'f' ? failed('item_specific') : undefined) } });
  await run.add('watch', 'a', 'b', 'c', 'd', 'e', 'f');
  const runs = run.journal('job/watch/stage/fetch').filter(({ type }) => type === 'stage.settled').flatMap(({ event }) => JSON.parse(event).runs);
  expect(runs).toEqual([{ class: 'ok', n: 3 }, { class: 'item_specific', n: 2 }, { class: 'ok', n: 1 }]);
  expect(run.context('job/watch/stage/fetch')).toMatchObject({ ended: 6, failed: 2 });
});

test('while nothing fails a stage is heard of at most every 250 ms, however much it does', async () => {
  const run = await simulated({ jobs: [stageOf({ concurrency: 5 })] });
  run.handle['fetch'] = () => run.sleep(10);
  await run.time.pass(250);
  await run.add('watch', ...Array.from({ length: 500 }, (_, n) => `item-${n}`));
  await run.time.pass(2_000);
  const times = run.journal('job/watch/stage/fetch').filter(({ type }) => type === 'stage.settled').map(({ at }) => at);
  expect(run.context('job/watch/stage/fetch').ended).toBe(500);
  expect(times.length).toBeLessThan(8);
  expect(Math.min(...times.slice(1).map((at, n) => at - times[n]!))).toBeGreaterThanOrEqual(250);
});
