/** Questions on the past, as the inspector asks them: from the rows alone, and over the control port. */
import { expect, test } from 'vitest';
import type { ActorThenView, AnswerFrame, DensityView, Query, Refused, StatusView, Views } from '../../inspector/protocol.ts';
import { readStatus } from '../../runtime/store/status.ts';
import { answerOfThePast, type PastQuery } from '../../runtime/travel/answers.ts';
import { cli, tokenIn } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const LIFECYCLE = 'job/watch/lifecycle';
/** Nothing but discovery looks around. */
const LONG_MS = 3_600_000;

type Of<Type extends PastQuery['type']> = Extract<Query, { type: Type }>;

function view<Type extends PastQuery['type']>(run: SimulatedRuntime, query: Of<Type>): Views[Type] {
  const answer = answerOfThePast(run.db, query);
  if (!answer.ok) throw new Error(answer.message);
  return answer.view as Views[Type];
}

const refusal = (run: SimulatedRuntime, query: PastQuery): Refused => answerOfThePast(run.db, query) as Refused;
const lastSeq = (run: SimulatedRuntime) => run.alive.store.journal.lastSeq();
const density = (run: SimulatedRuntime, query: Omit<Of<'density'>, 'type'> = {}): DensityView => view(run, { type: 'density', ...query });

/** Two busy moments with an hour between them, a pause in the second. */
async function days() {
  const run = await simulated({ jobs: [watch] });
  await run.add('watch', 'a', 'b');
  await run.time.pass(LONG_MS);
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch' });
  const paused = lastSeq(run);
  await run.time.pass(1_000);
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await run.add('watch', 'c');
  return { run, paused };
}

test('what happened is counted in at most 200 buckets, every entry in one, and time in which nothing did takes no room', async () => {
  const { run } = await days();
  const { widthMs, buckets } = density(run);
  expect(buckets.length).toBeLessThanOrEqual(200);
  expect(buckets.reduce((sum, { n }) => sum + n, 0)).toBe(run.alive.store.journal.read().length);
  for (const [n, bucket] of buckets.entries()) {
    expect(bucket.until - bucket.at).toBeLessThanOrEqual(widthMs);
    if (n > 0) expect(bucket.from).toBe(buckets[n - 1]!.to + 1);
  }
  // Discovery looks every minute all the time; of the lifecycle there are two moments, an hour apart.
  expect(density(run, { path: LIFECYCLE }).widthMs).toBeLessThan(1_000);
});

test('of one actor only its own entries are counted, and a part of the journal can be looked at more closely', async () => {
  const { run, paused } = await days();
  const own = run.alive.store.journal.read().filter(({ path }) => path === LIFECYCLE);
  const { buckets } = density(run, { path: LIFECYCLE });
  expect(buckets.reduce((sum, { n }) => sum + n, 0)).toBe(own.length);
  expect(buckets[0]!.from).toBe(own[0]!.seq);
  const later = density(run, { from: paused, to: lastSeq(run) });
  expect(later.buckets[0]!.from).toBeGreaterThanOrEqual(paused);
  expect(density(run, { from: lastSeq(run) + 1 })).toEqual({ widthMs: 0, buckets: [] });
});

test('what operators sent, what failed or died, and what was reloaded is marked where it happened', async () => {
  const run = await simulated({ jobs: [watch], handle: { fetch: () => failed('item_specific') } });
  const marks = () => density(run).buckets.reduce((sum, { errors = 0, commands = 0, reloads = 0 }) => ({ errors: sum.errors + errors, commands: sum.commands + commands, reloads: sum.reloads + reloads }), { errors: 0, commands: 0, reloads: 0 });
  const begun = marks();
  const insert = run.db.prepare('INSERT INTO journal (seq, at, path, type, event, source, state) VALUES (?, ?, ?, ?, ?, ?, NULL)');
  await run.add('watch', 'a', 'b', 'c');
  await run.time.pass(10_000);
  const [attempts] = run.db.prepare<[], number>('SELECT count(*) FROM attempt WHERE fingerprint IS NOT NULL').pluck().all();
  insert.run(lastSeq(run) + 1, run.time.now, LIFECYCLE, 'PAUSE', '{"type":"PAUSE"}', 'operator:cli:1');
  insert.run(lastSeq(run) + 1, run.time.now, 'job/watch', 'xstate.error.actor.guards', '{"type":"xstate.error.actor.guards"}', null);
  insert.run(lastSeq(run) + 1, run.time.now, 'config', 'config.accepted', '{"type":"config.accepted"}', null);
  expect(marks()).toEqual({ errors: begun.errors + attempts! + 1, commands: begun.commands + 1, reloads: begun.reloads + 1 });
  expect(density(run, { path: LIFECYCLE }).buckets.at(-1)).toMatchObject({ commands: 1 });
  expect(run.db.prepare('EXPLAIN QUERY PLAN SELECT seq FROM journal WHERE (substr(source, 1, 9) = \'operator:\' OR substr(type, 1, 13) = \'xstate.error.\')').all()).toEqual([expect.objectContaining({ detail: expect.stringContaining('journal_marked') })]);
});

