/** From any fact back to what caused it, and forward to what it caused: five chains through the real runtime, by `jobctl trace`. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Effects, EventView, ItemDetail, TraceView } from '../../inspector/protocol.ts';
import { operated, type Operated } from '../support/operated.ts';
import { failed, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const reader = jobSpec('reader', { read: [] }, { discovery: { strategy: 'tracker_query', everyMs: 3_600_000, options: { job: 'watch' } } });

const named = ({ path: actor, event: { type } }: EventView) => `${actor} ${type.replace(/^(xstate\.after\.\w+)\..*/, '$1')}`;
const flat = (effects: readonly Effects[]): EventView[] => effects.flatMap(({ event, effects: further }) => [event, ...flat(further)]);
const trace = async (at: Operated, seq: number) => (await at.jobctl('trace', String(seq), '--json')).json<TraceView>();
const lastOf = ({ run }: Operated, actor: string, type: string) => run.journal(actor).findLast((entry) => entry.type.startsWith(type))!.seq;

/** From the last event of the chain one comes to its first, and from the first to the last, by each between them. */
async function expectChain(at: Operated, chain: readonly string[], last: number): Promise<TraceView> {
  const back = await trace(at, last);
  expect([...back.causes, back.event].map(named)).toEqual(chain);
  const first = back.causes[0]!;
  const forward = await trace(at, first.seq);
  expect(forward.causes).toEqual([]);
  expect([forward.event, ...flat(forward.effects)].map(named)).toEqual(expect.arrayContaining([...chain]));
  expect(flat(forward.effects).map(({ seq }) => seq)).toContain(last);
  return forward;
}

test('from a handler that failed to the hold and to stages that rest; and from its attempt to that entry', async () => {
  const at = await operated({ jobs: [watch], handle: { fetch: () => failed('systemic', 'answered 401') } });
  await at.run.add('watch', 'a');
  const chain = ['job/watch/stage/fetch stage.settled', 'job/watch stage.settled', 'job/watch/breaker stage.settled', 'job/watch breaker.changed', 'job/watch/lifecycle hold.placed', 'job/watch lifecycle.changed', 'job/watch/stage/extract job.held'];
  const { event } = await expectChain(at, chain, lastOf(at, 'job/watch/stage/extract', 'job.held'));
  expect(event).toMatchObject({ source: 'job/watch/stage/fetch/pump', event: { failures: [{ itemId: 1, attempt: 3, class: 'systemic', reason: 'Error: answered 401' }] } });
  const { attempts } = (await at.jobctl('item', 'a', '--json')).json<ItemDetail>();
  expect(attempts).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { attempt: 3, outcome: 'failed', told: event.seq }]);
  expect((await at.jobctl('item', 'a')).stdout).toMatch(new RegExp(`fetch 3 .* ${event.seq} +Error: answered 401`));
});

test('an attempt that failed only for its item is found in the journal too, each of many', async () => {
  const at = await operated({ jobs: [watch], handle: { fetch: ({ key, attempt }) => (key === 'a' ? failed('item_specific') : attempt === 1 ? failed('transient') : undefined) } });
  await at.run.add('watch', 'a', 'b');
  await at.run.time.pass(5_000);
  for (const key of ['a', 'b']) {
    const { id, attempts } = (await at.jobctl('item', key, '--json')).json<ItemDetail>();
    const [first] = attempts;
    expect((await trace(at, first!.told!)).event.event['failures']).toContainEqual(expect.objectContaining({ itemId: id, attempt: 1 }));
    expect(attempts.filter(({ outcome }) => outcome === 'done').map(({ told }) => told)).toEqual(key === 'a' ? [] : [undefined, undefined]);
  }
});

test('from a reload to a stage that has another concurrency', async () => {
  const file = path.join(tempFolder({ 'watch.ts': '' }), 'jobs.yaml');
  const text = (concurrency: number) => `jobs:\n  watch:\n    handler: ./watch.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch, concurrency: ${concurrency} }]\n`;
  fs.writeFileSync(file, text(1));
  const at = await operated({ file });
  fs.writeFileSync(file, text(4));
  await at.run.send('config', { type: 'RELOAD' });
  const chain = ['config RELOAD', 'config config.accepted', 'supervisor config.changed', 'job/watch spec.changed', 'job/watch/stage/fetch spec.changed'];
  await expectChain(at, chain, lastOf(at, 'job/watch/stage/fetch', 'spec.changed'));
});

test('from an item that is through one job to the poll of the job that reads from it', async () => {
  const at = await operated({ jobs: [watch, reader] });
  await at.run.time.pass(1_000);
  await at.run.add('watch', 'a');
  await at.run.time.pass(1_000);
  const chain = ['job/watch/stage/extract stage.settled', 'job/watch stage.settled', 'supervisor job.finished', 'job/reader upstream.progressed', 'job/reader/discovery upstream.progressed'];
  await expectChain(at, chain, lastOf(at, 'job/reader/discovery', 'upstream.progressed'));
});

test('from a pause with an end, through that end, to stages that work again', async () => {
  const at = await operated({ jobs: [watch] });
  await at.run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: at.run.time.now + 1_000 });
  await at.run.time.pass(1_000);
  const chain = ['job/watch/lifecycle PAUSE', 'job/watch/lifecycle xstate.after.untilNextLapse', 'job/watch lifecycle.changed', 'job/watch/stage/fetch job.freed'];
  await expectChain(at, chain, lastOf(at, 'job/watch/stage/fetch', 'job.freed'));
});

test('from the word of an operator to all that follows, with who gave it', async () => {
  const at = await operated({ jobs: [watch] });
  await at.typed('npx jobctl pause watch lunch');
  const chain = ['job/watch/lifecycle PAUSE', 'job/watch lifecycle.changed', 'job/watch/stage/fetch job.held'];
  const { event, effects } = await expectChain(at, chain, lastOf(at, 'job/watch/stage/fetch', 'job.held'));
  expect(event.source).toMatch(/^operator:/);
  expect(flat(effects).map(named)).toEqual(expect.arrayContaining(['job/watch/stage/extract job.held', 'job/watch/discovery job.held', 'supervisor job.changed']));
});

test('from a child that died to its new life', async () => {
  const at = await operated({ jobs: [watch] });
  await at.run.send('job/watch/stage/fetch', { type: 'xstate.error.actor.test', actorId: 'test', error: { message: 'out of order' } });
  await at.run.time.pass(10_000);
  const chain = ['job/watch xstate.error.actor.stage/fetch', 'job/watch xstate.after.untilRestart', 'job/watch/stage/fetch xstate.init'];
  const back = await trace(at, lastOf(at, 'job/watch/stage/fetch', 'xstate.init'));
  expect([...back.causes, back.event].map(named).slice(-3)).toEqual(chain);
  const forward = await trace(at, back.causes.at(-2)!.seq);
  expect([forward.event, ...flat(forward.effects)].map(named)).toEqual(expect.arrayContaining(chain));
});

test('people see the chain, what they asked for marked, and nothing that says nothing', async () => {
  const at = await operated({ jobs: [watch], handle: { fetch: () => failed('systemic', 'answered 401') } });
  await at.run.add('watch', 'a');
  const { stdout } = await at.jobctl('trace', String(lastOf(at, 'job/watch/lifecycle', 'hold.placed')));
  const lines = stdout.trimEnd().split('\n');
  expect(lines.slice(0, 2).map((line) => line.trim().split(/ +/).slice(2, 4).join(' '))).toEqual(['job/watch/stage/fetch stage.settled', 'job/watch stage.settled']);
  expect(lines[0]).toContain('"reason":"Error: answered 401');
  expect(lines[0]).not.toMatch(/"zombies"|"at"/);
  expect(lines[4]).toMatch(/hold\.placed .*◀$/);
  expect(lines[5]).toMatch(/^ +\d+ .* job\/watch {2}lifecycle\.changed/);
});

test('what the journal does not have cannot be traced', async () => {
  const at = await operated({ jobs: [watch] });
  expect(await at.jobctl('trace', '99999')).toMatchObject({ code: 4, stderr: expect.stringContaining('the journal has no entry 99999') });
});
