import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Seat } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { GroupCommit } from '../../runtime/ledger/ledger.ts';
import { simulated, type Setting, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const never = new Promise<never>(() => {});

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const other = jobSpec('other', { fetch: [] });
const withStages = (job: JobSpec, change: Partial<JobSpec['stages'][number]>): JobSpec => ({ ...job, stages: job.stages.map((stage) => ({ ...stage, ...change })) });
const stalls = (run: SimulatedRuntime) => run.journal('job/watch').filter(({ type }) => type === 'stage.stalled').length;

/** Stages whose pump believes that it has no slot free. */
const forgetful = new Set<string>();
/** By stage, of the pump that sat down last. */
const seats = new Map<string, Seat>();
const { join } = GroupCommit.prototype;

beforeEach(() => {
  GroupCommit.prototype.join = function (job, spec, member) {
    const place = `${job}/${spec.name}`;
    const seat = join.call(this, job, spec, {
      free: () => (forgetful.has(place) ? 0 : member.free()),
      maxCost: () => member.maxCost(),
      inFlight: () => member.inFlight(),
      holding: () => member.holding(),
      start: (claims) => member.start(claims),
      settled: (receipts, finished) => member.settled(receipts, finished),
      interrupt: () => member.interrupt(),
      broke: (error) => member.broke(error),
    });
    seats.set(place, seat);
    return seat;
  };
});
afterEach(() => {
  GroupCommit.prototype.join = join;
  forgetful.clear();
});

test.each([
  ['forgets to ask', () => void forgetful.add('watch/fetch')],
  ['has left its seat', () => seats.get('watch/fetch')!.leave()],
])('a pump that %s is started again after a minute, and that is said', async (_, forget) => {
  const run = await simulated({ jobs: [watch, other] });
  forget();
  await run.add('watch', 'a');
  await run.time.pass(MINUTE);
  expect([run.tasks('watch', 'fetch'), stalls(run)]).toEqual([{ ready: 1 }, 0]);
  const before = run.actor('job/watch/stage/fetch');
  forgetful.clear();
  await run.time.pass(16_000);
  expect(run.actor('job/watch/stage/fetch')).not.toBe(before);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
  expect(stalls(run)).toBe(1);
  expect(run.warnings).toEqual([expect.stringMatching(/^job "watch" stage "fetch" is started again: it has claimed nothing for \d+ s, although tasks were ready/)]);
  expect(run.context('job/watch').restarts.histories['stage/fetch']).toMatchObject({ restarts: 1, error: expect.stringContaining('claimed nothing') });
});

test('one that stalls for ever is started again each time, and its siblings work', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.add('watch', 'a');
  forgetful.add('watch/extract');
  await run.add('watch', 'b');
  await run.time.pass(10 * MINUTE);
  expect(stalls(run)).toBeGreaterThan(5);
  await run.add('watch', 'c');
  expect([run.tasks('watch', 'fetch'), run.tasks('watch', 'extract')]).toEqual([{ done: 3 }, { done: 1, ready: 2 }]);
});

test('how long is what jobs.yaml says', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, stalledAfterMs: 5 * MINUTE } }] });
  forgetful.add('watch/fetch');
  await run.add('watch', 'a');
  await run.time.pass(5 * MINUTE);
  expect(stalls(run)).toBe(0);
  await run.time.pass(2 * MINUTE);
  expect(stalls(run)).toBe(1);
});

// ---------------------------------------------------------------- who is innocent

type Innocent = { why: string; setting?: Setting; then?(run: SimulatedRuntime): unknown };
const slowly = withStages(watch, { concurrency: 2, timeoutMs: HOUR });

