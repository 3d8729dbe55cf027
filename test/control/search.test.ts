/** Looking for items through the control port: what was found stays found, part by part. */
import { expect, test } from 'vitest';
import type { AnswerFrame, CompletionView, Query, RowsView, SearchView } from '../../inspector/protocol.ts';
import { Selections } from '../../runtime/control/selections.ts';
import { realClock } from '../../runtime/clock.ts';
import { cli, tokenIn } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import { deskWith, failed, jobSpec } from '../support/store.ts';

const jobs = [jobSpec('papers', { fetch: [], score: ['fetch'] }), jobSpec('talks', { fetch: [] })];

async function connected() {
  const { run, url, data } = await operated({ jobs, handle: { fetch: ({ key }) => (key.startsWith('bad') ? failed('item_specific', 'answered 404') : undefined) } });
  await run.add('papers', 'a', 'bad1', 'b', 'bad2');
  const client = await cli({ url, token: tokenIn(data) });
  const ask = (query: Partial<Query>) => client.ask({ id: 'q', query });
  const read = async <View>(query: Partial<Query>) => viewIn<View>(await ask(query));
  return { run, ask, read };
}

function viewIn<View>(frame: AnswerFrame): View {
  expect(frame).toMatchObject({ ok: true });
  return (frame as unknown as { view: View }).view;
}

test('a filter is answered with how many match and how they are spread; any part of them is there by its place', async () => {
  const { read } = await connected();
  const { selection, problems } = await read<SearchView>({ type: 'search', filter: 'state:failed' });
  expect(problems).toEqual([]);
  expect(selection).toMatchObject({ count: 2, isComplete: true, hasMore: false, facets: { states: { done: 4, failed: 2, blocked: 2 }, classes: { item_specific: 2 } } });
  const { rows } = await read<RowsView>({ type: 'rows', selection: selection!.id, from: 1, limit: 10 });
  expect(rows).toMatchObject([{ job: 'papers', key: 'bad1', createdAt: expect.any(Number), stages: { fetch: { state: 'failed', error: { message: 'answered 404' } }, score: { state: 'blocked' } } }]);
});

test('what comes later is no part of what was found', async () => {
  const { read, run } = await connected();
  const { selection } = await read<SearchView>({ type: 'search', filter: 'job:papers' });
  await run.add('papers', 'later');
  const { rows } = await read<RowsView>({ type: 'rows', selection: selection!.id, from: 0 });
  expect(rows.map((row) => row?.key)).toEqual(['bad2', 'b', 'bad1', 'a']);
});

test('a mistake is answered with its place; a selection that is not kept is refused with what helps', async () => {
  const { read, ask } = await connected();
  expect(await read<SearchView>({ type: 'search', filter: 'age>1d stat:failed' })).toEqual({ problems: [{ at: 7, length: 4, message: expect.stringContaining('did you mean "state"?') }] });
  expect(await ask({ type: 'rows', selection: 'old-1', from: 0 })).toMatchObject({ ok: false, code: 'unknown_selection', message: expect.stringContaining('look again') });
});

test('completion knows the jobs and stages of the runner', async () => {
  const { read } = await connected();
  const texts = async (filter: string) => (await read<CompletionView>({ type: 'completion', filter, cursor: filter.length })).options.map(({ text }) => text);
  expect(await texts('job:')).toEqual(['papers ', 'talks ']);
  expect(await texts('job:talks stage:')).toEqual(['fetch ']);
  expect(await texts('stage:s')).toEqual(['score ']);
});

test('who asks the same within a moment gets the same; the oldest goes when many were asked for', async () => {
  const desk = deskWith(jobSpec('j', { a: [] }));
  desk.find('j', 'k');
  const selections = new Selections({ db: desk.db, clock: realClock });
  const first = await selections.open('', [], 'newest');
  expect(await selections.open('', [], 'newest')).toBe(first);
  expect((await selections.open('', [], 'oldest')).id).not.toBe(first.id);
  for (let n = 0; n < 12; n++) await selections.open(`x${n}`, [], 'newest');
  expect(selections.find(first.id)).toBeUndefined();
});
