import { describe, expect, test } from 'vitest';
import { TASK_STATES, type TaskEdit } from '../../runtime/store/types.ts';
import { deskWith, done, failed, jobSpec, type Desk } from '../support/store.ts';

const diamond = () => deskWith(jobSpec('j', { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] }));

function through(desk: Desk, item: number, ...stages: string[]): void {
  for (const stage of stages) desk.run('j', stage, item, done({ stage, at: desk.at }));
}

describe('what each verb takes', () => {
  const taken: [TaskEdit['verb'], string[]][] = [
    ['retry', ['failed', 'dead']],
    ['reset', ['waiting', 'skipped', 'rejected', 'failed', 'dead']],
    ['reprocess', ['done', 'skipped', 'rejected', 'failed', 'dead']],
  ];

  test.each(taken)('%s takes %j', (verb, states) => {
    for (const state of TASK_STATES) {
      const desk = deskWith(jobSpec('j', { a: [] }));
      const [item] = desk.find('j', 'k') as [number];
      desk.force(item, 'a', state, { tries: 2 });
      const isTaken = states.includes(state);
      expect(desk.edit(verb, 'j'), `${verb} of ${state}`).toBe(isTaken ? 1 : 0);
      expect(desk.task(item, 'a')).toMatchObject(isTaken ? { state: 'ready', tries: 0, dueAt: null, reason: null } : { state, tries: 2 });
    }
  });
});

test('retry gives all tries back, and goes before the others; the attempts so far stay', () => {
  const desk = deskWith(jobSpec('j', { a: [] }));
  const [item] = desk.find('j', { key: 'k', data: {}, priority: 9 }) as [number];
  desk.run('j', 'a', item, failed('transient'), { lastTry: true });
  desk.find('j', 'l');
  expect(desk.edit('retry', 'j')).toBe(1);
  expect(desk.claimOne('j', 'a', item)).toMatchObject({ attempt: 2, tries: 0, lease: 2 });
  expect(desk.attempts(item)).toHaveLength(1);
});

test('an edit says that work is there', () => {
  const desk = deskWith(jobSpec('j', { a: [] }));
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'a', item, failed('item_specific'));
  const flushed = desk.flush({ edits: [{ verb: 'retry', job: 'j' }] });
  expect(flushed).toMatchObject({ edited: [1], readied: [{ job: 'j', stage: 'a' }], pending: new Map([['j', 1]]) });
});

test('only the stage, the items and the job that are named', () => {
  const desk = deskWith(jobSpec('j', { a: [], b: [] }), jobSpec('other', { a: [] }));
  const [first, second] = desk.find('j', 'k', 'l') as [number, number];
  const [foreign] = desk.find('other', 'k') as [number];
  for (const stage of ['a', 'b']) desk.flush({ settlements: desk.claim('j', stage).map((claim) => desk.settlement(claim, failed('item_specific'))) });
  desk.run('other', 'a', foreign, failed('item_specific'));
  expect(desk.edit('retry', 'j', { stage: 'b', items: [second, foreign] })).toBe(1);
  expect([first, second, foreign].map((item) => desk.states(item))).toEqual([{ a: 'failed', b: 'failed' }, { a: 'failed', b: 'ready' }, { a: 'failed' }]);
  expect(desk.edit('retry', 'j', { items: [first] })).toBe(2);
  expect(desk.edit('retry', 'j')).toBe(1);
  expect(desk.states(foreign)).toEqual({ a: 'failed' });
});

test('what needs a stage that is reprocessed is blocked, step by step, until it is done again', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  through(desk, item, 'a', 'b', 'c', 'd');
  expect(desk.edit('reprocess', 'j', { stage: 'b' })).toBe(2);
  expect(desk.states(item)).toEqual({ a: 'done', b: 'ready', c: 'done', d: 'blocked' });
  through(desk, item, 'b', 'd');
  expect(desk.edit('reprocess', 'j', { stage: 'a' })).toBe(4);
  expect(desk.states(item)).toEqual({ a: 'ready', b: 'blocked', c: 'blocked', d: 'blocked' });
});

