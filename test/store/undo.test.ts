/** What an edit by hand changed, and nobody has begun since, is what it was. */
import { describe, expect, test } from 'vitest';
import { readEdit, readEdits, untouchedOf } from '../../runtime/store/edits-view.ts';
import { TASK_STATES, type EditMark, type TaskEdit, type TaskState } from '../../runtime/store/types.ts';
import { deskWith, done, failed, jobSpec, type Desk } from '../support/store.ts';

const mark = (id: number, more: Partial<EditMark> = {}): EditMark => ({ id, at: 1, who: 'cli', verb: 'retry', job: 'j', about: '{"action":{"verb":"RETRY"},"filter":"","lines":[]}', items: 1, part: 1, isLast: true, ...more });
const edit = (desk: Desk, id: number, verb: TaskEdit['verb'], rest: Partial<TaskEdit> = {}) => desk.edit(verb, 'j', { mark: mark(id), ...rest });
const undo = (desk: Desk, id: number) => desk.flush({ edits: [{ verb: 'undo', edit: id }] }).edited[0];
/** All of the rows but for what counts the flushes. */
const rows = (desk: Desk) => desk.db.prepare('SELECT * FROM task ORDER BY item_id, stage_id').all();
const diamond = () => deskWith(jobSpec('j', { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] }));

describe.each<[TaskEdit['verb'], TaskState[]]>([
  ['retry', ['failed', 'dead']],
  ['reset', ['waiting', 'skipped', 'rejected', 'failed', 'dead']],
  ['reprocess', ['done', 'skipped', 'rejected', 'failed', 'dead']],
])('%s', (verb, states) => {
  test.each(states)('of one that was %s leaves no trace once it is undone', (state) => {
    const desk = deskWith(jobSpec('j', { a: [] }));
    const [item] = desk.find('j', 'k') as [number];
    desk.run('j', 'a', item, failed('transient', 'answered 503'), { lastTry: true });
    desk.force(item, 'a', state, { tries: 2, soloCrash: 1 });
    const before = rows(desk);
    expect(edit(desk, 1, verb)).toBe(1);
    expect(desk.states(item)).toEqual({ a: 'ready' });
    expect(untouchedOf(desk.db, 1)).toBe(1);
    expect(undo(desk, 1)).toBe(1);
    expect(rows(desk)).toEqual(before);
    expect([undo(desk, 1), desk.store.edits.isLeft(1)]).toEqual([0, false]);
    expect(readEdit(desk.db, 1)).toMatchObject({ state: 'undone', tasks: 1, undone: 1 });
  });
});

test('a pipeline that was to run again goes back with its outputs, and what waited for it goes on', () => {
  const desk = diamond();
  const [whole, half] = desk.find('j', 'whole', 'half') as [number, number];
  for (const stage of ['a', 'b', 'c', 'd']) desk.run('j', stage, whole, done({ stage }));
  for (const stage of ['a', 'b']) desk.run('j', stage, half);
  const before = rows(desk);
  expect(edit(desk, 1, 'reprocess', { stage: 'a', downstream: true })).toBe(7);
  expect([desk.states(whole), desk.states(half)]).toEqual([{ a: 'ready', b: 'blocked', c: 'blocked', d: 'blocked' }, { a: 'ready', b: 'blocked', c: 'blocked', d: 'blocked' }]);
  expect(undo(desk, 1)).toBe(7);
  expect(rows(desk)).toEqual(before);
  expect(desk.claim('j', 'c').map(({ itemId }) => itemId)).toEqual([half]);
});

test('an item of which something was claimed goes on as it was asked to, whole; the others go back', () => {
  const desk = diamond();
  const [begun, idle] = desk.find('j', 'begun', 'idle') as [number, number];
  for (const item of [begun, idle]) for (const stage of ['a', 'b', 'c', 'd']) desk.run('j', stage, item);
  edit(desk, 1, 'reprocess');
  const claim = desk.claimOne('j', 'a', begun);
  expect(undo(desk, 1)).toBe(4);
  expect([desk.states(begun), desk.states(idle)]).toEqual([{ a: 'running', b: 'blocked', c: 'blocked', d: 'blocked' }, { a: 'done', b: 'done', c: 'done', d: 'done' }]);
  desk.settle(claim, done());
  for (const stage of ['b', 'c', 'd']) desk.run('j', stage, begun);
  expect(desk.states(begun).d).toBe('done');
});

test('one that came to another end meanwhile stays there', () => {
  const desk = deskWith(jobSpec('j', { a: [], score: [] }));
  const [item, again] = desk.find('j', 'k', 'l') as [number, number];
  for (const one of [item, again]) desk.run('j', 'a', one, failed('item_specific'));
  edit(desk, 1, 'retry');
  desk.run('j', 'score', item, { kind: 'rejected', reason: 'too old' });
  desk.run('j', 'a', again, failed('item_specific', 'again'));
  edit(desk, 2, 'retry', { items: [again] });
  expect(undo(desk, 1)).toBe(0);
  expect([desk.states(item).a, desk.states(again).a]).toEqual(['rejected', 'ready']);
  expect(undo(desk, 2)).toBe(1);
  expect(desk.task(again, 'a')).toMatchObject({ state: 'failed', reason: expect.stringContaining('again') });
});

