/** Which items a filter finds, and how they are spread. */
import { describe, expect, test } from 'vitest';
import type { ItemOrder } from '../../inspector/protocol.ts';
import { FIELDS_THEN } from '../../runtime/filter/fields.ts';
import { parseFilter } from '../../runtime/filter/parse.ts';
import { allCells, besidePlaces, cellsOf, classesIn, classesOf, facetsOf, placed } from '../../runtime/store/facets.ts';
import { readItems, readRows } from '../../runtime/store/items-view.ts';
import { readItemThen, readRowsThen } from '../../runtime/store/items-then-view.ts';
import { cellsThen, searchItemsThen } from '../../runtime/store/search-then.ts';
import { searchItems } from '../../runtime/store/search.ts';
import { deskWith, done, failed, jobSpec, type Desk } from '../support/store.ts';

const HOUR = 3_600_000;

/** `a` was found two hours before the others and is done; `b` failed for good, `c` waits after an error, `d` failed later on; `x` is of another job. */
function shelf(): Desk {
  const desk = deskWith(jobSpec('papers', { fetch: [], score: ['fetch'] }), jobSpec('talks', { fetch: [] }));
  const [a] = desk.find('papers', { key: 'news/a', title: 'Merger of Acme', data: {}, priority: 2 }) as [number];
  desk.run('papers', 'fetch', a, done(), { cost: 50_000 });
  desk.run('papers', 'score', a, done(), { cost: 20_000 });
  desk.at += 2 * HOUR;
  const [b, c, d] = desk.find('papers', { key: 'news/b', title: 'Über alles', data: {}, priority: -1 }, { key: 'c', data: {} }, { key: 'd', data: {} }) as [number, number, number];
  const [x] = desk.find('talks', 'news/x') as [number];
  desk.run('papers', 'fetch', b, failed('item_specific', 'answered 404'));
  desk.run('papers', 'fetch', c, failed('transient', 'answered 429'), { dueAt: desk.at + HOUR });
  desk.run('papers', 'fetch', d, done(), { cost: 10_000 });
  desk.run('papers', 'score', d, failed('item_specific', 'the page said 429'));
  desk.run('talks', 'fetch', x, done());
  return desk;
}

function found(desk: Desk, text: string, order: ItemOrder = 'newest'): string {
  const { where, problems } = parseFilter(text);
  expect(problems).toEqual([]);
  const search = searchItems(desk.db, where, desk.at, order);
  const rows: { id: number; rank: number }[] = [];
  // Two ids a step: what is found must not depend on how it is cut.
  for (let step = search.next(); !step.done; step = search.next(2)) step.value.ids.forEach((id, n) => rows.push({ id, rank: step.value!.ranks[n]! }));
  const isSorted = order === 'newest' || order === 'oldest';
  const ids = (isSorted ? rows : rows.toSorted((one, other) => one.rank - other.rank || other.id - one.id)).map(({ id }) => id);
  return readRows(desk.db, ids).map((row) => row!.key.replace('news/', '')).join('');
}

test.each([
  ['', 'xdcba'],
  ['job:papers', 'dcba'],
  ['-job:papers', 'x'],
  ['job:papers,talks stage:fetch state:done', 'xda'],
  ['state:failed', 'db'],
  ['stage:fetch state:failed', 'b'],
  ['state:failed,waiting', 'dcb'],
  ['job:papers -state:failed', 'ca'],
  ['job:papers stage:score -state:failed', 'cba'],
  ['stage:score -state:blocked', 'da'],
  ['error:transient', 'c'],
  ['error:item_specific stage:fetch', 'b'],
  ['error:429', 'dc'],
  ['error~transient', ''],
  ['-error:429 job:papers', 'ba'],
  ['key:news/*', 'xba'],
  ['-key:news/*', 'dc'],
  ['key=news/a,c', 'ca'],
  ['merger', 'a'],
  ['MERGER acme', 'a'],
  ['-merger job:papers', 'dcb'],
  ['"merger of"', 'a'],
  ['"of merger"', ''],
  ['news', 'xba'],
  ['age>1h', 'a'],
  ['age<=1h', 'xdcb'],
  ['cost>0.05', 'a'],
  ['cost=0.01', 'd'],
  ['cost:0', 'xcb'],
  ['priority<0', 'b'],
  ['priority!=0', 'ba'],
  ['attempts>=1 stage:score', 'da'],
  ['text:merger,alles', 'ba'],
])('%s finds %s', (text, keys) => {
  expect(found(shelf(), text)).toBe(keys);
});

