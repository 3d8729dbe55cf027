import { expect, test } from 'vitest';
import { traceOf, type Effects } from '../../runtime/store/events-view.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const reader = jobSpec('reader', { read: [] }, { discovery: { strategy: 'tracker_query', everyMs: 3_600_000, options: { job: 'watch' } } });

const last = (run: SimulatedRuntime, path: string, type: string) => run.journal(path).findLast((entry) => entry.type === type)!;
/** `path type`, from the first cause to the event. */
const back = (run: SimulatedRuntime, path: string, type: string) => {
  const { causes, event } = traceOf(run.db, last(run, path, type).seq)!;
  return [...causes, event].map((entry) => `${entry.path.replace('job/watch', 'watch')} ${entry.event.type}`);
};
const all = (effects: readonly Effects[]): string[] => effects.flatMap(({ event, effects: further }) => [`${event.path.replace('job/watch', 'watch')} ${event.event.type}`, ...all(further)]);
const forward = (run: SimulatedRuntime, path: string, type: string) => all(traceOf(run.db, last(run, path, type).seq)!.effects);

test('from a failure of a handler to the job that is held for it', async () => {
  const run = await simulated({ jobs: [watch], handle: { fetch: () => failed('systemic', 'answered 401') } });
  await run.add('watch', 'a');
  const chain = ['watch/stage/fetch stage.settled', 'watch stage.settled', 'watch/lifecycle hold.placed', 'watch lifecycle.changed'];
  expect(back(run, 'job/watch', 'lifecycle.changed')).toEqual(chain);
  expect(traceOf(run.db, last(run, 'job/watch/stage/fetch', 'stage.settled').seq)!.event.event).toMatchObject({ concern: { reason: 'Error: answered 401', itemId: 1, attempt: 1 } });
  expect(forward(run, 'job/watch/stage/fetch', 'stage.settled')).toEqual([...chain.slice(1), 'watch/stage/extract job.held', 'watch/discovery job.held', 'supervisor job.changed', 'watch/stage/fetch job.held']);
});

test('from the word of an operator to stages that work again', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  expect(back(run, 'job/watch/stage/extract', 'job.freed')).toEqual(['watch/lifecycle RESUME', 'watch lifecycle.changed', 'watch/stage/extract job.freed']);
  expect(traceOf(run.db, last(run, 'job/watch/lifecycle', 'RESUME').seq)!.event).toMatchObject({ source: 'operator:test', cause: null });
});

test('from the pause that had an end to its end', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 1_000 });
  await run.time.pass(1_000);
  const lapse = run.journal('job/watch/lifecycle').findLast(({ type }) => type.startsWith('xstate.after'))!;
  expect(back(run, 'job/watch/lifecycle', lapse.type)[0]).toBe('watch/lifecycle PAUSE');
  expect(forward(run, 'job/watch/lifecycle', 'PAUSE')).toEqual(expect.arrayContaining([`watch/lifecycle ${lapse.type}`, 'watch/stage/fetch job.freed']));
});

test('from an item that is through one job to the poll of the job that reads from it', async () => {
  const run = await simulated({ jobs: [watch, reader] });
  await run.time.pass(1_000);
  await run.add('watch', 'a');
  await run.time.pass(1_000);
  expect(back(run, 'job/reader/discovery', 'upstream.progressed')).toEqual([
    'watch/stage/extract stage.settled', 'watch stage.settled', 'supervisor job.finished', 'job/reader upstream.progressed', 'job/reader/discovery upstream.progressed',
  ]);
});

test('from a child that died to its new life', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch', { type: 'xstate.error.actor.stage/fetch', actorId: 'stage/fetch', error: { message: 'out of order' } });
  await run.time.pass(10_000);
  const born = run.journal('job/watch/stage/fetch').findLast(({ type }) => type === 'xstate.init')!;
  const { causes } = traceOf(run.db, born.seq)!;
  expect(causes.map(({ event }) => event.type)).toEqual(['xstate.error.actor.stage/fetch', expect.stringMatching(/^xstate\.after\.untilRestart/)]);
});

test('what is not in the journal has no trace', async () => {
  const run = await simulated({ jobs: [watch] });
  expect(traceOf(run.db, 99_999)).toBeUndefined();
});