test('the entries around one are found, nearest first, of one actor or of all', async () => {
  const { run, paused } = await days();
  const entries = run.alive.store.journal.read();
  const own = entries.filter(({ path }) => path === LIFECYCLE);
  const places = (those: typeof entries) => those.map(({ seq, at }) => [seq, at]);
  expect(view(run, { type: 'moments', seq: paused, limit: 2 })).toEqual({ upTo: places(entries.filter(({ seq }) => seq <= paused)).slice(-2).reverse(), after: places(entries.filter(({ seq }) => seq > paused)).slice(0, 2) });
  expect(view(run, { type: 'moments', path: LIFECYCLE, seq: paused, limit: 100 })).toEqual({ upTo: places(own.filter(({ seq }) => seq <= paused)).reverse(), after: places(own.filter(({ seq }) => seq > paused)) });
});

test('the jobs stand at a moment as the status told them then: state, holds, what each stage had to do, who looks when', async () => {
  const run = await simulated({ jobs: [watch, jobSpec('other', { fetch: [] })], handle: { 'other/fetch': () => failed('systemic') } });
  const seen: { seq: number; jobs: StatusView['jobs'] }[] = [];
  const look = () => seen.push({ seq: lastSeq(run), jobs: structuredClone(readStatus(run.db, run.time.now).jobs) });
  await run.add('watch', 'a', 'b');
  await run.time.pass(2_000);
  look();
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch', until: run.time.now + 60_000 });
  await run.add('other', 'x');
  await run.time.pass(2_000);
  look();
  await run.send(LIFECYCLE, { type: 'DRAIN' });
  await run.time.pass(2_000);
  look();
  await run.send(LIFECYCLE, { type: 'RESUME', force: false });
  await run.time.pass(2_000);
  for (const { seq, jobs } of seen) {
    const then = view(run, { type: 'at', seq });
    expect(then.notes).toEqual([]);
    expect(then.jobs.map(({ dailyCostLimit: _, ...job }) => job)).toEqual(jobs.map(({ dailyCostLimit: _, ...job }) => job).filter(({ state }) => state !== 'archived'));
  }
  expect(new Set(seen.flatMap(({ jobs }) => jobs.map(({ state }) => state)))).toEqual(new Set(['running', 'paused', 'drained']));
});

test('an actor stands at a moment with what it was told last, the step it took, and what that changed', async () => {
  const { run, paused } = await days();
  const then = view(run, { type: 'actorAt', path: LIFECYCLE, seq: paused });
  expect(then).toMatchObject({
    machine: 'lifecycle', status: 'active', context: { holds: { operator: { reason: 'lunch' } } }, active: expect.arrayContaining(['lifecycle.pause.paused.untilLifted']),
    accepts: expect.arrayContaining(['RESUME']), step: { type: 'PAUSE', taken: [{ from: 'lifecycle.pause.running', index: expect.any(Number) }], before: { holds: {} } },
  });
  expect(then.doubt).toBeUndefined();
  const first = view(run, { type: 'actorAt', path: LIFECYCLE, seq: then.step.seq - 1 });
  expect(first).toMatchObject({ context: { holds: {} }, active: expect.arrayContaining(['lifecycle.pause.running']) });
});

