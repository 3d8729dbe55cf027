import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { lifecycleMachine as pure } from '../../machines/lifecycle.ts';
import { createRecorder } from '../../runtime/recorder/recorder.ts';
import { rearm } from '../../runtime/recorder/rearm.ts';
import { walk } from '../support/edges.ts';
import { proofs } from './proofs.ts';

const input = { at: 0 };
const lifecycleMachine = pure.provide({ actions: { tellJob: () => {} } });

const started = (options: { snapshot?: unknown; at?: number; input?: object } = {}) => {
  const clock = new SimulatedClock();
  clock.set(options.at ?? 0);
  const recorder = createRecorder({ now: () => clock.now(), lastSeq: 0, record: () => {} });
  const job = createActor(recorder.wrap(lifecycleMachine), { clock, input: options.input ?? input, snapshot: options.snapshot } as never).start();
  return { clock, job, value: () => (job.getSnapshot() as any).value, holds: () => Object.keys((job.getSnapshot() as any).context.holds) };
};
const running = { pause: 'running', drain: 'flowing' };
const paused = { pause: { paused: expect.any(String) } };

test('a pause with an end resumes by itself, on time', () => {
  const { clock, job, value } = started();
  job.send({ type: 'PAUSE', reason: 'market closed', until: 3_000, at: 0 });
  clock.increment(2_999);
  expect(value()).toMatchObject(paused);
  clock.increment(1);
  expect(value()).toEqual(running);
});

test('a pause without an end stays', () => {
  const { clock, job, value } = started();
  job.send({ type: 'PAUSE', reason: 'lunch', at: 0 });
  clock.increment(1e9);
  expect(value()).toMatchObject(paused);
});

test('runs only when the last of several holds has lapsed', () => {
  const { clock, job, value, holds } = started();
  job.send({ type: 'PAUSE', reason: 'lunch', until: 1_000, at: 0 });
  job.send({ type: 'hold.placed', cause: 'budget', reason: '$5.00 of $5.00', until: 5_000, at: 0 });
  clock.increment(1_000);
  expect(holds()).toEqual(['budget']);
  clock.increment(4_000);
  expect(value()).toEqual(running);
});

test('RESUME leaves a budget hold in force unless it is forced', () => {
  const { job, value, holds } = started();
  job.send({ type: 'PAUSE', reason: 'lunch', at: 0 });
  job.send({ type: 'hold.placed', cause: 'budget', reason: '$5.00 of $5.00', at: 1 });
  job.send({ type: 'RESUME', force: false, at: 2 });
  expect(holds()).toEqual(['budget']);
  job.send({ type: 'RESUME', force: true, at: 3 });
  expect(value()).toEqual(running);
});

test('draining forgets no hold', () => {
  const { job, value, holds } = started();
  job.send({ type: 'hold.placed', cause: 'budget', reason: '$5.00 of $5.00', at: 0 });
  job.send({ type: 'DRAIN', at: 1 });
  job.send({ type: 'work.finished', at: 2 });
  job.send({ type: 'RESUME', force: false, at: 3 });
  expect(value()).toMatchObject({ ...paused, drain: 'flowing' });
  expect(holds()).toEqual(['budget']);
});

test('a lifecycle that starts with holds is paused, and a hold with an end still ends', () => {
  const { clock, value } = started({ input: { at: 0, holds: { budget: { reason: '$5.00 of $5.00', since: 0, until: 500 } } } });
  expect(value()).toMatchObject({ pause: { paused: 'untilLapse' } });
  clock.increment(500);
  expect(value()).toEqual(running);
});

test.each([
  ['while it was down', 9_000, 0],
  ['after the restart', 2_000, 1_000],
])('a pause whose end comes %s ends on time', (_, restartAt, wait) => {
  const before = started();
  before.job.send({ type: 'PAUSE', reason: 'x', until: 3_000, at: 0 });
  const snapshot = JSON.parse(JSON.stringify(before.job.getPersistedSnapshot()));

  const { clock, job, value } = started({ snapshot, at: restartAt });
  expect(rearm(job, clock.now())).toBe(1);
  if (wait > 0) {
    clock.increment(wait - 1);
    expect(value()).toMatchObject(paused);
  }
  clock.increment(wait > 0 ? 1 : 0);
  expect(value()).toEqual(running);
});

test('is paused exactly when something holds it', () => {
  const { edges } = walk(proofs.lifecycle!);
  expect(edges.length).toBeGreaterThan(100);
  for (const { next } of edges) expect(next.matches({ pause: 'running' })).toBe(Object.keys(next.context.holds).length === 0);
});
