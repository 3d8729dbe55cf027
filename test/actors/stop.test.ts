import { expect, test } from 'vitest';
import { simulated, type Work } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [] });
const narrow = { ...watch, stages: watch.stages.map((stage) => ({ ...stage, concurrency: 2 })) };
const slowly: Work = (_claim, _signal, run) => run.sleep(3_000);

test('a stop lets what is in flight end, and starts nothing more', async () => {
  const run = await simulated({ jobs: [narrow], handle: { fetch: slowly } });
  await run.add('watch', 'a', 'b', 'c');
  expect(await run.stop(10_000)).toEqual({ interrupted: 0 });
  await run.boot();
  expect(run.started.map(({ key, attempt }) => `${key}${attempt}`)).toEqual(['a1', 'b1', 'c1']);
});

test('what does not end within the grace period is cut off, runs again, and is charged no try', async () => {
  const run = await simulated({ jobs: [narrow] });
  const reasons: string[] = [];
  run.handle['fetch'] = ({ attempt }, signal) => {
    if (attempt > 1) return;
    signal.addEventListener('abort', () => reasons.push(signal.reason.name));
    return run.sleep(60_000);
  };
  await run.add('watch', 'a');
  expect(await run.stop(10_000)).toEqual({ interrupted: 1 });
  expect(reasons).toEqual(['StageStopped']);
  expect(run.db.prepare('SELECT state, tries, crash FROM task').get()).toEqual({ state: 1, tries: 0, crash: 0 });
  await run.boot();
  expect(run.task('watch', 'a', 'fetch')).toMatchObject({ state: 'done', attempt: 2, tries: 0, crash: 0, attempts: [{ outcome: 'interrupted', charged: 0 }] });
});

test('after a stop every actor goes on where it was', async () => {
  const run = await simulated({ jobs: [narrow] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 60_000 });
  await run.stop();
  await run.boot();
  expect(run.value('job/watch/lifecycle')).toEqual({ pause: { paused: 'untilLapse' }, drain: 'flowing' });
  expect(run.value('supervisor')).toEqual({ running: 'steady' });
  await run.time.pass(60_000);
  expect(run.holds('watch')).toEqual({});
});