const INNOCENT: Innocent[] = [
  { why: 'all its slots are taken', setting: { jobs: [slowly], handle: { fetch: () => never } } },
  { why: 'what has timed out keeps its slots', setting: { jobs: [withStages(watch, { concurrency: 1, timeoutMs: 1, retry: { max: 100, baseMs: 1, capMs: 1 } })], handle: { fetch: () => never } } },
  {
    why: 'another job has the slots of its resource',
    setting: { jobs: [withStages(other, { resources: ['net'], timeoutMs: HOUR }), withStages(watch, { resources: ['net'] })], resources: { net: 2 }, handle: { 'other/fetch': () => never } },
    then: (run) => run.add('other', 'a', 'b', 'c'),
  },
  { why: 'its job is paced', setting: { jobs: [{ ...watch, pacing: { count: 1, perMs: HOUR, burst: 1 } }] } },
  { why: 'a resource is paced', setting: { jobs: [withStages(watch, { resources: ['net'] })], resources: { net: 5 }, rates: { net: { count: 1, perMs: HOUR, burst: 1 } } } },
  { why: 'its job is held by an operator', then: (run) => run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' }) },
  { why: 'its job has spent its budget', then: (run) => run.send('job/watch/lifecycle', { type: 'hold.placed', cause: 'budget', reason: '$1 of $1' }) },
  { why: 'its job drains', then: (run) => run.send('job/watch/lifecycle', { type: 'DRAIN' }) },
  { why: 'its code cannot be loaded', setting: { jobs: [other] }, then: (run) => (run.unloadable.set('watch/fetch', 'Unexpected token'), run.reload(watch, other)) },
  {
    why: 'a task that may end the process runs alone', setting: { jobs: [withStages(other, { timeoutMs: HOUR }), watch], handle: { 'other/fetch': () => never } },
    then: async (run) => {
      await run.send('job/other/lifecycle', { type: 'PAUSE', reason: 'first' });
      await run.add('other', 'a');
      run.db.exec('UPDATE task SET crash = 2');
      await run.send('job/other/lifecycle', { type: 'RESUME', force: false });
    },
  },
];

test.each(INNOCENT)('nobody is started again because $why', async ({ setting = {}, then = () => {} }) => {
  const run = await simulated({ jobs: [watch], ...setting });
  await then(run);
  void run.alive.ledger.found('watch', Array.from({ length: 30 }, (_, n) => ({ key: `${n}`, data: {} })));
  await run.time.pass(30 * MINUTE);
  expect([stalls(run), run.journal('job/watch/stage/fetch').filter(({ type }) => type === 'xstate.init').length]).toEqual([0, 1]);
});

test.each([
  ['the database is locked', 'SQLITE_BUSY'],
  ['the disk is full', 'SQLITE_FULL'],
])('nor because %s', async (_, code) => {
  const run = await simulated({ jobs: [slowly], handle: { fetch: (__, ___, { sleep }) => sleep.call(run, 1_000) } });
  await run.add('watch', 'a', 'b', 'c', 'd');
  const { commit } = run.alive.store;
  run.alive.store.commit = () => {
    throw Object.assign(new Error(code), { code });
  };
  await run.time.pass(30 * MINUTE);
  run.alive.store.commit = commit;
  run.freeBytes = 1e12;
  await run.time.pass(MINUTE);
  expect([stalls(run), run.tasks('watch', 'fetch')]).toEqual([0, { done: 4 }]);
});

test('nor because its code is still being made ready', async () => {
  const run = await simulated({ jobs: [other] });
  run.slow.add('watch/fetch');
  await run.reload(watch, other);
  await run.add('watch', 'a');
  await run.time.pass(30 * MINUTE);
  expect([run.tasks('watch', 'fetch'), stalls(run)]).toEqual([{ ready: 1 }, 0]);
});

test('time in which the process was stopped, or slept, does not count', async () => {
  const run = await simulated({ jobs: [watch] });
  forgetful.add('watch/fetch');
  await run.add('watch', 'a');
  for (let n = 0; n < 5; n++) {
    await run.time.pass(40_000);
    run.time.stall(10 * MINUTE);
    await run.time.settle();
  }
  expect(stalls(run)).toBe(0);
  await run.time.pass(2 * MINUTE);
  expect(stalls(run)).toBe(1);
});
