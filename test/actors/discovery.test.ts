import { expect, test } from 'vitest';
import type { Candidate, SourceContext, Strategy } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { simulated, type Work } from '../support/simulated-runtime.ts';
import { done, jobSpec } from '../support/store.ts';

/** A strategy that yields what `discover` yields. */
const yielding = (discover: (source: SourceContext) => AsyncGenerator<Candidate, void, void>): Strategy => ({ name: 'given', options: { parse: () => ({}) }, discover: (_, source) => discover(source) });
const watching = (rest: Partial<JobSpec> = {}): JobSpec => {
  const job = jobSpec('watch', { fetch: [] }, { discovery: { strategy: 'given', everyMs: 60_000, options: {} }, ...rest });
  return { ...job, stages: job.stages.map((stage) => ({ ...stage, concurrency: 1 })) };
};
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);
const named = (n: number) => `k${String(n).padStart(2, '0')}`;

test('looks for work at once and then every so often; a key is taken once', async () => {
  let polls = 0;
  const run = await simulated({ jobs: [watching()], strategies: [yielding(async function* () {
    polls += 1;
    yield { key: 'same', data: {} };
    yield { key: `new ${polls}`, data: {} };
    yield { key: 'too small', data: {}, filtered: 'score 3 < 10' };
  })] });
  expect([polls, run.context('job/watch/discovery').lastPoll]).toEqual([1, { new: 2, seen: 0, filtered: 1 }]);
  await run.time.pass(59_999);
  expect(polls).toBe(1);
  await run.time.pass(1);
  expect([polls, run.context('job/watch/discovery').lastPoll]).toEqual([2, { new: 1, seen: 1, filtered: 1 }]);
  expect(run.seen('watch')).toEqual({ 'new 1': 'new', 'new 2': 'new', same: 'seen', 'too small': 'filtered' });
  expect(run.keys('fetch')).toEqual(['same', 'new 1', 'new 2']);
});

test('a poll stops in its middle when the queue is full, and goes on there when a tenth of it is free', async () => {
  const yielded: string[] = [];
  const run = await simulated({ jobs: [watching({ guards: { maxPending: 10, validate: false } })], handle: { fetch: slowly }, strategies: [yielding(async function* () {
    for (let n = 0; n < 25; n++) {
      yielded.push(named(n));
      yield { key: named(n), data: {} };
    }
  })] });
  expect(run.value('job/watch/discovery')).toEqual({ polling: 'full' });
  expect(run.tasks('watch', 'fetch')).toEqual({ running: 1, ready: 9 });
  expect(run.seen('watch')).toMatchObject({ k09: 'new', k10: 'over_max_pending' });
  expect(yielded).toHaveLength(11);
  await run.time.pass(1_000);
  expect(run.seen('watch')).toMatchObject({ k10: 'new', k11: 'over_max_pending' });
  for (let n = 0; n < 24; n++) {
    await run.time.pass(1_000);
    expect(run.alive.store.counts.pending('watch')).toBeLessThanOrEqual(10);
  }
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 25 });
  expect(new Set(yielded).size).toBe(yielded.length);
  expect(run.context('job/watch/discovery')).toMatchObject({ lastPoll: { new: 25, seen: 0, filtered: 0 } });
});

test('WAKE during a poll is not lost: another poll follows at once', async () => {
  let polls = 0;
  const gate = Promise.withResolvers<void>();
  const run = await simulated({ jobs: [watching()], strategies: [yielding(async function* () {
    polls += 1;
    if (polls === 1) await gate.promise;
    yield { key: `found by ${polls}`, data: {} };
  })] });
  await run.send('job/watch/discovery', { type: 'WAKE' });
  expect(polls).toBe(1);
  gate.resolve();
  await run.time.settle();
  expect(polls).toBe(2);
  expect(run.keys('fetch')).toEqual(['found by 1', 'found by 2']);
});

