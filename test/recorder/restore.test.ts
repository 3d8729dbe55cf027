import { expect, test } from 'vitest';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { simulated, type SimulatedRuntime, type Work } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const other = jobSpec('other', { fetch: [] });
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);
const PATHS = ['supervisor', ...['watch', 'other'].flatMap((job) => [`job/${job}`, `job/${job}/lifecycle`, `job/${job}/discovery`, `job/${job}/breaker`, `job/${job}/stage/fetch`]), 'job/watch/stage/extract'];
const typesOf = (run: SimulatedRuntime, path: string) => run.journal(path).map(({ type }) => type);

async function restart(run: SimulatedRuntime, downMs = 0): Promise<void> {
  run.kill();
  await run.time.pass(downMs);
  await run.boot();
}

test('every journal folds to the stored snapshot, through a kill, a timer after it, the death of a child and a reload', async () => {
  const run = await simulated({ jobs: [watch, other], handle: { fetch: slowly, extract: ({ key }) => (key === 'bad' ? failed('item_specific') : undefined) } });
  await run.add('watch', 'a', 'bad', 'c');
  await run.send('job/other/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 90_000 });
  await run.time.pass(1_500);
  await run.add('watch', 'd');
  await restart(run, 5_000);
  await run.send('job/watch/discovery', { type: 'xstate.error.actor.test', actorId: 'test', error: { message: 'out of order' } });
  await run.time.pass(90_000);
  await run.reload(jobSpec('watch', { fetch: [], extract: ['fetch'], score: ['extract'] }), other, jobSpec('third', { read: [] }));
  await restart(run);
  await run.time.pass(61_000);

  expect(typesOf(run, 'job/other/lifecycle')).toEqual(['xstate.init', 'PAUSE', 'actor.restored', 'xstate.after.untilNextLapse.lifecycle.pause.paused.untilLapse', 'actor.restored']);
  expect(typesOf(run, 'job/watch/discovery').filter((type) => type === 'xstate.init')).toHaveLength(2);
  expect(typesOf(run, 'job/watch')).toEqual(expect.arrayContaining(['xstate.error.actor.discovery', 'xstate.after.untilRestart.job.restarting', 'spec.changed']));
  const replayed = replayAll(run.db);
  expect(replayed.filter(({ ok }) => !ok)).toEqual([]);
  expect(replayed.map(({ path }) => path).sort()).toEqual(['config', 'doctor', 'notifier', ...PATHS, 'job/watch/stage/score', 'job/third', 'job/third/lifecycle', 'job/third/discovery', 'job/third/breaker', 'job/third/stage/read'].sort());
  expect(Math.min(...replayed.map(({ entries }) => entries))).toBeGreaterThan(0);
  expect(run.tasks('watch', 'score')).toEqual({ done: 3, blocked: 1 });
});

test('a fold that differs is seen: the proof above can fail', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  const pause = run.journal('job/watch/lifecycle').find(({ type }) => type === 'PAUSE')!;
  run.db.prepare(`UPDATE journal SET event = replace(event, 'lunch', 'dinner') WHERE seq = ?`).run(pause.seq);
  expect(replayAll(run.db).filter(({ ok }) => !ok).map(({ path }) => path)).toEqual(['job/watch/lifecycle']);
  run.db.prepare(`UPDATE journal SET event = replace(event, 'dinner', 'lunch') WHERE seq = ?`).run(pause.seq);
});

// ---------------------------------------------------------------- timers and polls

test('what a restart restores is what was there, and every actor hears of it once', async () => {
  const run = await simulated({ jobs: [watch, other] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  const before = PATHS.map((path) => run.value(path));
  await restart(run);
  expect(PATHS.map((path) => run.value(path))).toEqual(before);
  for (const path of PATHS) expect(typesOf(run, path).filter((type) => type === 'actor.restored' || type === 'xstate.init')).toEqual(['xstate.init', 'actor.restored']);
  expect(run.warnings).toEqual([]);
});

test('timers are set again, once each', async () => {
  const run = await simulated({ jobs: [watch, other] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 30_000 });
  await run.send('job/other', { type: 'xstate.error.actor.stage/fetch', actorId: 'stage/fetch', error: { message: 'gone' } });
  await restart(run);
  const waiting = run.time.waiting;
  for (let n = 0; n < 2; n++) await restart(run);
  expect(run.time.waiting).toBe(waiting);
  await run.time.pass(120_000);
  expect(typesOf(run, 'job/watch/lifecycle').filter((type) => type.startsWith('xstate.after'))).toHaveLength(1);
  expect(typesOf(run, 'job/other/discovery').filter((type) => type.startsWith('xstate.after'))).toHaveLength(3);
  expect(run.value('job/other')).toBe('steady');
});

test.each([
  ['while it was down', 60_000, 0],
  ['after the restart', 10_000, 20_000],
])('a pause whose end comes %s ends on time', async (_, downMs, left) => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 30_000 });
  await run.add('watch', 'a');
  await restart(run, downMs);
  if (left > 0) {
    await run.time.pass(left - 1);
    expect(run.keys('fetch')).toEqual([]);
    await run.time.pass(1);
  }
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('a poll that was cut off begins again, also one that had met a full queue', async () => {
  const polls: AbortSignal[] = [];
  const given = {
    name: 'given',
    options: { parse: () => ({}) },
    async *discover(_: unknown, { signal }: { signal: AbortSignal }) {
      polls.push(signal);
      if (polls.length === 1) await new Promise(() => {});
      for (const key of ['a', 'b', 'c']) yield { key, data: {} };
    },
  };
  const job = jobSpec('watch', { fetch: [] }, { discovery: { strategy: 'given', everyMs: 60_000, options: {} }, guards: { maxPending: 2, validate: false } });
  const run = await simulated({ jobs: [job], strategies: [given], handle: { fetch: slowly } });
  expect(run.value('job/watch/discovery')).toEqual({ polling: 'reading' });
  await restart(run);
  expect([polls.length, run.value('job/watch/discovery')]).toEqual([2, { polling: 'full' }]);
  await restart(run);
  expect(polls).toHaveLength(3);
  await run.time.pass(10_000);
  expect(run.tasks('watch', 'fetch')).toEqual({ done: 3 });
  expect(run.value('job/watch/discovery')).toBe('waiting');
});

test('a child that was being started again when the process died is there after it', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/stage/fetch', { type: 'xstate.error.actor.test', actorId: 'test', error: { message: 'out of order' } });
  await restart(run);
  await run.add('watch', 'a');
  expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
});

