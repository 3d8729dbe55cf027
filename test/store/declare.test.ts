import { expect, test } from 'vitest';
import { deskWith, done, failed, jobSpec } from '../support/store.ts';

const A = { fetch: [], score: ['fetch'] };

test('the same configuration again changes nothing', () => {
  const desk = deskWith(jobSpec('a', A));
  desk.find('a', 'k');
  const before = desk.db.serialize();
  desk.store.declare([jobSpec('a', A)]);
  expect(['job', 'stage', 'stage_need', 'task', 'task_count'].map((table) => desk.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())).toEqual([1, 2, 1, 2, 18]);
  expect(desk.db.serialize().length).toBe(before.length);
});

test('of many jobs only the one that is another is written', () => {
  const jobs = Array.from({ length: 50 }, (_, n) => jobSpec(`job_${n}`, A));
  const desk = deskWith(...jobs);
  const written = (declared: typeof jobs) => {
    const changes = desk.db.prepare<[], number>('SELECT total_changes()').pluck();
    const before = changes.get()!;
    desk.store.declare(declared);
    return changes.get()! - before;
  };
  const [budget, itsStages] = [1, 2];
  expect(written(jobs)).toBe(budget);
  expect(written([jobSpec('job_0', A, { emoji: '📦' }), ...jobs.slice(1)])).toBe(budget + itsStages + 1);
});

test('a job keeps what holds it', () => {
  const desk = deskWith(jobSpec('a', A));
  const operator = { reason: 'lunch', since: 5, until: 9 };
  desk.flush({ jobs: [{ job: 'a', claiming: false, draining: true, holds: { operator, budget: { reason: '$1', since: 6 } } }] });
  desk.store.declare([jobSpec('a', A, { emoji: '📦' })]);
  expect(desk.store.jobs.all()).toMatchObject([
    { job: 'a', claiming: false, draining: true, archived: false, holds: { operator, budget: { reason: '$1', since: 6 } }, spec: { id: 'a', emoji: '📦' } },
  ]);
  desk.flush({ jobs: [{ job: 'a', claiming: true, draining: false, holds: {} }] });
  expect(desk.store.jobs.all()).toMatchObject([{ claiming: true, draining: false, holds: {} }]);
});

test('a job that vanished is archived with its items, and goes on where it was when it returns', () => {
  const desk = deskWith(jobSpec('a', A), jobSpec('b', A));
  const [item] = desk.find('a', 'k') as [number];
  desk.store.declare([jobSpec('b', A)]);
  expect(desk.store.jobs.all().map(({ job, archived }) => [job, archived])).toEqual([['a', true], ['b', false]]);
  expect(desk.claim('a', 'fetch')).toEqual([]);
  desk.store.declare([jobSpec('a', A), jobSpec('b', A)]);
  expect(desk.claimOne('a', 'fetch', item)).toMatchObject({ key: 'k' });
});

test('what runs while its job is archived settles', () => {
  const desk = deskWith(jobSpec('a', A));
  const [item] = desk.find('a', 'k') as [number];
  const claim = desk.claimOne('a', 'fetch', item);
  desk.store.declare([]);
  expect(desk.settle(claim, done()).receipts).toMatchObject([{ answer: 'committed' }]);
  expect(desk.states(item)).toEqual({ fetch: 'done', score: 'ready' });
});

test('a new stage gets a task for every item, ready or blocked as its needs are', () => {
  const desk = deskWith(jobSpec('a', A));
  const [fresh, scored] = desk.find('a', 'k', 'l') as [number, number];
  desk.flush({ settlements: desk.claim('a', 'fetch', 2).slice(1).map((claim) => desk.settlement(claim, done())) });
  desk.run('a', 'score', scored);
  desk.store.declare([jobSpec('a', { ...A, file: ['score'], log: [] })]);
  expect(desk.states(fresh)).toEqual({ fetch: 'running', score: 'blocked', file: 'blocked', log: 'ready' });
  expect(desk.states(scored)).toEqual({ fetch: 'done', score: 'done', file: 'ready', log: 'ready' });
  expect(desk.store.counts.pending('a')).toBe(4);
});

