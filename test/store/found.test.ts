import { expect, test } from 'vitest';
import type { Candidate } from '../../actors/ports.ts';
import type { FoundBatch } from '../../runtime/store/types.ts';
import { deskWith, done, jobSpec, type Desk } from '../support/store.ts';

const line = () => deskWith(jobSpec('a', { fetch: [], score: ['fetch'], side: [] }));

function found(desk: Desk, candidates: readonly Candidate[], rest: Partial<FoundBatch> = {}) {
  return desk.flush({ found: [{ job: 'a', at: desk.at, candidates, ...rest }] }).found[0]!;
}
const seen = (desk: Desk, key: string) =>
  desk.db.prepare('SELECT decision, reason, revision, times, first_at AS first, last_at AS last, item_id AS item FROM seen WHERE key = ?').get(key);

test('a new key becomes an item with a task for each stage, ready where nothing is needed', () => {
  const desk = line();
  const flushed = desk.flush({ found: [{ job: 'a', at: desk.at, candidates: [{ key: 'k', data: { url: 'x' }, priority: -4, title: 'K', revision: 'r1' }] }] });
  expect(flushed).toMatchObject({ found: [{ new: 1, seen: 0, filtered: 0 }], pending: new Map([['a', 2]]) });
  expect(flushed.readied).toEqual([{ job: 'a', stage: 'fetch' }, { job: 'a', stage: 'side' }]);
  expect(desk.db.prepare('SELECT * FROM item').get()).toEqual({ id: 1, job: 'a', key: 'k', title: 'K', data: '{"url":"x"}', priority: -4, revision: 'r1', created_at: desk.at });
  expect(desk.store.tasks.ofItem(1)).toMatchObject([
    { stage: 'fetch', state: 'ready', priority: -4 }, { stage: 'score', state: 'blocked' }, { stage: 'side', state: 'ready' },
  ]);
  expect(seen(desk, 'k')).toEqual({ decision: 'new', reason: null, revision: 'r1', times: 1, first: desk.at, last: desk.at, item: 1 });
});

test('a known key is seen, also within one batch', () => {
  const desk = line();
  expect(found(desk, [{ key: 'k', data: 1 }, { key: 'k', data: 2 }])).toEqual({ new: 1, seen: 1, filtered: 0 });
  desk.at += 5;
  expect(found(desk, [{ key: 'k', data: 3 }])).toEqual({ new: 0, seen: 1, filtered: 0 });
  expect(seen(desk, 'k')).toMatchObject({ decision: 'seen', times: 3, first: desk.at - 5, last: desk.at });
  expect(desk.db.prepare('SELECT data FROM item').pluck().all()).toEqual(['1']);
});

test('a seen key with another revision brings its new data, and no task runs again', () => {
  const desk = line();
  const [item] = desk.find('a', { key: 'k', data: 1, revision: 'r1', title: 'old' }) as [number];
  desk.run('a', 'fetch', item);
  found(desk, [{ key: 'k', data: 2, revision: 'r1' }]);
  expect(desk.db.prepare('SELECT data FROM item').pluck().get()).toBe('1');
  found(desk, [{ key: 'k', data: 3, revision: 'r2' }]);
  expect(desk.db.prepare('SELECT data, revision, title FROM item').get()).toEqual({ data: '3', revision: 'r2', title: 'old' });
  expect(desk.states(item)).toMatchObject({ fetch: 'done', score: 'ready' });
});

test('a filtered key is recorded with its reason, and becomes an item when it comes unfiltered', () => {
  const desk = line();
  expect(found(desk, [{ key: 'k', data: 1, filtered: 'score 3 < 10', revision: 'r1' }])).toEqual({ new: 0, seen: 0, filtered: 1 });
  expect(desk.itemId('a', 'k')).toBeUndefined();
  expect(seen(desk, 'k')).toMatchObject({ decision: 'filtered', reason: 'score 3 < 10', item: null });
  expect(found(desk, [{ key: 'k', data: 1, revision: 'r2' }])).toEqual({ new: 1, seen: 0, filtered: 0 });
  expect(seen(desk, 'k')).toMatchObject({ decision: 'new', reason: null, revision: 'r2', item: 1 });
});