test('a source that fails is asked again later each time, and what it gave before it failed is kept', async () => {
  const times: number[] = [];
  const run = await simulated({ jobs: [watching()], strategies: [yielding(async function* (source) {
    times.push(source.now());
    yield { key: `before ${times.length}`, data: {} };
    if (times.length < 4) throw new Error('fetch failed', { cause: new Error('no route to host') });
  })] });
  expect(run.value('job/watch/discovery')).toBe('backingOff');
  expect(run.context('job/watch/discovery')).toMatchObject({ failures: 1, lastError: { name: 'Error', message: 'fetch failed (no route to host)' } });
  await run.time.pass(40_000);
  expect(times.slice(1).map((at, n) => at - times[n]!)).toEqual([5_000, 10_000, 20_000]);
  expect(run.keys('fetch')).toEqual(['before 1', 'before 2', 'before 3', 'before 4']);
  expect(run.context('job/watch/discovery')).toMatchObject({ failures: 0, lastError: null });
});

test('a pause closes the poll that is under way, and the next one begins when the job goes on', async () => {
  const signals: AbortSignal[] = [];
  const run = await simulated({ jobs: [watching()], strategies: [yielding(async function* (source) {
    signals.push(source.signal);
    if (signals.length === 1) await new Promise(() => {});
  })] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  expect([signals[0]!.aborted, run.value('job/watch/discovery')]).toEqual([true, 'held']);
  await run.time.pass(600_000);
  expect(signals).toHaveLength(1);
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect([signals.length, run.value('job/watch/discovery')]).toEqual([2, 'waiting']);
});

test('a pause while the queue is full lets go of the poll, and the rest is found after it', async () => {
  const run = await simulated({ jobs: [watching({ guards: { maxPending: 2, validate: false } })], strategies: [yielding(async function* () {
    for (let n = 0; n < 6; n++) yield { key: named(n), data: {} };
  })], handle: { fetch: slowly } });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.time.pass(1_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1, done: 1 });
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  await run.time.pass(5_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 6 });
});

// ---------------------------------------------------------------- jobs that read from others

const upstream = jobSpec('watch', { fetch: [], score: ['fetch'] });
const digest = jobSpec('digest', { compile: [] }, { discovery: { strategy: 'tracker_query', everyMs: 3_600_000, options: { job: 'watch', min_score: 10 } } });
const scored = { score: ({ key }: { key: string }) => done({ score: Number(key) }) };

test('a job that reads from another takes up at once what that one finishes', async () => {
  const run = await simulated({ jobs: [upstream, digest], handle: scored });
  const begin = run.time.now;
  await run.add('watch', '12', '3', '30');
  await run.time.pass(250);
  expect(run.started.filter(({ job }) => job === 'digest').map(({ key }) => key).sort()).toEqual(['12', '30']);
  expect(run.time.now - begin).toBe(250);
  expect(run.seen('digest')).toEqual({ '12': 'new', '3': 'filtered', '30': 'new' });
});

test('what is processed again upstream is judged again downstream', async () => {
  const run = await simulated({ jobs: [upstream, digest], handle: scored });
  await run.add('watch', '3');
  await run.time.pass(250);
  expect(run.tasks('digest', 'compile')).toEqual({});
  run.handle['score'] = () => done({ score: 99 });
  await run.edit({ verb: 'reprocess', job: 'watch', stage: 'score' });
  await run.time.pass(500);
  expect(run.tasks('digest', 'compile')).toEqual({ done: 1 });
  expect(run.seen('digest')).toEqual({ '3': 'new' });
});

test('a job that was held while its upstream finished something looks as soon as it goes on', async () => {
  const run = await simulated({ jobs: [upstream, digest], handle: scored });
  await run.time.pass(60_000);
  await run.send('job/digest/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.add('watch', '12');
  await run.time.pass(1_000);
  expect(run.tasks('digest', 'compile')).toEqual({});
  await run.send('job/digest/lifecycle', { type: 'RESUME', force: false });
  await run.time.settle();
  expect(run.tasks('digest', 'compile')).toEqual({ done: 1 });
});

test('a kill between the end of an item upstream and the word of it downstream loses nothing', async () => {
  const run = await simulated({ jobs: [upstream, digest], handle: scored });
  await run.time.pass(1_000);
  await run.add('watch', '12');
  await run.time.pass(100);
  await run.add('watch', '30');
  run.kill();
  await run.boot();
  await run.time.pass(250);
  expect(run.started.filter(({ job }) => job === 'digest').map(({ key }) => key).sort()).toEqual(['12', '30']);
});