test('a new stage is rejected for an item that ended by rejection, and comes back with it', () => {
  const desk = deskWith(jobSpec('a', A));
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, { kind: 'rejected', reason: 'too old' });
  desk.store.declare([jobSpec('a', { ...A, log: [] })]);
  expect(desk.states(item)).toEqual({ fetch: 'rejected', score: 'rejected', log: 'rejected' });
  desk.edit('reset', 'a', { stage: 'fetch' });
  expect(desk.states(item)).toEqual({ fetch: 'ready', score: 'blocked', log: 'ready' });
});

test('the tasks of a stage that vanished are parked, and nobody needs them any more', () => {
  const desk = deskWith(jobSpec('a', { fetch: [], clean: ['fetch'], score: ['clean'] }));
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item);
  expect(desk.store.counts.pending('a')).toBe(1);
  desk.store.declare([jobSpec('a', { fetch: [], score: ['fetch'] })]);
  expect(desk.states(item)).toEqual({ fetch: 'done', clean: 'ready', score: 'ready' });
  expect(desk.claim('a', 'clean')).toEqual([]);
  expect(desk.store.counts.pending('a')).toBe(1);
  expect([...desk.store.counts.ofJob('a').keys()]).toEqual(['fetch', 'score']);
  expect(desk.find('a', 'l').map((next) => desk.states(next))).toEqual([{ fetch: 'ready', score: 'blocked' }]);
});

test('a stage that returns takes up its tasks, and gets those of items that came meanwhile', () => {
  const desk = deskWith(jobSpec('a', { fetch: [], clean: ['fetch'], score: ['clean'] }));
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item);
  desk.store.declare([jobSpec('a', A)]);
  const [next] = desk.find('a', 'l') as [number];
  desk.edit('reprocess', 'a', { stage: 'fetch', items: [item] });
  desk.store.declare([jobSpec('a', { fetch: [], clean: ['fetch'], score: ['clean'] })]);
  expect([item, next].map((id) => desk.states(id))).toEqual([
    { fetch: 'ready', clean: 'blocked', score: 'blocked' }, { fetch: 'ready', clean: 'blocked', score: 'blocked' },
  ]);
});

test('what runs while its stage is parked settles', () => {
  const desk = deskWith(jobSpec('a', A));
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item);
  const claim = desk.claimOne('a', 'score', item);
  desk.store.declare([jobSpec('a', { fetch: [] })]);
  desk.settle(claim, done());
  expect(desk.states(item).score).toBe('done');
});

test('other needs are followed: what they keep back is blocked, what they let go is ready', () => {
  const desk = deskWith(jobSpec('a', { fetch: [], clean: ['fetch'], score: ['fetch'], file: ['score', 'clean'] }));
  const [waits, goes] = desk.find('a', 'k', 'l') as [number, number];
  desk.flush({ settlements: desk.claim('a', 'fetch').map((claim) => desk.settlement(claim, done())) });
  desk.flush({ settlements: desk.claim('a', 'score').map((claim, n) => desk.settlement(claim, n === 0 ? failed('transient') : done(), { dueAt: desk.at + 9 })) });
  desk.store.declare([jobSpec('a', { fetch: [], clean: ['fetch'], score: ['clean'], file: ['score'] })]);
  expect(desk.states(waits)).toEqual({ fetch: 'done', clean: 'ready', score: 'blocked', file: 'blocked' });
  expect(desk.states(goes)).toEqual({ fetch: 'done', clean: 'ready', score: 'done', file: 'ready' });
  expect(desk.flush().nextDue).toBeUndefined();
});

test('the order of the needs is that of the configuration', () => {
  const desk = deskWith(jobSpec('a', { x: [], y: [], z: ['y', 'x'] }));
  const needs = () => desk.db.prepare("SELECT need.name FROM stage_need JOIN stage need ON need.id = need_id ORDER BY stage_need.position").pluck().all();
  expect(needs()).toEqual(['y', 'x']);
  desk.store.declare([jobSpec('a', { x: [], y: [], z: ['x', 'y'] })]);
  expect(needs()).toEqual(['x', 'y']);
});

test('a declaration that fails changes nothing, neither rows nor memory', () => {
  const desk = deskWith(jobSpec('a', A));
  const [item] = desk.find('a', 'k') as [number];
  expect(() => desk.store.declare([jobSpec('a', { only: [] }), jobSpec('b', { x: ['missing'] })])).toThrow('job "b": stage "x" needs "missing", which is no stage of this job');
  expect(desk.store.jobs.all().map(({ job }) => job)).toEqual(['a']);
  expect(desk.claimOne('a', 'fetch', item)).toMatchObject({ stage: 'fetch' });
});
