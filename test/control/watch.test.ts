/** An actor that is watched: what it was told, which of its transitions it took, and how it is now. */
import { onTestFinished, expect, test } from 'vitest';
import type { AnswerFrame, MovedFrame } from '../../inspector/protocol.ts';
import { withAllBelow } from '../../runtime/charts/arrows.ts';
import { chartOf } from '../../runtime/charts/chart.ts';
import { viewOf } from '../../runtime/control/accepting.ts';
import { Watch } from '../../runtime/control/watch.ts';
import { readActor } from '../../runtime/store/actors-view.ts';
import { cli, tokenIn } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import { simulated } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const watch = jobSpec('watch', { fetch: [] });
const LIFECYCLE = 'job/watch/lifecycle';
const STAGE = 'job/watch/stage/fetch';

/** A client that watches `path`, and all frames that it got. */
async function watching(path: string) {
  const run = await simulated({ jobs: [watch] });
  const frames: MovedFrame[] = [];
  const { steps } = run.alive.tree.recorder;
  const actor = (of: string) => {
    const living = run.alive.tree.actor(of);
    return living ? viewOf(living) : readActor(run.db, of);
  };
  const clock = run.time.clock();
  const client = new Watch({ clock, watched: { actor, follow: (of, watcher) => steps.watch(of, watcher) }, send: (frame) => void frames.push(frame) });
  onTestFinished(() => client.end());
  client.begin(path);
  return { run, client, frames, steps };
}

/** The transitions of the chart that were taken, as `from event`. */
function takenIn({ actor, events }: MovedFrame): string[][] {
  const states = new Map(withAllBelow(chartOf(actor.machine).root).map((state) => [state.id, state]));
  return events.map(({ taken }) => taken.map(({ from, index }) => `${from} ${states.get(from)!.transitions[index]!.event}`));
}

test('a frame has the events, the transitions that were really taken by their place in the chart, and the state after them', async () => {
  const { run, frames } = await watching(LIFECYCLE);
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch', until: run.time.now + 60_000 });
  expect(frames).toHaveLength(1);
  expect(frames[0]).toEqual({ type: 'moved', path: LIFECYCLE, events: [{ seq: run.journal(LIFECYCLE).at(-1)!.seq, at: run.time.now, type: 'PAUSE', taken: expect.any(Array) }], actor: viewOf(run.actor(LIFECYCLE)) });
  expect(frames[0]!.actor.active).toContain('lifecycle.pause.paused.untilLapse');
  // The second happens by itself, as soon as the first has been taken.
  expect(takenIn(frames[0]!)).toEqual([['lifecycle.pause.running PAUSE', 'lifecycle.pause.paused.untilLifted ']]);
  await run.time.pass(60_000);
  expect(takenIn(frames.at(-1)!)).toEqual([['lifecycle.pause.paused.untilLapse untilNextLapse']]);
  expect(frames.at(-1)!.actor.active).toContain('lifecycle.pause.running');
});

test('of the transitions for an event that one is named whose guard let it pass', async () => {
  const { run, frames } = await watching(LIFECYCLE);
  await run.send(LIFECYCLE, { type: 'hold.placed', cause: 'operator', reason: 'a' });
  await run.send(LIFECYCLE, { type: 'hold.placed', cause: 'window', reason: 'b' });
  await run.time.pass(100);
  await run.send(LIFECYCLE, { type: 'hold.lifted', cause: 'window' });
  await run.time.pass(100);
  await run.send(LIFECYCLE, { type: 'hold.lifted', cause: 'operator' });
  await run.time.pass(100);
  const { transitions } = withAllBelow(chartOf('lifecycle').root).find(({ id }) => id === 'lifecycle.pause.paused')!;
  const lifted = frames.flatMap(({ events }) => events).filter(({ type }) => type === 'hold.lifted').map(({ taken }) => transitions[taken[0]!.index]!.guard?.name);
  expect(lifted).toEqual([undefined, 'isLastHold']);
});

test('an event that changes nothing comes with no transition', async () => {
  const { run, frames } = await watching(LIFECYCLE);
  await run.send(LIFECYCLE, { type: 'work.finished' });
  expect(frames[0]!.events).toEqual([expect.objectContaining({ type: 'work.finished', taken: [] })]);
});