test('an event is tried on a moment, and nothing comes of it', async () => {
  const { run, paused } = await days();
  const [entries, before] = [run.alive.store.journal.read().length, run.value(LIFECYCLE)];
  expect(view(run, { type: 'whatif', path: LIFECYCLE, seq: paused, event: { type: 'RESUME', force: false } })).toMatchObject({
    taken: true, value: { pause: 'running' }, active: expect.arrayContaining(['lifecycle.pause.running']), changes: [{ at: 'value.pause', after: 'running' }, { at: 'context.holds.operator', before: { reason: 'lunch' } }], effects: [{ type: 'tellJob' }],
  });
  expect(view(run, { type: 'whatif', path: LIFECYCLE, seq: paused, event: { type: 'FLY' } })).toMatchObject({ taken: false, why: expect.stringContaining('it knows no such event'), changes: [] });
  await run.time.pass(1_000);
  expect([run.alive.store.journal.read().length, run.value(LIFECYCLE)]).toEqual([entries, before]);
});

test('a replay, a rewind that is only looked at and an exported test say what jobctl says', async () => {
  const { run, paused } = await days();
  expect(view(run, { type: 'replay', path: LIFECYCLE })).toMatchObject({ ok: true, entries: 3 });
  expect(view(run, { type: 'rewind', path: LIFECYCLE, to: paused })).toMatchObject({ changes: [{ at: 'value.pause' }, { at: 'context.holds.operator', after: { reason: 'lunch' } }] });
  expect(run.value(LIFECYCLE)).toMatchObject({ pause: 'running' });
  const { source, line } = view(run, { type: 'exportTest', path: LIFECYCLE, from: 0, to: paused });
  expect(source).toContain("ends where it should after PAUSE");
  expect(line).toBe(`npx jobctl export-test ${LIFECYCLE} --from 0 --to ${paused}`);
});

test('what never was, and what cannot be, is refused with a reason', async () => {
  const { run, paused } = await days();
  expect(refusal(run, { type: 'actorAt', path: 'job/wacht', seq: 5 })).toMatchObject({ code: 'unknown_actor', message: expect.stringContaining('did you mean "job/watch"?') });
  expect(refusal(run, { type: 'actorAt', path: LIFECYCLE, seq: 1 })).toMatchObject({ code: 'unknown_past', message: `${LIFECYCLE} did not exist at 1` });
  expect(refusal(run, { type: 'rewind', path: 'job/watch', to: paused })).toMatchObject({ code: 'not_accepted' });
  expect(refusal(run, { type: 'exportTest', path: LIFECYCLE, from: paused + 1_000, to: paused + 1_001 })).toMatchObject({ code: 'unknown_past' });
});

test('a long journal is folded from where it was folded before, and says the same', async () => {
  const run = await simulated({ jobs: [watch] });
  const states: { seq: number; holds: unknown }[] = [];
  for (let n = 0; n < 300; n++) {
    await run.send(LIFECYCLE, { type: 'PAUSE', reason: `no. ${n}` });
    states.push({ seq: lastSeq(run), holds: structuredClone((run.context(LIFECYCLE) as { holds: unknown }).holds) });
  }
  for (const at of [299, 251, 249, 250, 10, 280]) {
    const { seq, holds } = states[at]!;
    expect(view(run, { type: 'actorAt', path: LIFECYCLE, seq }).context, `no. ${at}`).toEqual({ holds });
  }
  // What is cut off cannot be folded from a place before the cut.
  run.db.exec('SAVEPOINT cut');
  run.db.prepare('DELETE FROM journal WHERE path = ? AND seq <= ?').run(LIFECYCLE, states[280]!.seq);
  expect(refusal(run, { type: 'actorAt', path: LIFECYCLE, seq: states[280]!.seq })).toMatchObject({ code: 'unknown_past' });
  run.db.exec('ROLLBACK TO cut; RELEASE cut');
});

