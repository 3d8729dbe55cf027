import { describe, expect, test } from 'vitest';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { NoRewind, rewindOf, stoodAt } from '../../runtime/travel/rewind.ts';
import { UnknownPast } from '../../runtime/travel/history.ts';
import { Commands } from '../../runtime/control/commands.ts';
import { simulated, type SimulatedRuntime, type Work } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const LIFECYCLE = 'job/watch/lifecycle';
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);

/** Number of the last entry of an actor. */
const lastOf = (run: SimulatedRuntime, path: string) => run.journal(path).at(-1)!.seq;
const rewind = async (run: SimulatedRuntime, path: string, to: number) => {
  const { job, id, past, standing, problem } = rewindOf(run.db, path, to);
  expect(problem).toBeUndefined();
  await run.send(`job/${job}`, { type: 'child.rewound', id, past, ...(standing && { standing }) });
};
const pauseFor = (run: SimulatedRuntime, ms: number) => run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch', until: run.time.now + ms });

describe('a lifecycle that goes back', () => {
  test('to a pause holds its job again, and ends at the time that was said', async () => {
    const run = await simulated({ jobs: [watch] });
    await pauseFor(run, 60_000);
    const paused = lastOf(run, LIFECYCLE);
    await run.send(LIFECYCLE, { type: 'RESUME', force: false });
    await run.time.pass(10_000);
    await rewind(run, LIFECYCLE, paused);
    await run.add('watch', 'a');
    expect([run.value(LIFECYCLE), run.holds('watch'), run.tasks('watch', 'fetch')]).toEqual([{ pause: { paused: 'untilLapse' }, drain: 'flowing' }, { operator: 'lunch' }, { ready: 1 }]);
    await run.time.pass(49_999);
    expect(run.tasks('watch', 'fetch')).toEqual({ ready: 1 });
    await run.time.pass(1);
    expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
  });

  test('to a pause whose end has passed goes on at once', async () => {
    const run = await simulated({ jobs: [watch] });
    await pauseFor(run, 1_000);
    const paused = lastOf(run, LIFECYCLE);
    await run.time.pass(5_000);
    await rewind(run, LIFECYCLE, paused);
    await run.time.pass(0);
    expect(run.value(LIFECYCLE)).toEqual({ pause: 'running', drain: 'flowing' });
  });

  test('from a pause lets work flow again', async () => {
    const run = await simulated({ jobs: [watch] });
    const free = lastOf(run, LIFECYCLE);
    await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch' });
    await run.add('watch', 'a');
    await rewind(run, LIFECYCLE, free);
    expect([run.holds('watch'), run.tasks('watch', 'extract')]).toEqual([{}, { done: 1 }]);
  });

  test('lifts nothing that only its own reason may lift', async () => {
    const run = await simulated({ jobs: [watch] });
    const free = lastOf(run, LIFECYCLE);
    await run.send(LIFECYCLE, { type: 'hold.placed', cause: 'window', reason: 'outside 09:00–17:00' });
    expect(rewindOf(run.db, LIFECYCLE, free).problem).toBe('the hold "window" of today would be lifted (outside 09:00–17:00), and it ends only when its reason ends');
  });

  test('is not drained while attempts are in flight', async () => {
    const run = await simulated({ jobs: [watch], handle: { fetch: slowly } });
    await run.send(LIFECYCLE, { type: 'DRAIN' });
    const drained = lastOf(run, LIFECYCLE);
    expect(run.value(LIFECYCLE)).toMatchObject({ drain: 'drained' });
    await run.send(LIFECYCLE, { type: 'RESUME', force: false });
    await run.add('watch', 'a');
    expect(rewindOf(run.db, LIFECYCLE, drained).problem).toBe('it was drained then, and 1 attempts are in flight: drain it');
    await run.time.pass(5_000);
    await rewind(run, LIFECYCLE, drained);
    await run.add('watch', 'b');
    expect(run.tasks('watch', 'fetch')).toEqual({ done: 1, ready: 1 });
  });
});

test('the past life is one more incarnation in the journal, and folds to what is stored, also after a restart', async () => {
  const run = await simulated({ jobs: [watch] });
  await pauseFor(run, 60_000);
  const paused = lastOf(run, LIFECYCLE);
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await rewind(run, LIFECYCLE, paused);
  expect(run.journal(LIFECYCLE).map(({ type, source }) => [type, source])).toEqual([['xstate.init', 'job/watch'], ['PAUSE', 'operator:test'], ['RESUME', 'operator:test'], ['xstate.init', 'job/watch']]);
  run.kill();
  await run.boot();
  expect(replayAll(run.db).filter(({ ok }) => !ok)).toEqual([]);
  expect(run.holds('watch')).toEqual({ operator: 'lunch' });
});