test('ten frames a second at most, with the last 50 events of each, and the number of the rest', async () => {
  const { run, frames } = await watching(LIFECYCLE);
  for (let n = 0; n < 10; n++) await run.send(LIFECYCLE, { type: 'PAUSE', reason: `first ${n}` });
  expect(frames).toHaveLength(1);
  for (let n = 0; n < 60; n++) await run.send(LIFECYCLE, { type: 'PAUSE', reason: `then ${n}` });
  expect(frames).toHaveLength(1);
  await run.time.pass(99);
  expect(frames).toHaveLength(1);
  await run.time.pass(1);
  expect(frames).toHaveLength(2);
  expect(frames.map(({ events, more = 0 }) => events.length + more).reduce((a, b) => a + b)).toBe(70);
  expect(frames[1]!.events).toHaveLength(50);
  const last = run.journal(LIFECYCLE).slice(-50).map(({ seq }) => seq);
  expect(frames[1]!.events.map(({ seq }) => seq)).toEqual(last);
  await run.time.pass(10_000);
  expect(frames).toHaveLength(2);
});

test('the watch goes on with the next actor of the same path when one has died', async () => {
  const { run, frames } = await watching(STAGE);
  await run.send(STAGE, { type: 'xstate.error.actor.test', actorId: 'test', error: { name: 'Error', message: 'out of order' } });
  await run.time.pass(100);
  expect(frames.at(-1)!.actor).toMatchObject({ value: null, restarts: { error: 'Error: out of order' } });
  await run.time.pass(1_000);
  expect(frames.at(-1)).toMatchObject({ actor: { machine: 'stageWorker', active: ['stageWorker', 'stageWorker.flowing', 'stageWorker.flowing.idle'], restarts: { count: 1 } } });
  expect(frames.flatMap(({ events }) => events.map(({ type }) => type))).toContain('xstate.init');
});

test('an actor that is gone has no state any more', async () => {
  const { run, frames } = await watching(STAGE);
  await run.reload();
  await run.time.pass(1_000);
  expect(frames.at(-1)!.actor).toMatchObject({ path: STAGE, value: null, accepts: [] });
});

test('one actor at a time is watched, and nothing is noted when nobody does', async () => {
  const { run, client, frames, steps } = await watching(LIFECYCLE);
  client.begin(STAGE);
  await run.send(LIFECYCLE, { type: 'PAUSE', reason: 'lunch' });
  await run.time.pass(100);
  expect([...new Set(frames.map(({ path }) => path))]).toEqual([STAGE]);
  expect(steps.watched).toBe(true);
  await run.send(STAGE, { type: 'reload.asked' });
  client.end();
  const before = frames.length;
  expect(steps.watched).toBe(false);
  await run.send(STAGE, { type: 'reload.asked' });
  await run.time.pass(1_000);
  expect(frames).toHaveLength(before);
});

test('over the socket: a watch is answered with the actor, told of what moves, and ends with its connection', async () => {
  const { run, url, data } = await operated({ jobs: [watch] });
  const client = await cli({ url, token: tokenIn(data) });
  const other = await cli({ url, token: tokenIn(data) });
  const { steps } = run.alive.tree.recorder;
  expect(await client.ask({ id: 'w', query: { type: 'watch', path: LIFECYCLE } })).toMatchObject({ id: 'w', ok: true, view: { actor: { path: LIFECYCLE, value: { pause: 'running' } } } });
  client.socket.send(JSON.stringify({ id: 'c', command: { type: 'PAUSE', job: 'watch', reason: 'lunch' } }));
  const got = [await client.next(), await client.next()];
  expect(got.find((frame) => 'id' in frame)).toMatchObject({ id: 'c', ok: true });
  expect(got.find((frame) => 'type' in frame)).toMatchObject({ type: 'moved', path: LIFECYCLE, events: [{ type: 'PAUSE', taken: [{ from: 'lifecycle.pause.running', index: 0 }] }], actor: { active: expect.arrayContaining(['lifecycle.pause.paused']) } });
  expect(await client.ask({ id: 'x', query: { type: 'watch', path: 'job/nobody' } })).toMatchObject({ ok: false, code: 'unknown_actor' } satisfies Partial<AnswerFrame>);
  expect(steps.watched).toBe(true);
  expect(await client.ask({ id: 'n', query: { type: 'watch', path: null } })).toEqual({ id: 'n', ok: true, view: { actor: null } });
  expect(steps.watched).toBe(false);
  await client.ask({ id: 'again', query: { type: 'watch', path: STAGE } });
  client.socket.close();
  await client.closed;
  // The server has seen the goodbye before it answers what is sent after it.
  expect(await other.ask({ id: 'o', query: { type: 'status' } })).toMatchObject({ ok: true });
  expect(steps.watched).toBe(false);
});