test('a whole pipeline is reprocessed from its first stage on', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  through(desk, item, 'a', 'b', 'c', 'd');
  expect(desk.edit('reprocess', 'j')).toBe(4);
  expect(desk.states(item)).toEqual({ a: 'ready', b: 'blocked', c: 'blocked', d: 'blocked' });
  through(desk, item, 'a', 'b', 'c', 'd');
  expect(desk.states(item)).toEqual({ a: 'done', b: 'done', c: 'done', d: 'done' });
});

test('an output stays until a new one replaces it, and the new one leads to it', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  through(desk, item, 'a');
  desk.edit('reprocess', 'j', { stage: 'a' });
  expect(desk.store.outputs.ofItem(item, ['a'])).toEqual({ a: `{"stage":"a","at":${desk.at}}` });
  desk.at += 1;
  through(desk, item, 'a');
  expect(desk.store.outputs.ofItem(item, ['a'])).toEqual({ a: `{"stage":"a","at":${desk.at}}` });
  expect(desk.db.prepare('SELECT seq, previous, attempt FROM output').all()).toEqual([{ seq: 1, previous: null, attempt: 1 }, { seq: 2, previous: 1, attempt: 2 }]);
});

test('what runs is left alone, and blocked when it comes back without an output', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  through(desk, item, 'a');
  const [b, c] = [desk.claimOne('j', 'b', item), desk.claimOne('j', 'c', item)];
  expect(desk.edit('reprocess', 'j')).toBe(1);
  expect(desk.states(item)).toEqual({ a: 'ready', b: 'running', c: 'running', d: 'blocked' });
  desk.settle(b, { kind: 'interrupted' });
  desk.settle(c, failed('transient'), { dueAt: desk.at + 1 });
  expect(desk.states(item)).toEqual({ a: 'ready', b: 'blocked', c: 'blocked', d: 'blocked' });
  expect(desk.flush().nextDue).toBeUndefined();
});

test('a rejected item goes on where it was rejected, with everything that had ended on its account', () => {
  const desk = deskWith(jobSpec('j', { score: [], fetch: [], file: ['score', 'fetch'], note: ['fetch'] }));
  const [item] = desk.find('j', 'k') as [number];
  const fetch = desk.claimOne('j', 'fetch', item);
  desk.run('j', 'score', item, { kind: 'rejected', reason: 'too old' });
  desk.settle(fetch, { kind: 'interrupted' });
  expect(desk.states(item)).toEqual({ score: 'rejected', fetch: 'rejected', file: 'rejected', note: 'rejected' });
  expect(desk.edit('reset', 'j', { stage: 'score' })).toBe(4);
  expect(desk.states(item)).toEqual({ score: 'ready', fetch: 'ready', file: 'blocked', note: 'blocked' });
});

test('retry does not bring back what ended because another stage rejected the item', () => {
  const desk = deskWith(jobSpec('j', { score: [], fetch: [], file: ['fetch'] }));
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'fetch', item, failed('item_specific'));
  desk.run('j', 'score', item, { kind: 'rejected', reason: 'too old' });
  expect(desk.edit('retry', 'j')).toBe(1);
  expect(desk.states(item)).toEqual({ score: 'rejected', fetch: 'ready', file: 'rejected' });
});

test('a rejection is open again when what it was based on is', () => {
  const desk = deskWith(jobSpec('j', { fetch: [], score: ['fetch'], file: ['score'], side: ['fetch'] }));
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'fetch', item);
  desk.run('j', 'score', item, { kind: 'rejected', reason: 'too old' });
  desk.edit('reprocess', 'j', { stage: 'fetch' });
  expect(desk.states(item)).toEqual({ fetch: 'ready', score: 'blocked', file: 'blocked', side: 'blocked' });
});
