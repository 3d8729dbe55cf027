import { expect, test } from 'vitest';
import { explain } from '../../runtime/explain/explain.ts';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { readDiscovery } from '../../runtime/store/discovery-view.ts';
import { readActor, readTree } from '../../runtime/store/actors-view.ts';
import { readStatus } from '../../runtime/store/status.ts';
import type { ActorRow } from '../../runtime/store/types.ts';
import { dice, fuzzed } from '../support/fuzzed-rows.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const hourly = { discovery: { strategy: 'manual', everyMs: 3_600_000, options: {} } };
const JOBS = [jobSpec('watch', { fetch: [], extract: ['fetch'] }, hourly), jobSpec('other', { fetch: [] }, hourly), jobSpec('free', { fetch: [], score: ['fetch'] }, hourly), jobSpec('sick', { fetch: [] }, hourly)];
const PATHS = ['supervisor', 'config', 'doctor', 'notifier', 'resource/api', ...JOBS.flatMap(({ id, stages }) => [`job/${id}`, `job/${id}/lifecycle`, `job/${id}/discovery`, `job/${id}/breaker`, ...stages.map(({ name }) => `job/${id}/stage/${name}`)])];
const ROWS = 10_000;
const SEED = 20_261_127;
/** A look at all that must be true takes as long as a boot. */
const LOOK_EVERY = 10;

const rowsOf = (run: SimulatedRuntime) => run.db.prepare<[], ActorRow>('SELECT * FROM actor').all();

/** Jobs held in every way: with and without an end, for several causes, draining, by an error. One is free. */
async function heldInEveryWay(): Promise<SimulatedRuntime> {
  const run = await simulated({ jobs: JOBS, resources: { api: 2 }, handle: { 'sick/fetch': () => failed('systemic', 'answered 401') } });
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 365 * 86_400_000 });
  await run.send('job/watch/lifecycle', { type: 'hold.placed', cause: 'budget', reason: '$5 of $5' });
  await run.send('job/other/lifecycle', { type: 'DRAIN' });
  await run.send('job/other/lifecycle', { type: 'PAUSE', reason: 'and paused' });
  for (const { id } of JOBS) await run.add(id, 'first');
  await run.time.pass(1_000);
  return run;
}

/** The actors as they are given, and the journal as it was. */
function put(run: SimulatedRuntime, rows: readonly ActorRow[], last: number): void {
  run.db.exec(`DELETE FROM actor; DELETE FROM actor_quarantine; DELETE FROM journal WHERE seq > ${last}`);
  const insert = run.db.prepare('INSERT INTO actor (path, parent, id, src, version, seq, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const { path, parent, id, src, version, seq, snapshot } of rows) insert.run(path, parent, id, src, version, seq, snapshot);
}

/** What holds the jobs, by rows and by actors. */
const held = (run: SimulatedRuntime) => JOBS.map(({ id }) => [run.row(id), run.value(`job/${id}/lifecycle`), run.context(`job/${id}/lifecycle`)]);

/** As `jobctl` reads while no runner lives. */
function readAll({ db, time }: SimulatedRuntime): void {
  readStatus(db, time.now);
  explain({}, { db, running: false });
  for (const { id } of JOBS) readDiscovery(db, id, { limit: 1 });
  for (const path of PATHS) readActor(db, path);
  readTree(db);
  replayAll(db);
}

test(`${ROWS.toLocaleString('en-GB')} damaged rows stop no boot, forget no pause and lose no actor`, { timeout: 120_000 }, async () => {
  const run = await heldInEveryWay();
  const before = held(run);
  const started = run.started.length;
  run.kill();
  const good = rowsOf(run);
  expect(good.map(({ path }) => path).sort()).toEqual([...PATHS].sort());
  const last = run.db.prepare<[], number>('SELECT max(seq) FROM journal').pluck().get()!;
  const random = dice(SEED);
  // A damaged disk does not ask SQLite's CHECKs.
  run.db.pragma('ignore_check_constraints = ON');
  let damaged = 0;
  for (let boots = 1; damaged < ROWS; boots++) {
    const broken = fuzzed(good, random, 0.4 + 0.6 * random());
    damaged += broken.damaged;
    put(run, broken.rows, last);
    const what = `boot ${boots} of seed ${SEED}`;
    if (boots % LOOK_EVERY === 0) expect(() => readAll(run), what).not.toThrow();
    await run.boot();
    expect(PATHS.filter((path) => run.alive.tree.actor(path)?.getSnapshot().status !== 'active'), what).toEqual([]);
    await run.time.pass(0);
    expect(held(run), what).toEqual(before);
    if (boots % LOOK_EVERY === 0) run.expectTrueRows();
    expect(run.keys('fetch').length + run.keys('score').length, what).toBe(started);
    run.kill();
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  put(run, good, last);
  await run.boot();
  await run.add('free', 'second');
  expect(run.tasks('free', 'score')).toEqual({ done: 2 });
});