test('how actors stood is kept every few thousand entries: a look at the past needs nothing before, and goes with the journal', async () => {
  const run = await simulated({ jobs: [watch] });
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'early' });
  const early = lastSeq(run);
  run.kill();
  run.db.prepare('INSERT INTO journal (seq, at, path, type, event) VALUES (?, ?, ?, ?, ?)').run(early + 5_000, run.time.now, 'doctor', 'nothing', '{"type":"nothing"}');
  await run.boot();
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'kept' });
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'later' });
  const [later, kept] = [lastSeq(run), run.db.prepare<[string], number>('SELECT seq FROM actor_then WHERE path = ?').pluck().all(LIFECYCLE)];
  expect(kept).toHaveLength(1);
  expect(kept[0]).toBeGreaterThan(early);
  const reason = (seq: number) => (view(run, { type: 'actorAt', path: LIFECYCLE, seq }).context as { holds: { operator: { reason: string } } }).holds.operator.reason;
  expect([reason(early), reason(later)]).toEqual(['early', 'later']);

  run.db.exec('SAVEPOINT cut');
  run.db.prepare('DELETE FROM journal WHERE path = ? AND seq <= ?').run(LIFECYCLE, kept[0]);
  expect(reason(later)).toBe('later');
  expect(refusal(run, { type: 'actorAt', path: LIFECYCLE, seq: kept[0]! })).toMatchObject({ code: 'unknown_past' });
  run.db.exec('ROLLBACK TO cut; RELEASE cut');

  expect(run.alive.store.prune.actorsThen(early).removed).toBe(0);
  const all = run.db.prepare<[], number>('SELECT count(*) FROM actor_then').pluck().get()!;
  expect(run.alive.store.prune.actorsThen(later)).toEqual({ removed: all, next: undefined });
});

test('over the control port the past is told by a thread, and what is asked wrongly is refused', async () => {
  const { run, url, data } = await operated({ jobs: [watch] });
  await run.add('watch', 'a');
  const client = await cli({ url, token: tokenIn(data) });
  const ask = (query: unknown) => client.ask({ id: 'q', query }) as Promise<AnswerFrame & { view: ActorThenView }>;
  const { view: then } = await ask({ type: 'actorAt', path: LIFECYCLE, seq: lastSeq(run) });
  expect(then).toMatchObject({ path: LIFECYCLE, value: run.value(LIFECYCLE), context: run.context(LIFECYCLE) });
  expect(await ask({ type: 'density' })).toMatchObject({ ok: true, view: { buckets: expect.arrayContaining([expect.objectContaining({ from: 1 })]) } });
  for (const query of [{ type: 'at' }, { type: 'at', seq: 0 }, { type: 'moments', seq: 5, limit: 501 }, { type: 'whatif', path: LIFECYCLE, seq: 5, event: { type: 'stage.settled' } }, { type: 'exportTest', path: LIFECYCLE, from: -1, to: 5 }]) {
    expect(await ask(query), JSON.stringify(query)).toMatchObject({ ok: false, code: 'bad_request' });
  }
});

test('actors that are no more are told with what ended them: they themselves, jobs.yaml, or the end of their job', async () => {
  const run = await simulated({ jobs: [watch, jobSpec('other', { fetch: [] })] });
  await run.add('watch', 'a');
  await run.time.pass(LONG_MS);
  expect(view(run, { type: 'stopped' })).toEqual({ actors: [], more: 0 });
  await run.reload(jobSpec('watch', { fetch: [] }));
  await run.time.pass(1_000);
  const { actors, more } = view(run, { type: 'stopped' });
  const ends = new Map(actors.map(({ path, end }) => [path, end]));
  expect(more).toBe(0);
  expect(ends.get('job/watch/stage/extract')).toMatchObject({ path: 'job/watch', how: 'stopped' });
  expect(ends.get('job/other')).toMatchObject({ path: 'supervisor', how: 'stopped' });
  expect(ends.get('job/other/lifecycle')).toEqual(ends.get('job/other'));
  expect(ends.has('job/watch/lifecycle')).toBe(false);
  expect(view(run, { type: 'stopped', path: 'job/other/lifecycle' }).actors.map(({ path }) => path)).toEqual(['job/other/lifecycle']);
  const last = actors.find(({ path }) => path === 'job/other/lifecycle')!.last.seq;
  expect(view(run, { type: 'actorAt', path: 'job/other/lifecycle', seq: last }).status).toBe('active');
});