test('a stage goes back to where it was and works on: what ran is not run again', async () => {
  const run = await simulated({ jobs: [watch], handle: { fetch: slowly } });
  await run.add('watch', 'a');
  await run.time.pass(300);
  const busy = lastOf(run, 'job/watch/stage/fetch');
  await run.time.pass(5_000);
  await rewind(run, 'job/watch/stage/fetch', busy);
  await run.time.pass(1_000);
  expect([run.value('job/watch/stage/fetch'), run.keys('fetch')]).toEqual([{ flowing: 'idle' }, ['a']]);
  await run.add('watch', 'b');
  await run.time.pass(2_000);
  expect(run.tasks('watch', 'extract')).toEqual({ done: 2 });
});

test('a discovery goes back and looks when it was to look then', async () => {
  const run = await simulated({ jobs: [watch] });
  const first = lastOf(run, 'job/watch/discovery');
  await run.time.pass(90_000);
  const polls = run.journal('job/watch/discovery').length;
  await rewind(run, 'job/watch/discovery', first);
  await run.time.pass(0);
  expect(run.journal('job/watch/discovery').length).toBeGreaterThan(polls + 1);
  expect(run.value('job/watch/discovery')).toBe('waiting');
});

test('what has no past, no life or no parent to begin it again is refused', async () => {
  const run = await simulated({ jobs: [watch] });
  expect(() => rewindOf(run.db, 'job/watch', 3)).toThrow(NoRewind);
  expect(() => rewindOf(run.db, 'supervisor', 3)).toThrow('rewind the lifecycle, the discovery or a stage of a job');
  expect(() => rewindOf(run.db, 'job/gone/lifecycle', 3)).toThrow('does not live now');
  expect(() => rewindOf(run.db, LIFECYCLE, 1)).toThrow(UnknownPast);
});

test('a state that today’s machine does not lead to is refused, whether its version was raised or not', async () => {
  const run = await simulated({ jobs: [watch] });
  const [born] = run.journal(LIFECYCLE);
  const mark = born!.state;
  const set = run.db.prepare(`UPDATE journal SET event = json_set(event, '$.version', ?), state = ? WHERE seq = ?`);
  set.run(0, mark, born!.seq);
  expect(rewindOf(run.db, LIFECYCLE, born!.seq).problem).toBeUndefined();
  set.run(0, 'another', born!.seq);
  expect(rewindOf(run.db, LIFECYCLE, born!.seq).problem).toBe(`where it stood then is not known: the machine had version 0 then, and has 1 now: this is what today's makes of its journal, and not where it stood`);
  set.run(1, 'another', born!.seq);
  expect(rewindOf(run.db, LIFECYCLE, born!.seq).problem).toContain('where it stood then is not known: the machine was another one then');
  set.run(1, mark, born!.seq);
});

test('an operator rewinds by a command, hears what was, and can take it back', async () => {
  const run = await simulated({ jobs: [watch] });
  const { clock, store, ledger, tree } = run.alive;
  const none = () => {};
  const commands = new Commands({ clock, store, ledger, recorder: tree.recorder, actor: tree.actor, jobs: () => ['watch'], reload: none as never, stood: async (path: string, to: number) => stoodAt(run.db, path, to), stop: none } as never);
  const execute = async (path: string, to: number, id: string) => {
    const answer = commands.execute({ type: 'REWIND', path, to }, 'test', id);
    await run.time.settle();
    return answer;
  };
  await pauseFor(run, 60_000);
  const paused = lastOf(run, LIFECYCLE);
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  const resumed = lastOf(run, LIFECYCLE);
  expect(await execute(LIFECYCLE, paused, 'a')).toMatchObject({
    ok: true, before: { state: expect.stringContaining('running') }, after: { state: expect.stringContaining('paused') }, undo: `npx jobctl rewind ${LIFECYCLE} --to ${resumed}`,
  });
  expect(await execute(LIFECYCLE, resumed, 'b')).toMatchObject({ ok: true, after: { state: expect.stringContaining('running') } });
  expect(await execute(LIFECYCLE, 1, 'c')).toMatchObject({ ok: false, code: 'not_accepted', message: `${LIFECYCLE} did not exist at 1` });
  expect(await execute('job/nobody/lifecycle', 1, 'd')).toMatchObject({ ok: false, code: 'unknown_actor' });
  expect(run.db.prepare(`SELECT count(*) FROM command WHERE state = 'applied'`).pluck().get()).toBe(2);
});
