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

test('a stage that is reprocessed runs alone: what needs it keeps its output', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  through(desk, item, 'a', 'b', 'c', 'd');
  expect(desk.edit('reprocess', 'j', { stage: 'b' })).toBe(1);
  expect(desk.states(item)).toEqual({ a: 'done', b: 'ready', c: 'done', d: 'done' });
  through(desk, item, 'b');
  expect(desk.states(item)).toEqual({ a: 'done', b: 'done', c: 'done', d: 'done' });
});

test('what has not come to a good end waits for the stage that is reprocessed, and runs after it', () => {
  const desk = diamond();
  const [late, bad, on] = desk.find('j', 'late', 'bad', 'on') as [number, number, number];
  for (const stage of ['a', 'b', 'c']) desk.flush({ settlements: desk.claim('j', stage).map((claim) => desk.settlement(claim, done())) });
  desk.force(bad, 'd', 'failed');
  desk.force(on, 'd', 'running');
  expect(desk.edit('reprocess', 'j', { stage: 'b' })).toBe(5);
  expect([late, bad, on].map((item) => desk.states(item).d)).toEqual(['blocked', 'blocked', 'running']);
});

test('with its downstream, what needs the stage is blocked, step by step, until it is done again', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  through(desk, item, 'a', 'b', 'c', 'd');
  expect(desk.edit('reprocess', 'j', { stage: 'b', downstream: true })).toBe(2);
  expect(desk.states(item)).toEqual({ a: 'done', b: 'ready', c: 'done', d: 'blocked' });
  through(desk, item, 'b', 'd');
  expect(desk.edit('reprocess', 'j', { stage: 'a', downstream: true })).toBe(4);
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

describe('a filter', () => {
  const HOUR = 3_600_000;
  /** Four items at two stages, each task with an end of its own. */
  function mixed() {
    const desk = deskWith(jobSpec('j', { fetch: [], score: [] }));
    const [old] = desk.find('j', { key: 'old/1', data: {}, priority: -2 }) as [number];
    desk.at += 5 * HOUR;
    const [limited, sentence, odd] = desk.find('j', 'new/1', 'new/2', '100% [odd]') as [number, number, number];
    const ends: [number, string, ReturnType<typeof failed>][] = [
      [old, 'fetch', failed('item_specific', 'answered 404')], [old, 'score', failed('item_specific', 'Answered 429, slow down')],
      [limited, 'fetch', failed('item_specific', 'answered 429')], [sentence, 'fetch', failed('item_specific', "it's gone")], [odd, 'score', failed('item_specific', '429')],
    ];
    const claims = ['fetch', 'score'].flatMap((stage) => desk.claim('j', stage));
    for (const claim of claims) {
      const end = ends.find(([item, stage]) => item === claim.itemId && stage === claim.stage);
      desk.settle(claim, end?.[2] ?? done());
    }
    return desk;
  }
  /** Keys and stages of which the verb takes the task. */
  function taken(where: TaskEdit['where'], verb: TaskEdit['verb'] = 'retry'): string[] {
    const desk = mixed();
    desk.edit(verb, 'j', { where: where! });
    return desk.db.prepare<[], string>(`SELECT item.key || ' ' || stage.name FROM task JOIN item ON item.id = item_id JOIN stage ON stage.id = stage_id WHERE state = 1 ORDER BY item.id, stage.id`).pluck().all();
  }

  test.each<[string, TaskEdit['where'], string[]]>([
    ['a part of the error, whatever its case', [{ field: 'error', is: '~', value: 'answered 429' }], ['old/1 score', 'new/1 fetch']],
    ['an error without that part', [{ field: 'error', is: '!~', value: '429' }], ['old/1 fetch', 'new/2 fetch']],
    ['an apostrophe is a letter', [{ field: 'error', is: '~', value: "it's" }], ['new/2 fetch']],
    ['a glob over the key', [{ field: 'key', is: '~', value: 'new/*' }], ['new/1 fetch', 'new/2 fetch']],
    ['the key itself, whatever signs are in it', [{ field: 'key', is: '=', value: '100% [odd]' }], ['100% [odd] score']],
    ['a priority', [{ field: 'priority', is: '<', value: 0 }], ['old/1 fetch', 'old/1 score']],
    ['an age', [{ field: 'age', is: '>', value: 4 * HOUR }], ['old/1 fetch', 'old/1 score']],
    ['a lesser age', [{ field: 'age', is: '<', value: 4 * HOUR }], ['new/1 fetch', 'new/2 fetch', '100% [odd] score']],
    ['a number of starts', [{ field: 'attempts', is: '>=', value: 2 }], []],
    ['all of several', [{ field: 'key', is: '~', value: 'new/*' }, { field: 'error', is: '~', value: '429' }], ['new/1 fetch']],
  ])('takes the tasks with %s', (_, where, tasks) => {
    expect(taken(where)).toEqual(tasks);
  });

  test('by state narrows what the verb takes and never widens it', () => {
    expect(taken([{ field: 'state', is: '=', value: 'done' }], 'reprocess')).toEqual(['new/1 score', 'new/2 score', '100% [odd] fetch']);
    expect(taken([{ field: 'state', is: '=', value: 'done' }], 'retry')).toEqual([]);
    expect(taken([{ field: 'state', is: '!=', value: 'done' }], 'reprocess')).toHaveLength(5);
  });
});

test('a priority by hand counts for what has ended too, and only for items of the job', () => {
  const desk = deskWith(jobSpec('j', { a: [], b: [] }), jobSpec('other', { a: [] }));
  const [first, second] = desk.find('j', 'k', 'l') as [number, number];
  const [foreign] = desk.find('other', 'k') as [number];
  desk.run('j', 'a', first, failed('item_specific'));
  expect(desk.flush({ edits: [{ verb: 'priority', job: 'j', items: [second, foreign, 999], priority: -1 }] }).edited).toEqual([1]);
  expect(desk.claim('j', 'b').map(({ itemId }) => itemId)).toEqual([second, first]);
  expect(desk.flush({ edits: [{ verb: 'priority', job: 'j', items: [first], priority: -9 }] }).edited).toEqual([1]);
  desk.edit('reprocess', 'j', { stage: 'a' });
  expect(desk.task(first, 'a')).toMatchObject({ priority: -9 });
  expect(desk.db.prepare('SELECT priority FROM item ORDER BY id').pluck().all()).toEqual([-9, -1, 0]);
});