test('an item whose key comes filtered later stays; its data follows when it is unfiltered again', () => {
  const desk = line();
  found(desk, [{ key: 'k', data: 1, revision: 'r1' }]);
  expect(found(desk, [{ key: 'k', data: 2, filtered: 'no', revision: 'r2' }])).toEqual({ new: 0, seen: 0, filtered: 1 });
  expect(desk.db.prepare('SELECT data FROM item').pluck().get()).toBe('1');
  expect(found(desk, [{ key: 'k', data: 2, revision: 'r2' }])).toEqual({ new: 0, seen: 1, filtered: 0 });
  expect(desk.db.prepare('SELECT data FROM item').pluck().get()).toBe('2');
});

test('a key met when there was no room is recorded as such, and becomes an item when it comes again', () => {
  const desk = line();
  desk.find('a', 'known');
  expect(found(desk, [{ key: 'k', data: 1 }, { key: 'known', data: 1 }, { key: 'l', data: 1, filtered: 'no' }], { decision: 'over_max_pending' })).toEqual({ new: 0, seen: 1, filtered: 1 });
  expect(seen(desk, 'k')).toMatchObject({ decision: 'over_max_pending', item: null });
  expect(seen(desk, 'l')).toMatchObject({ decision: 'filtered' });
  expect(found(desk, [{ key: 'k', data: 1 }])).toEqual({ new: 1, seen: 0, filtered: 0 });
});

test('an item that is there although nobody ever met its key is seen', () => {
  const desk = line();
  desk.find('a', 'k');
  desk.db.exec('DELETE FROM seen');
  expect(found(desk, [{ key: 'k', data: 5, revision: 'r2' }])).toEqual({ new: 0, seen: 1, filtered: 0 });
  expect(desk.db.prepare('SELECT data FROM item').pluck().all()).toEqual(['5']);
  expect(seen(desk, 'k')).toMatchObject({ item: 1 });
});

test('the cursor is stored with the candidates, and read back', () => {
  const desk = line();
  expect(desk.store.items.cursor('a')).toBeUndefined();
  found(desk, [], { cursor: '{"page":2}' });
  expect(desk.store.items.cursor('a')).toEqual({ page: 2 });
  found(desk, []);
  expect(desk.store.items.cursor('a')).toEqual({ page: 2 });
});

test.each<[string, Candidate, boolean]>([
  ['an empty key', { key: '', data: 1 }, false],
  ['data that is no JSON', { key: 'k', data: undefined }, true],
  ['data that refers to itself', { key: 'k', data: circular() }, true],
  ['a priority that is no number', { key: 'k', data: 1, priority: Number.NaN }, true],
])('a candidate with %s is turned away alone', (_, bad, isRecorded) => {
  const desk = line();
  expect(found(desk, [{ key: 'x', data: 1 }, bad, { key: 'y', data: 1 }])).toEqual({ new: 2, seen: 0, filtered: 1 });
  expect(desk.db.prepare('SELECT key FROM item ORDER BY id').pluck().all()).toEqual(['x', 'y']);
  if (isRecorded) expect(seen(desk, 'k')).toMatchObject({ decision: 'filtered', reason: expect.stringContaining('could not be stored'), item: null });
});

test('candidates of several jobs keep to their jobs', () => {
  const desk = deskWith(jobSpec('a', { fetch: [] }), jobSpec('b', { fetch: [] }));
  const batch = (job: string) => ({ job, at: desk.at, candidates: [{ key: 'k', data: job }] });
  expect(desk.flush({ found: [batch('a'), batch('b')] }).pending).toEqual(new Map([['a', 1], ['b', 1]]));
  desk.run('b', 'fetch', desk.itemId('b', 'k')!, done());
  expect(desk.states(desk.itemId('a', 'k')!)).toEqual({ fetch: 'ready' });
});

function circular(): unknown {
  const data: Record<string, unknown> = {};
  data['self'] = data;
  return data;
}
