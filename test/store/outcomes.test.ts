import { describe, expect, test } from 'vitest';
import type { ErrorClass } from '../../actors/ports.ts';
import { deskWith, done, encoded, failed, jobSpec } from '../support/store.ts';

const line = () => deskWith(jobSpec('a', { fetch: [], score: ['fetch'], file: ['score'] }));

test('a value: done, with one output row and no attempt row, and the next task is ready', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  const claim = desk.claimOne('a', 'fetch', item);
  const flushed = desk.settle(claim, done({ title: 'x' }), { startedAt: 5, finishedAt: 9, version: 7 });
  expect(flushed.receipts).toEqual([expect.objectContaining({ answer: 'committed' })]);
  expect(desk.states(item)).toEqual({ fetch: 'done', score: 'ready', file: 'blocked' });
  expect(flushed.readied).toEqual([{ job: 'a', stage: 'score' }]);
  expect(desk.attempts(item)).toEqual([]);
  expect(desk.db.prepare('SELECT lease, attempt, started_at, finished_at, version_id, upstream, body, previous FROM output').all()).toEqual([
    { lease: 1, attempt: 1, started_at: 5, finished_at: 9, version_id: 7, upstream: null, body: '{"title":"x"}', previous: null },
  ]);
  expect(desk.task(item, 'fetch')).toMatchObject({ tries: 0, reason: null, outputSeq: 1 });
});

test('a job is finished with an item when a stage that nothing needs is done', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  expect(desk.run('a', 'fetch', item).finished).toEqual(new Set());
  expect(desk.run('a', 'score', item).finished).toEqual(new Set());
  expect(desk.run('a', 'file', item).finished).toEqual(new Set(['a']));
});

test('skip: skipped, and the stages that need it go on as if it were done', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, { kind: 'skipped', reason: 'nothing new' });
  expect(desk.states(item)).toEqual({ fetch: 'skipped', score: 'ready', file: 'blocked' });
  expect(desk.task(item, 'fetch')).toMatchObject({ tries: 0, reason: 'nothing new', outputSeq: null });
  expect(desk.attempts(item)).toMatchObject([{ outcome: 'skipped', charged: 0, reason: 'nothing new' }]);
});

test('reject: all tasks of the item that have not ended become rejected', () => {
  const desk = deskWith(jobSpec('a', { fetch: [], score: ['fetch'], file: ['score'], note: ['fetch'], log: ['fetch'] }));
  const [item, other] = desk.find('a', 'k', 'l') as [number, number];
  desk.run('a', 'fetch', item);
  desk.run('a', 'note', item, { kind: 'deferred', until: desk.at + 1_000, reason: 'later' });
  desk.run('a', 'score', item, { kind: 'rejected', reason: 'too old' });
  expect(desk.states(item)).toEqual({ fetch: 'done', score: 'rejected', file: 'rejected', note: 'rejected', log: 'rejected' });
  expect(desk.task(item, 'score').reason).toBe('too old');
  expect(desk.task(item, 'file').reason).toBe('rejected at score: too old');
  expect(desk.attempts(item).find(({ stage }) => stage === 'score')).toMatchObject({ outcome: 'rejected', charged: 0 });
  expect(desk.states(other)).toMatchObject({ fetch: 'ready', file: 'blocked' });
});

test('a task that runs while its item is rejected keeps its result, and goes no further without one', () => {
  const desk = deskWith(jobSpec('a', { score: [], left: [], right: [], after: ['left'] }));
  const [item] = desk.find('a', 'k') as [number];
  const [left, right, score] = ['left', 'right', 'score'].map((stage) => desk.claimOne('a', stage, item)) as [any, any, any];
  desk.settle(score, { kind: 'rejected', reason: 'too old' });
  expect(desk.states(item)).toEqual({ score: 'rejected', left: 'running', right: 'running', after: 'rejected' });
  desk.settle(left, done());
  desk.settle(right, failed('transient'), { dueAt: desk.at + 1 });
  expect(desk.states(item)).toEqual({ score: 'rejected', left: 'done', right: 'rejected', after: 'rejected' });
});

test('defer: waiting until then, not charged', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  const flushed = desk.run('a', 'fetch', item, { kind: 'deferred', until: desk.at + 5_000, reason: 'not published yet' });
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'waiting', dueAt: desk.at + 5_000, tries: 0, reason: 'not published yet' });
  expect(flushed.nextDue).toBe(desk.at + 5_000);
  expect(desk.states(item).score).toBe('blocked');
  expect(desk.attempts(item)).toMatchObject([{ outcome: 'deferred', charged: 0, reason: 'not published yet' }]);
});

test('a transient failure: waiting until its back-off has passed, charged', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, failed('transient', 'ECONNRESET'), { dueAt: desk.at + 700 });
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'waiting', dueAt: desk.at + 700, tries: 1, reason: JSON.stringify(encoded('ECONNRESET')) });
  expect(desk.attempts(item)).toMatchObject([{ outcome: 'failed', class: 'transient', charged: 1, error: JSON.stringify(encoded('ECONNRESET')) }]);
  expect(desk.states(item).score).toBe('blocked');
});

test('a transient failure at the last try: failed', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, failed('transient'), { dueAt: desk.at + 700, lastTry: true });
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'failed', dueAt: null, tries: 1 });
  expect(desk.states(item).score).toBe('blocked');
});

test('a failure of this item alone: failed, charged', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, failed('item_specific', '404'));
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'failed', tries: 1, reason: JSON.stringify(encoded('404')) });
  expect(desk.attempts(item)).toMatchObject([{ outcome: 'failed', class: 'item_specific', charged: 1 }]);
});