test('a job that was being started again when the process died is there after it, held as it was', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.send('job/watch', { type: 'spec.changed', spec: null });
  await restart(run);
  expect(run.value('supervisor')).toEqual({ running: 'steady' });
  await run.add('watch', 'a');
  expect([run.holds('watch'), run.tasks('watch', 'fetch')]).toEqual([{ operator: 'lunch' }, { ready: 1 }]);
});

// ---------------------------------------------------------------- rows that cannot be used

const spoil = (run: SimulatedRuntime, path: string, change: string) => run.db.prepare(`UPDATE actor SET ${change} WHERE path = ?`).run(path);
const put = (snapshot: unknown) => `snapshot = '${JSON.stringify(snapshot)}'`;

const SPOILT: [what: string, change: string, reason: RegExp][] = [
  ['is no snapshot', put('garbage'), /./],
  ['is null', put(null), /./],
  ['is empty', put({}), /./],
  ['names a state that there is not', `snapshot = json_set(snapshot, '$.value', 'elsewhere')`, /elsewhere/],
  ['has no context', `snapshot = json_set(snapshot, '$.context', json('null'))`, /context/],
  ['has lost part of its context', `snapshot = json_set(snapshot, '$.context', json('{}'))`, /context/],
  ['had ended', `snapshot = json_set(snapshot, '$.status', 'error')`, /error/],
  ['is of another version', 'version = 99', /version 99/],
  ['is of a machine that there is not', `src = 'dragon'`, /there is no machine "dragon"/],
];

test.each(PATHS.flatMap((path) => SPOILT.map(([what, change, reason]) => [path, what, change, reason] as const)))(
  '%s: a row that %s is put aside, and nothing is forgotten',
  async (path, _, change, reason) => {
    const run = await simulated({ jobs: [watch, other] });
    await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 60_000 });
    await run.send('job/other/lifecycle', { type: 'DRAIN' });
    await run.add('watch', 'a');
    await run.add('other', 'a');
    run.kill();
    spoil(run, path, change);
    await run.boot();

    const quarantined = run.db.prepare<[], { path: string; reason: string }>('SELECT path, reason FROM actor_quarantine').all();
    expect(quarantined).toEqual([{ path, reason: expect.stringMatching(reason) }]);
    expect(run.warnings).toEqual([expect.stringContaining(`the stored state of ${path} cannot be used`)]);
    expect(typesOf(run, path).filter((type) => type === 'xstate.init')).toHaveLength(2);
    await run.time.pass(59_999);
    expect([run.holds('watch'), run.tasks('watch', 'fetch')]).toEqual([{ operator: 'lunch' }, { ready: 1 }]);
    expect([run.value('job/other/lifecycle'), run.tasks('other', 'fetch')]).toEqual([{ pause: 'running', drain: 'drained' }, { ready: 1 }]);
    await run.time.pass(1);
    expect(run.tasks('watch', 'extract')).toEqual({ done: 1 });
    await run.send('job/other/lifecycle', { type: 'RESUME', force: false });
    expect(run.tasks('other', 'fetch')).toEqual({ done: 1 });
  },
);

test('jobs below a root that cannot be used leave no row behind when the configuration has them no more', async () => {
  const run = await simulated({ jobs: [watch, other] });
  run.kill();
  spoil(run, 'supervisor', 'version = 99');
  run.jobs = [watch];
  await run.boot();
  await restart(run);
  expect(run.alive.store.actors.all().filter(({ path }) => path.startsWith('job/other'))).toEqual([]);
  expect(run.alive.tree.actor('job/other')).toBeUndefined();
});
