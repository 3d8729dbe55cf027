import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { machines } from '../../machines/index.ts';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { seqAt } from '../../runtime/store/replay-view.ts';
import { changesBetween } from '../../runtime/travel/changes.ts';
import { exportedTest } from '../../runtime/travel/exported-test.ts';
import { stepsOf, UnknownPast } from '../../runtime/travel/history.ts';
import { actorAt, systemAt } from '../../runtime/travel/then.ts';
import { whatIf } from '../../runtime/travel/what-if.ts';
import { otherMachine } from '../support/other-machine.ts';
import { simulated, type SimulatedRuntime, type Work } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const other = jobSpec('other', { fetch: [] });
const slowly: Work = (_claim, _signal, run) => run.sleep(1_000);
const LIFECYCLE = 'job/watch/lifecycle';

/** The living tree, as a look at the past shows it. */
const now = (run: SimulatedRuntime, path: string) => ({ path, value: run.value(path), context: run.context(path), status: 'active' });
const lastSeq = (run: SimulatedRuntime) => run.alive.store.journal.lastSeq();

/** A run with something of everything, and what was true at some moments of it. */
async function eventful() {
  const run = await simulated({ jobs: [watch, other], handle: { 'other/fetch': () => failed('systemic') } });
  const seen: { seq: number; at: number; tree: Record<string, unknown> }[] = [];
  const look = () => {
    const paths = run.alive.store.actors.all().map(({ path }) => path);
    seen.push({ seq: lastSeq(run), at: run.time.now, tree: Object.fromEntries(paths.map((path) => [path, structuredClone(now(run, path))])) });
  };
  await run.add('watch', 'a', 'b');
  look();
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch', until: run.time.now + 5_000 });
  await run.time.pass(1_000);
  look();
  await run.add('other', 'x');
  await run.time.pass(1_000);
  look();
  run.kill();
  await run.time.pass(10_000);
  await run.boot();
  look();
  await run.send('job/watch/stage/fetch', { type: 'xstate.error.actor.test', actorId: 'test', error: { message: 'out of order' } });
  await run.time.pass(10_000);
  await run.reload(watch);
  look();
  return { run, seen };
}

test('any moment of the past is shown as it was: who lived, in which state, who was held', async () => {
  const { run, seen } = await eventful();
  for (const { seq, tree } of seen) {
    const then = systemAt(run.db, seq);
    expect(Object.fromEntries(then.actors.map((actor) => [actor.path, actor]))).toEqual(tree);
  }
  expect(Object.keys(seen.at(-1)!.tree)).not.toContain('job/other');
});

test('the counts of tasks are those of that moment, through edits, holds, a kill and a stage that is no more', async () => {
  const run = await simulated({ jobs: [watch, other], handle: { fetch: slowly, 'other/fetch': () => failed('item_specific') } });
  const seen: { at: number; seq: number; counts: unknown }[] = [];
  const counts = () => ['other', 'watch'].flatMap((job) => [...run.alive.store.counts.ofJob(job)].map(([stage, of]) => ({ job, stage, counts: of })));
  const look = async () => {
    seen.push({ at: run.time.now, seq: lastSeq(run), counts: structuredClone(counts()) });
    await run.time.pass(1_300);
  };
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch' });
  await look();
  await run.add('watch', 'a', 'b', 'c');
  await look();
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await look();
  await run.add('other', 'x', 'y');
  await look();
  await run.send(LIFECYCLE, { type: 'DRAIN' });
  await run.edit({ verb: 'reprocess', job: 'watch', downstream: true });
  await look();
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await run.edit({ verb: 'retry', job: 'other' });
  await look();
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch' });
  run.kill();
  await run.time.pass(5_000);
  await run.boot();
  await look();
  await run.reload(jobSpec('watch', { fetch: [] }), other);
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await run.time.pass(60_000);
  const known = (work: ReturnType<typeof systemAt>['work']) => work.map(({ job, stage, counts: of }) => ({ job, stage, counts: of }));
  for (const { at, seq, counts: of } of seen) expect(known(systemAt(run.db, seqAt(run.db, at), at).work), `at ${seq}`).toEqual(of);
  expect(known(systemAt(run.db, seen[0]!.seq).work)).toEqual(seen[0]!.counts);
  expect(known(systemAt(run.db, lastSeq(run)).work)).toEqual([...counts(), { job: 'watch', stage: 'extract', counts: expect.objectContaining({ done: 3 }) }]);
  expect(new Set(seen.map(({ counts: of }) => JSON.stringify(of))).size).toBeGreaterThan(5);
});