test('the order is the newest, the oldest, what goes first, or what has cost most', () => {
  const desk = shelf();
  expect((['newest', 'oldest', 'priority', 'cost'] as const).map((order) => found(desk, 'job:papers', order))).toEqual(['dcba', 'abcd', 'bdca', 'adcb']);
});

test('of a stage that is parked only what it still has to do is found, unless it is asked for by name', () => {
  const desk = shelf();
  const later = desk.restart(jobSpec('papers', { fetch: [] }), jobSpec('talks', { fetch: [] }));
  expect([found(later, 'job:papers state:done'), found(later, 'job:papers state:failed'), found(later, 'stage:score state:done')]).toEqual(['da', 'db', 'a']);
});

test('jobctl reads pages by the same filter', () => {
  const desk = shelf();
  const page = (text: string, after?: number) => readItems(desk.db, 'papers', { limit: 1, where: { conditions: parseFilter(text).where, at: desk.at }, ...(after !== undefined && { after }) });
  const first = page('state:failed');
  expect(first.items.map(({ key }) => key)).toEqual(['d']);
  expect(page('state:failed', first.next).items.map(({ key }) => key)).toEqual(['news/b']);
  expect(readItems(desk.db, 'papers', { limit: 9, stage: 'fetch', state: 'failed', where: { conditions: parseFilter('age<1h').where, at: desk.at } }).items.map(({ key }) => key)).toEqual(['news/b']);
});

describe('facets', () => {
  const facets = (desk: Desk, text: string) => {
    const { where } = parseFilter(text);
    const beside = besidePlaces(where);
    const cells = beside.length === 0 ? allCells(desk.db) : [...searchItems(desk.db, beside, desk.at, 'newest')].flatMap(({ ids }) => cellsOf(desk.db, ids, where, desk.at));
    return { ...facetsOf(cells, where), classes: classesOf([...classesIn(desk.db, where, desk.at)].flat()) };
  };

  test('without a filter: items by job, tasks by stage and state', () => {
    expect(facets(shelf(), '')).toEqual({ jobs: { papers: 4, talks: 1 }, stages: { fetch: 5, score: 4 }, states: { done: 4, failed: 2, waiting: 1, blocked: 2 }, classes: { item_specific: 2 } });
  });

  test('beside what is chosen stands what could be chosen instead', () => {
    const { jobs, stages, states } = facets(shelf(), 'job:papers state:failed');
    expect([jobs, stages, states]).toEqual([{ papers: 2 }, { fetch: 1, score: 1 }, { waiting: 1, failed: 2, done: 3, blocked: 2 }]);
  });

  test('of what matches a text, an age, an error', () => {
    expect(facets(shelf(), 'news').jobs).toEqual({ papers: 2, talks: 1 });
    expect(facets(shelf(), 'error:429').states).toEqual({ failed: 1, waiting: 1 });
    expect(facets(shelf(), 'age>1h').states).toEqual({ done: 2 });
  });
});

