import { expect, test } from 'vitest';
import { explain } from '../../runtime/explain/explain.ts';
import { readActor, readTree } from '../../runtime/store/actors-view.ts';
import { readStatus } from '../../runtime/store/status.ts';
import { viewOf } from '../../runtime/control/accepting.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const path = 'job/watch/stage/fetch';

const dies = (run: SimulatedRuntime, of = path) => run.send(of, { type: 'xstate.error.actor.test', actorId: 'test', error: { name: 'Error', message: 'out of order' } });
const lineOf = (run: SimulatedRuntime, of = path) => readTree(run.db).find((line) => line.path === of);
const jobOf = (run: SimulatedRuntime) => readStatus(run.db, run.time.now).jobs[0]!;
const why = (run: SimulatedRuntime) => explain({ job: 'watch' }, { db: run.db, running: true });

test('all actors are shown with their state and what they were told last, each parent before its children', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.add('watch', 'a');
  const lines = readTree(run.db);
  expect(lines.map((line) => line.path)).toEqual(['supervisor', 'config', 'doctor', 'job/watch', 'job/watch/breaker', 'job/watch/discovery', 'job/watch/lifecycle', 'job/watch/stage/extract', 'job/watch/stage/fetch', 'notifier']);
  expect(lineOf(run)).toEqual({ path, machine: 'stageWorker', state: 'flowing.idle', last: expect.objectContaining({ type: 'stage.settled' }) });
});

test('one that died is shown while it is not there, with its error and when it comes back', async () => {
  const run = await simulated({ jobs: [watch] });
  await dies(run);
  const restarts = { count: 0, lastAt: run.time.now, error: 'Error: out of order', nextAt: expect.any(Number) };
  expect(lineOf(run)).toMatchObject({ state: 'restarting', restarts });
  expect(readActor(run.db, path)).toEqual({ path, machine: '', version: 0, value: null, context: null, accepts: [], restarts });
  expect(jobOf(run)).toMatchObject({ down: [{ child: 'stage/fetch', error: 'Error: out of order', since: run.time.now, until: restarts.nextAt }], stages: [{ name: 'fetch', state: 'restarting' }, {}] });
  expect(why(run)).toEqual([expect.objectContaining({ cause: 'restarting', reason: 'stage/fetch died and is started again: Error: out of order', clearsItself: true, until: restarts.nextAt })]);
});

test('one that was started again says how often, when and of what it died last', async () => {
  const run = await simulated({ jobs: [watch] });
  for (let n = 0; n < 2; n++) {
    await dies(run);
    await run.time.pass(1_000);
  }
  const restarts = { count: 2, lastAt: run.time.now - 1_000, error: 'Error: out of order' };
  expect([lineOf(run)!.restarts, readActor(run.db, path)!.restarts, viewOf(run.actor(path)).restarts]).toEqual([restarts, restarts, restarts]);
  expect(jobOf(run).down).toBeUndefined();
});

test('one that was given up says so, and its job says what to do', async () => {
  const run = await simulated({ jobs: [{ ...watch, restart: { ...watch.restart, max: 0 } }] });
  await dies(run);
  expect(lineOf(run)).toMatchObject({ state: 'given up', restarts: { nextAt: null } });
  expect(jobOf(run)).toMatchObject({ state: 'paused', reason: 'stage/fetch died: Error: out of order', stages: [{ state: 'given up' }, {}] });
  expect(why(run)).toEqual([expect.objectContaining({ cause: 'supervision', reason: 'stage/fetch died: Error: out of order', clearsItself: false, todo: ['npx jobctl unpause watch'] })]);
});

test('a job that died is shown and explained while it is not there', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch', { type: 'spec.changed', spec: null });
  expect(lineOf(run, 'job/watch')).toMatchObject({ state: 'restarting', restarts: { error: expect.stringContaining('TypeError') } });
  expect(jobOf(run).down).toEqual([expect.objectContaining({ child: '' })]);
  expect(why(run)).toEqual([expect.objectContaining({ cause: 'restarting', reason: expect.stringContaining('the job itself died and is started again: TypeError') })]);
});

test('deaths and restarts stand in the journal, with their error and their cause', async () => {
  const run = await simulated({ jobs: [watch] });
  await dies(run);
  await run.time.pass(1_000);
  const journal = run.journal('job/watch');
  const death = journal.find(({ type }) => type === 'xstate.error.actor.stage/fetch')!;
  expect(JSON.parse(death.event)).toMatchObject({ error: { message: 'out of order' } });
  const due = journal.find(({ type, cause }) => type.startsWith('xstate.after.') && cause === death.seq)!;
  expect(run.journal(path).findLast(({ type }) => type === 'xstate.init')).toMatchObject({ source: 'job/watch', cause: due.seq });
  expect(run.warnings).toEqual([`${path} has died: Error: out of order {}`]);
});