test('a rejected item is rejected again, with all that had ended with it, and what was added to its pipeline since', () => {
  const stages = { score: [], fetch: [], file: ['fetch'] };
  const desk = deskWith(jobSpec('j', stages));
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'score', item, { kind: 'rejected', reason: 'too old' });
  const before = desk.states(item);
  edit(desk, 1, 'reset', { stage: 'score' });
  expect(desk.states(item)).toEqual({ score: 'ready', fetch: 'ready', file: 'blocked' });
  desk.store.declare([jobSpec('j', { ...stages, note: [] })]);
  undo(desk, 1);
  expect(desk.states(item)).toEqual({ ...before, note: 'rejected' });
});

test('what waited goes back to wait only while what it needs is there', () => {
  const desk = deskWith(jobSpec('j', { a: [], b: ['a'] }));
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'a', item);
  desk.run('j', 'b', item, failed('transient'), { dueAt: desk.at + 50 });
  edit(desk, 1, 'reset', { stage: 'b' });
  desk.store.declare([jobSpec('j', { a: [], more: [], b: ['a', 'more'] })]);
  expect(desk.states(item)).toMatchObject({ b: 'blocked' });
  expect(undo(desk, 1)).toBe(0);
  expect(desk.states(item)).toMatchObject({ b: 'blocked' });
});

test('a priority that was set since stays', () => {
  const desk = deskWith(jobSpec('j', { a: [], b: ['a'] }, { ageingMs: 86_400_000 }));
  const [item, other] = desk.find('j', { key: 'k', data: {}, priority: 5 }, 'l') as [number, number];
  for (const one of [other, item]) desk.run('j', 'a', one);
  edit(desk, 1, 'reprocess', { stage: 'a', items: [item] });
  desk.flush({ edits: [{ verb: 'priority', job: 'j', items: [item], priority: -9 }] });
  undo(desk, 1);
  expect(desk.states(item)).toEqual({ a: 'done', b: 'ready' });
  expect(desk.claim('j', 'b').map(({ itemId }) => itemId)).toEqual([item, other]);
});

test('it is put back after a restart too, in parts, and a kill between two of them loses nothing', () => {
  const desk = deskWith(jobSpec('j', { a: [] }));
  const items = desk.find('j', ...Array.from({ length: 700 }, (_, n) => `k${n}`)) as number[];
  desk.db.exec('UPDATE task SET state = 7; UPDATE task_count SET n = (SELECT count(*) FROM task WHERE task.state = task_count.state)');
  for (const part of [items.slice(0, 500), items.slice(500)]) edit(desk, 1, 'retry', { items: part, mark: mark(1, { items: 700, part: part.length, isLast: part.length < 500 }) });
  expect(readEdit(desk.db, 1)).toMatchObject({ state: 'done', done: 700, tasks: 700 });
  expect(undo(desk, 1)).toBe(100);
  const next = desk.restart();
  expect(next.store.edits.isLeft(1)).toBe(true);
  for (let n = 1; n <= 6; n++) expect(undo(next, 1)).toBe(100);
  expect(next.store.edits.isLeft(1)).toBe(false);
  expect(next.db.prepare('SELECT count(*) FROM task WHERE state = 7').pluck().get()).toBe(700);
  expect(next.store.edits.next()).toBe(2);
});

test('one that was cut off by the end of its runner says how far it came', () => {
  const desk = deskWith(jobSpec('j', { a: [] }));
  const [item] = desk.find('j', 'k', 'l') as [number];
  desk.run('j', 'a', item, failed('item_specific'));
  edit(desk, 1, 'retry', { items: [item], mark: mark(1, { items: 2, part: 1, isLast: false, bulk: 'bulk-x-1' }) });
  expect(readEdits(desk.db, 5)).toMatchObject([{ state: 'running' }]);
  const next = desk.restart();
  expect(readEdits(next.db, 5)).toMatchObject([{ state: 'interrupted', bulk: 'bulk-x-1', done: 1, items: 2, tasks: 1 }]);
  expect(undo(next, 1)).toBe(1);
});

test('what canaries and breakers have run again is not remembered; what was begun is forgotten after a while', () => {
  const desk = deskWith(jobSpec('j', { a: [] }));
  const [item, other] = desk.find('j', 'k', 'l') as [number, number];
  for (const one of [item, other]) desk.run('j', 'a', one, failed('item_specific'));
  desk.edit('retry', 'j', { items: [item] });
  const kept = () => desk.db.prepare('SELECT item_id FROM before_edit').pluck().all();
  expect(kept()).toEqual([]);
  edit(desk, 1, 'retry', { items: [other] });
  desk.store.prune.beforeEdits({ itemId: 0, stageId: 0 });
  expect(kept()).toEqual([other]);
  desk.claim('j', 'a');
  expect(desk.store.prune.beforeEdits({ itemId: 0, stageId: 0 })).toMatchObject({ removed: 1 });
  expect([kept(), TASK_STATES.length]).toEqual([[], 9]);
});