test('where no counts were kept, items and outputs tell what was found and done', async () => {
  const { run, seen } = await eventful();
  run.db.exec('DELETE FROM count_then');
  expect(systemAt(run.db, seen[2]!.seq).work).toEqual([
    { job: 'other', stage: 'fetch', found: 1, done: 0 },
    { job: 'watch', stage: 'fetch', found: 2, done: 2 },
    { job: 'watch', stage: 'extract', found: 2, done: 2 },
  ]);
});

test('a time is the last entry by then', async () => {
  const { run, seen } = await eventful();
  expect(seqAt(run.db, seen[2]!.at)).toBe(seen[2]!.seq);
  expect(seqAt(run.db, seen[2]!.at + 9_999)).toBe(seen[2]!.seq);
  expect(seqAt(run.db, 0)).toBe(0);
});

test('what never was is said to be unknown', async () => {
  const { run } = await eventful();
  expect(() => systemAt(run.db, 0)).toThrow(UnknownPast);
  expect(() => actorAt(run.db, LIFECYCLE, 1)).toThrow(`${LIFECYCLE} did not exist at 1`);
});

test('an event can be tried on the past, and what it would ask for is not done', async () => {
  const { run, seen } = await eventful();
  const paused = seen[1]!.seq;
  const before = run.db.prepare('SELECT count(*) FROM journal').pluck().get();
  const result = whatIf(run.db, LIFECYCLE, { type: 'RESUME', force: false, at: run.time.now }, paused);
  expect(result).toMatchObject({
    taken: true,
    before: { value: { pause: { paused: 'untilLapse' } } },
    after: { value: { pause: 'running' }, context: { holds: {} } },
    changes: [{ at: 'value.pause', before: { paused: 'untilLapse' }, after: 'running' }, { at: 'context.holds.operator', before: expect.objectContaining({ reason: 'lunch' }) }],
  });
  expect(result.effects.map(({ type }) => type)).toContain('tellJob');
  expect(whatIf(run.db, LIFECYCLE, { type: 'RESUME', force: false, at: 0 }, seen[0]!.seq)).toMatchObject({ taken: false, changes: [], effects: [] });
  expect(run.db.prepare('SELECT count(*) FROM journal').pluck().get()).toBe(before);
});

test('a replay over a machine that goes another way names the first event that does, and what it does today', async () => {
  const { run } = await eventful();
  const pause = run.journal(LIFECYCLE).find(({ type }) => type === 'PAUSE')!;
  run.db.prepare(`UPDATE journal SET event = replace(event, 'lunch', 'dinner') WHERE seq = ?`).run(pause.seq);
  const [result] = replayAll(run.db, LIFECYCLE);
  expect(result).toMatchObject({ ok: false, first: { seq: pause.seq, type: 'PAUSE', changes: expect.arrayContaining([{ at: 'context.holds.operator', after: expect.objectContaining({ reason: 'dinner' }) }]) } });
  expect(replayAll(run.db, LIFECYCLE, { to: pause.seq - 1 })).toMatchObject([{ ok: true }]);
  expect(replayAll(run.db, LIFECYCLE, { from: lastSeq(run) })).toMatchObject([{ ok: true }]);
  run.db.prepare(`UPDATE journal SET event = replace(event, 'dinner', 'lunch') WHERE seq = ?`).run(pause.seq);
});

