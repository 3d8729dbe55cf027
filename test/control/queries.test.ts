/** What is read through the control port, of a whole tree of actors that has worked. */
import { expect, test } from 'vitest';
import type { ActorsView, AnswerFrame, ChartView, EventsView, Effects, ItemDetail, ItemsView, NamedItemsView, Query, Refused, TraceView } from '../../inspector/protocol.ts';
import { chartOf } from '../../runtime/charts/chart.ts';
import { cli, tokenIn, type Client } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import { jobSpec } from '../support/store.ts';

const jobs = [jobSpec('watch', { fetch: [], extract: ['fetch'] }), jobSpec('watchmen', { fetch: [] })];

async function connected() {
  const { run, url, data } = await operated({ jobs });
  await run.add('watch', 'a', 'b', 'c');
  const client = await cli({ url, token: tokenIn(data) });
  const ask = (query: unknown) => client.ask({ id: 'q', query });
  return { run, client, ask, read: <View>(query: Query | { type: 'events' | 'items' }) => viewIn<View>(ask(query)) };
}

async function viewIn<View>(answer: Promise<AnswerFrame>): Promise<View> {
  const frame = await answer;
  expect(frame).toMatchObject({ id: 'q', ok: true });
  return (frame as unknown as { view: View }).view;
}

const refusal = async (answer: ReturnType<Client['ask']>): Promise<Refused> => (await answer) as unknown as Refused;

test('all actors come with machine, state and what they were told last, parents before children', async () => {
  const { read } = await connected();
  const { actors } = await read<ActorsView>({ type: 'actors' });
  const paths = actors.map(({ path }) => path);
  expect(paths.slice(0, 2)).toEqual(['supervisor', 'config']);
  for (const [at, path] of paths.entries()) if (path.startsWith('job/watch/')) expect(paths.indexOf('job/watch')).toBeLessThan(at);
  expect(actors.find(({ path }) => path === 'job/watch/stage/fetch')).toEqual({
    path: 'job/watch/stage/fetch', machine: 'stageWorker', state: 'flowing.idle', last: { seq: expect.any(Number), at: expect.any(Number), type: 'stage.settled' },
  });
});

test('the events of an actor and of those below it come newest first, page by page, and none of a neighbour whose name begins alike', async () => {
  const { read, run } = await connected();
  const all = run.alive.store.journal.read().filter(({ path }) => path === 'job/watch' || path.startsWith('job/watch/')).map(({ seq }) => seq);
  const seen: number[] = [];
  for (let before: number | undefined; ; ) {
    const page: EventsView = await read({ type: 'events', path: 'job/watch', limit: 5, ...(before !== undefined && { before }) });
    expect(page.events.length).toBeLessThanOrEqual(5);
    seen.push(...page.events.map(({ seq }) => seq));
    if (page.next === undefined) break;
    before = page.next;
  }
  expect(seen).toEqual(all.toReversed());
});

test('events are found by their types, with what they hold', async () => {
  const { read, run } = await connected();
  const { events, next } = await read<EventsView>({ type: 'events', types: ['stage.settled', 'xstate.init'] });
  expect(next).toBeUndefined();
  const wanted = run.alive.store.journal.read().filter(({ type }) => type === 'stage.settled' || type === 'xstate.init');
  expect(wanted.length).toBeGreaterThan(5);
  expect(events.map(({ seq }) => seq)).toEqual(wanted.map(({ seq }) => seq).toReversed());
  expect(events.find(({ event }) => event.type === 'stage.settled')).toMatchObject({ path: 'job/watch', source: 'job/watch/stage/extract', event: { at: expect.any(Number) } });
});

test('events of some types can be left out, also below one actor', async () => {
  const { read, run } = await connected();
  const { events } = await read<EventsView>({ type: 'events', path: 'job/watch', not: ['stage.settled', 'xstate.init'] } as Query);
  const wanted = run.alive.store.journal.read().filter(({ path, type }) => (path === 'job/watch' || path.startsWith('job/watch/')) && type !== 'stage.settled' && type !== 'xstate.init');
  expect(wanted.length).toBeGreaterThan(2);
  expect(events.map(({ seq }) => seq)).toEqual(wanted.map(({ seq }) => seq).toReversed());
});

test('events are found by their numbers, in the order asked for; what is gone is left out', async () => {
  const { read } = await connected();
  const { events } = await read<EventsView>({ type: 'eventsNumbered', seqs: [7, 2, 999_999] } as Query);
  expect(events.map(({ seq }) => seq)).toEqual([7, 2]);
});

test('items are found by a part of title or key, whatever letters it has; one that is named exactly so comes first', async () => {
  const { run, read } = await connected();
  await run.add('watch', '100%', 'a_b', 'axb');
  const named = async (text: string) => (await read<NamedItemsView>({ type: 'itemsNamed', text } as Query)).items.map(({ key }) => key);
  expect(await named('%')).toEqual(['100%']);
  expect(await named('_')).toEqual(['a_b']);
  expect(await named('a')).toEqual(['a', 'axb', 'a_b']);
  expect(await named('XB')).toEqual(['axb']);
  expect(await named('2')).toEqual(['b']);
  expect(await named("'; DROP TABLE item")).toEqual([]);
});