describe('at a time in the past', () => {
  const all = () => undefined;
  const HALF_WAY = 1_000_000 + HOUR;

  function foundThen(desk: Desk, text: string, at: number, order: ItemOrder = 'newest'): string {
    const { where, problems } = parseFilter(text, FIELDS_THEN);
    expect(problems).toEqual([]);
    const search = searchItemsThen(desk.db, where, { at, stages: all }, order);
    const rows: { id: number; rank: number }[] = [];
    for (let step = search.next(); !step.done; step = search.next(2)) step.value.ids.forEach((id, n) => rows.push({ id, rank: step.value!.ranks[n]! }));
    const ids = (order === 'cost' ? rows.toSorted((one, other) => one.rank - other.rank || other.id - one.id) : rows).map(({ id }) => id);
    return readRowsThen(desk.db, ids, { at, stages: all }).map((row) => row!.key.replace('news/', '')).join('');
  }

  test.each([
    '', 'job:papers', '-job:papers', 'job:papers,talks stage:fetch state:done', 'state:failed', 'stage:fetch state:failed', 'job:papers -state:failed', 'job:papers stage:score -state:failed',
    'error:transient', 'error:item_specific stage:fetch', 'error:429', '-error:429 job:papers', 'key:news/*', 'merger', 'age>1h', 'age<=1h', 'cost>0.05', 'cost:0', 'attempts>=1 stage:score',
  ])('%s finds at this moment what it finds now', (text) => {
    const desk = shelf();
    expect(foundThen(desk, text, desk.at)).toBe(found(desk, text));
    expect(foundThen(desk, text, desk.at, 'cost')).toBe(found(desk, text, 'cost'));
    expect(foundThen(desk, text, desk.at, 'oldest')).toBe(found(desk, text, 'oldest'));
  });

  test('what came later is not there, and what happened later has not happened', () => {
    const desk = shelf();
    expect(['', 'state:done', 'state:failed', 'state:pending', 'cost>0.05', 'age<2h'].map((text) => foundThen(desk, text, HALF_WAY))).toEqual(['a', 'a', '', '', 'a', 'a']);
    desk.at += HOUR;
    desk.edit('reprocess', 'papers', { stage: 'fetch', items: [desk.itemId('papers', 'news/a')!] });
    expect(foundThen(desk, 'state:pending', desk.at - 1)).toBe('cb');
    expect(foundThen(desk, 'state:pending', desk.at)).toBe('cba');
    expect(foundThen(desk, '', 999_999)).toBe('');
  });

  test('it is counted by what was so, and what is open has one word', () => {
    const desk = shelf();
    const ids = ['news/a', 'news/b', 'c', 'd'].map((key) => desk.itemId('papers', key)!);
    const facets = (at: number) => facetsOf(cellsThen(desk.db, ids, [], { at, stages: all }), []);
    expect(facets(desk.at).states).toEqual({ done: 3, failed: 2, pending: 3 });
    desk.at += 1;
    desk.edit('retry', 'papers');
    expect([facets(desk.at).states, facets(desk.at - 1).states]).toEqual([{ done: 3, pending: 5 }, { done: 3, failed: 2, pending: 3 }]);
  });

  test('errors are counted of what is chosen alone', () => {
    const desk = shelf();
    const ids = ['news/a', 'news/b', 'c', 'd'].map((key) => desk.itemId('papers', key)!);
    const kinds = (text: string) => placed(cellsThen(desk.db, ids, [], { at: desk.at, stages: all }), parseFilter(text, FIELDS_THEN).where).flatMap(({ kind, n }) => (kind === null ? [] : [`${kind} ${n}`]));
    expect([kinds('job:papers stage:fetch'), kinds('job:talks'), kinds('-stage:fetch')]).toEqual([['item_specific 1'], [], ['item_specific 1']]);
  });

  test('what was not kept cannot be asked for', () => {
    expect(parseFilter('priority<0', FIELDS_THEN).problems).toMatchObject([{ message: expect.stringContaining('was not kept') }]);
    expect(parseFilter('state:waiting', FIELDS_THEN).problems).toMatchObject([{ message: expect.stringContaining('pending') }]);
  });

  test('the page of an item has the attempts that had ended, and the output that was in force', () => {
    const desk = deskWith(jobSpec('papers', { fetch: [] }));
    const [id] = desk.find('papers', 'k') as [number];
    desk.run('papers', 'fetch', id, done({ n: 1 }), { cost: 50_000 });
    const before = desk.at;
    desk.at += HOUR;
    desk.edit('reprocess', 'papers');
    desk.run('papers', 'fetch', id, done({ n: 2 }), { cost: 20_000 });
    const page = (at: number) => readItemThen(desk.db, id, { at, stages: all })!;
    expect(page(before)).toMatchObject({ attempts: [{ attempt: 1, outputSeq: 1 }], stages: { fetch: { state: 'done', outputSeq: 1, costUsd: 0.05 } } });
    expect(page(desk.at)).toMatchObject({ attempts: [{ attempt: 1 }, { attempt: 2 }], stages: { fetch: { state: 'done', outputSeq: 2, costUsd: 0.07 } } });
    expect([page(before).attempts.length, readItemThen(desk.db, id, { at: before - 1, stages: all })]).toEqual([1, undefined]);
    const parked = () => new Set<string>();
    expect(readItemThen(desk.db, id, { at: before, stages: parked })!.stages).toEqual({});
  });
});