test('a bug is tried once more at once, and then it is the item that failed', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.settle(desk.claim('a', 'fetch')[0]!, failed('code_bug'));
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'ready', tries: 1, lane: 0 });
  desk.settle(desk.claim('a', 'fetch')[0]!, failed('code_bug'), { lastTry: true });
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'failed', tries: 2 });
});

test('what a breaker absolves is ready again, with a try less for each failure, and nothing else is touched', () => {
  const desk = line();
  const [waiting, spent, done] = desk.find('a', 'k', 'l', 'm') as [number, number, number];
  for (const claim of desk.claim('a', 'fetch', 3)) desk.settle(claim, claim.itemId === done ? { kind: 'done', output: '{}' } : failed('transient'), { lastTry: claim.itemId === spent, dueAt: desk.at + 1_000 });
  desk.flush({ edits: [{ verb: 'absolve', job: 'a', stage: 'fetch', items: [waiting, spent, done] }] });
  expect([waiting, spent].map((item) => desk.task(item, 'fetch'))).toMatchObject([{ state: 'ready', tries: 0, lane: 0 }, { state: 'ready', tries: 0, lane: 0 }]);
  expect(desk.task(done, 'fetch').state).toBe('done');
});

describe.each<ErrorClass>(['temporal', 'systemic'])('a %s failure', (kind) => {
  test('gives the task back, not charged, before the others', () => {
    const desk = line();
    const [first, second] = desk.find('a', 'k', 'l') as [number, number];
    const [, claim] = desk.claim('a', 'fetch', 2);
    expect(desk.settle(claim!, failed(kind)).readied).toEqual([{ job: 'a', stage: 'fetch' }]);
    expect(desk.task(second, 'fetch')).toMatchObject({ state: 'ready', tries: 0, lane: 0 });
    expect(desk.attempts(second)).toMatchObject([{ outcome: 'failed', class: kind, charged: 0 }]);
    expect(desk.states(first).fetch).toBe('running');
  });
});

test('an interruption gives the task back, not charged, at its old place', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, { kind: 'interrupted' });
  expect(desk.task(item, 'fetch')).toMatchObject({ state: 'ready', tries: 0, lane: 1 });
  expect(desk.attempts(item)).toMatchObject([{ outcome: 'interrupted', charged: 0 }]);
});

test('a priority that comes with a value is the item’s, and that of its tasks that have not ended', () => {
  const desk = line();
  const [item] = desk.find('a', { key: 'k', data: {}, priority: 3 }) as [number];
  desk.run('a', 'fetch', item, { kind: 'done', output: '{}', priority: -8 });
  expect(desk.store.tasks.ofItem(item).map(({ stage, priority }) => [stage, priority])).toEqual([['fetch', 3], ['score', -8], ['file', -8]]);
  expect(desk.db.prepare('SELECT priority FROM item').pluck().get()).toBe(-8);
  const [late] = desk.find('a', { key: 'l', data: {}, priority: -5 }) as [number];
  desk.run('a', 'fetch', late);
  expect(desk.claim('a', 'score').map(({ itemId }) => itemId)).toEqual([item, late]);
});

test('money is a row where it moved, and a sum per job and day', () => {
  const desk = line();
  const [first, second, third] = desk.find('a', 'k', 'l', 'm') as [number, number, number];
  const claims = desk.claim('a', 'fetch', 3);
  desk.flush({
    settlements: [
      desk.settlement(claims[0]!, done(), { cost: 1_500 }),
      desk.settlement(claims[1]!, failed('item_specific'), { cost: 20 }),
      desk.settlement(claims[2]!, done()),
    ],
  });
  expect(desk.db.prepare('SELECT job, item_id, lease, kind, micro_usd, day FROM cost ORDER BY id').all()).toEqual([
    { job: 'a', item_id: first, lease: 1, kind: 'actual', micro_usd: 1_500, day: '2026-11-24' },
    { job: 'a', item_id: second, lease: 1, kind: 'actual', micro_usd: 20, day: '2026-11-24' },
  ]);
  expect(desk.states(third).fetch).toBe('done');
  expect(desk.store.money.ofDay('a', '2026-11-24').spent).toBe(1_520);
  expect(desk.store.money.ofDay('a', '2026-11-25').spent).toBe(0);
});

test('what was reserved for an attempt gives way to what it cost', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  const [claim] = desk.flush({ claims: [{ ...desk.request('a', 'fetch', 1), maxCost: 900 }] }).claims;
  expect(desk.db.prepare('SELECT item_id, kind, micro_usd FROM cost').all()).toEqual([{ item_id: item, kind: 'reserve', micro_usd: 900 }]);
  desk.settle(claim!, done(), { cost: 100 });
  expect(desk.db.prepare('SELECT item_id, kind, micro_usd FROM cost').all()).toEqual([{ item_id: item, kind: 'actual', micro_usd: 100 }]);
});

test('artifacts are named by the attempt that wrote them', () => {
  const desk = line();
  const [item] = desk.find('a', 'k') as [number];
  const page = { hash: 'ab', name: 'page.html', bytes: 3, media: 'text/html' };
  desk.run('a', 'fetch', item, done(), { artifacts: [page, { ...page, name: 'copy.html' }] });
  expect(desk.db.prepare('SELECT item_id, lease, name, hash FROM artifact_use ORDER BY name').all()).toEqual([
    { item_id: item, lease: 1, name: 'copy.html', hash: 'ab' },
    { item_id: item, lease: 1, name: 'page.html', hash: 'ab' },
  ]);
  expect(desk.db.prepare('SELECT hash, bytes, media, at FROM artifact').all()).toEqual([{ hash: 'ab', bytes: 3, media: 'text/html', at: desk.at }]);
});