test('an event comes with what led to it and what it led to; a long chain is cut, and says so', async () => {
  const { read, run, ask } = await connected();
  const { lastSeq, append } = run.alive.store.journal;
  run.db.exec('SAVEPOINT longer');
  const first = lastSeq() + 1;
  for (let n = 0; n < 300; n++) append({ seq: first + n, at: 1, path: 'doctor', type: 'nothing', event: '{"type":"nothing"}', source: null, cause: n === 0 ? null : first + n - 1, state: null });
  const depth = (effects: Effects[]): number => (effects.length === 0 ? 0 : 1 + Math.max(...effects.map(({ effects: further }) => depth(further))));
  const middle = await read<TraceView>({ type: 'trace', seq: first + 50 } as Query);
  expect(middle).toMatchObject({ event: { seq: first + 50 }, moreCauses: true, moreEffects: true });
  expect(middle.causes.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, n) => first + 20 + n));
  expect(depth(middle.effects)).toBe(200);
  const end = await read<TraceView>({ type: 'trace', seq: first + 290 } as Query);
  expect([end.moreEffects, depth(end.effects)]).toEqual([undefined, 9]);
  run.db.exec('ROLLBACK TO longer; RELEASE longer');
  expect(await refusal(ask({ type: 'trace', seq: 999_999 }))).toMatchObject({ code: 'unknown_past', message: 'the journal has no entry 999999, or no longer' });
});

test('one page looks through a part of a long journal only, and says where to go on', async () => {
  const { run, read } = await connected();
  const { lastSeq, append } = run.alive.store.journal;
  run.db.exec('SAVEPOINT longer');
  for (let seq = lastSeq() + 1, n = 0; n < 20_000; n++) append({ seq: seq + n, at: 1, path: 'doctor', type: 'nothing', event: '{"type":"nothing"}', source: null, cause: null, state: null });
  const { events, next } = await read<EventsView>({ type: 'events', types: ['xstate.init'] });
  expect(events).toEqual([]);
  expect((await read<EventsView>({ type: 'events', types: ['xstate.init'], before: next! } as Query)).events.length).toBeGreaterThan(5);
  run.db.exec('ROLLBACK TO longer; RELEASE longer');
});

test('the items of a job come in pages, and one of them with everything about it', async () => {
  const { read } = await connected();
  const page = await read<ItemsView>({ type: 'items', job: 'watch', limit: 2 });
  expect(page.items.map(({ key }) => key)).toEqual(['c', 'b']);
  const rest = await read<ItemsView>({ type: 'items', job: 'watch', after: page.next!, stage: 'extract', state: 'done', limit: 2 });
  expect(rest).toMatchObject({ items: [{ key: 'a', stages: { fetch: { state: 'done' }, extract: { state: 'done' } } }] });
  expect(await read<ItemDetail>({ type: 'item', id: rest.items[0]!.id })).toMatchObject({ job: 'watch', key: 'a', data: { key: 'a' }, attempts: [{ stage: 'fetch' }, { stage: 'extract' }] });
});

test('a chart comes with the place of everything in it', async () => {
  const { read } = await connected();
  const { chart, layout } = await read<ChartView>({ type: 'chart', machine: 'window' });
  expect(chart).toEqual(chartOf('window'));
  expect(Object.keys(layout.states)).toEqual(['window', 'window.unknown', 'window.open', 'window.closed']);
});

test('what is not there is refused with a name that may have been meant, and what is too much with its bound', async () => {
  const { ask } = await connected();
  expect(await refusal(ask({ type: 'actor', path: 'job/wacht' }))).toMatchObject({ code: 'unknown_actor' });
  expect(await refusal(ask({ type: 'items', job: 'wath' }))).toMatchObject({ code: 'unknown_job', message: 'there is no job "wath", did you mean "watch"?' });
  expect(await refusal(ask({ type: 'item', id: 77 }))).toMatchObject({ code: 'unknown_item', message: 'there is no item 77' });
  expect(await refusal(ask({ type: 'chart', machine: 'lifecicle' }))).toMatchObject({ code: 'unknown_machine', message: 'there is no machine "lifecicle", did you mean "lifecycle"?' });
  expect(await refusal(ask({ type: 'chart', machine: 'toString' }))).toMatchObject({ code: 'unknown_machine' });
  expect(await refusal(ask({ type: 'events', path: 'nobody' }))).toMatchObject({ ok: true, view: { events: [] } });
  for (const query of [{ type: 'events', limit: 501 }, { type: 'items', job: 'watch', limit: 0 }, { type: 'events', types: [] }, { type: 'item', id: '1' }, { type: 'actors', path: 'x' }]) {
    expect(await refusal(ask(query)), JSON.stringify(query)).toMatchObject({ ok: false, code: 'bad_request' });
  }
});