test('an incident is exported as a test that holds today, and fails where it ends elsewhere', async () => {
  const { run, seen } = await eventful();
  for (const range of [{ from: 0, to: seen[1]!.seq }, { from: seen[0]!.seq, to: seen[1]!.seq }]) {
    const source = exportedTest(run.db, LIFECYCLE, range);
    expect(await outcomeOf(source)).toBe('passed');
    expect(await outcomeOf(source.replaceAll('untilLapse', 'untilLifted'))).toBe('failed');
    expect(await outcomeOf(source.replace('"type":"PAUSE"', '"type":"DRAIN"'))).toBe('failed');
  }
  expect(() => exportedTest(run.db, LIFECYCLE, { from: seen[1]!.seq, to: seen[1]!.seq })).toThrow('nothing happened');
});

test('an exported incident fails on a machine with the fix taken out, and on no other', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch', until: run.time.now + 5_000 });
  await run.send(LIFECYCLE, { type: 'hold.placed', cause: 'window', reason: 'outside of 09:00-17:00' });
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await run.time.pass(10_000);
  const incident = exportedTest(run.db, LIFECYCLE, { from: 0, to: lastSeq(run) });
  expect(await outcomeOf(incident)).toBe('passed');
  const { machine } = machines['lifecycle']!;
  otherMachine('lifecycle', { machine: machine.provide({ guards: { liftsEveryHold: () => true } } as never) });
  expect(await outcomeOf(incident)).toBe('failed');
  otherMachine('lifecycle', { machine: machine.provide({ actions: { liftAll: () => {} } } as never) });
  expect(await outcomeOf(incident)).toBe('passed');
  otherMachine('lifecycle', { machine });
});

test('an exported incident is a file that vitest runs', async () => {
  const { run, seen } = await eventful();
  const folder = fs.mkdtempSync('test/exported-');
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(`${folder}/incident.test.ts`, exportedTest(run.db, LIFECYCLE, { from: 0, to: seen[1]!.seq }));
  const vitest = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', `${folder}/incident.test.ts`, '--reporter=verbose'], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  expect(vitest.stdout).toContain(`${LIFECYCLE} ends where it should after PAUSE`);
  expect(vitest.status).toBe(0);
}, 60_000);

/** Runs the exported file's test, here. */
async function outcomeOf(source: string): Promise<'passed' | 'failed'> {
  const folder = fs.mkdtempSync('test/exported-');
  try {
    fs.writeFileSync(`${folder}/incident.ts`, source.replace(`import { expect, test } from 'vitest';`, `import { expect } from 'vitest';\nconst test = (_: string, run: () => void) => run();`));
    await import(`${process.cwd()}/${folder}/incident.ts`);
    return 'passed';
  } catch (error) {
    if ((error as Error).name === 'AssertionError') return 'failed';
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

test('a step holds what the machine wanted done', async () => {
  const { run } = await eventful();
  const pause = [...stepsOf(run.db, LIFECYCLE, lastSeq(run))].find(({ event }) => event.type === 'PAUSE')!;
  expect(pause.effects.map(({ type }) => type)).toContain('tellJob');
});

test('changes are leaves, with the side that is not there left out', () => {
  expect(changesBetween({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { b: 2, c: [1, 3, 4] }, e: null })).toEqual([
    { at: 'a.b', before: 1, after: 2 }, { at: 'a.c.1', before: 2, after: 3 }, { at: 'a.c.2', after: 4 }, { at: 'd', before: 1 }, { at: 'e', after: null },
  ]);
  expect(changesBetween({ a: [] }, { a: {} })).toEqual([{ at: 'a', before: [], after: {} }]);
  expect(changesBetween([1], [1])).toEqual([]);
});
