import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { Outcome, Settlement } from '../../actors/ports.ts';
import { openStore } from '../../runtime/store/open.ts';
import { Desk, deskWith, done, failed, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const line = () => deskWith(jobSpec('a', { fetch: [], score: ['fetch'] }));
const dump = (desk: Desk) => ['task', 'output', 'attempt', 'item'].map((table) => desk.db.prepare(`SELECT * FROM ${table}`).all());

describe('the fence', () => {
  const endings: [string, Outcome][] = [
    ['a value', done()],
    ['a skip', { kind: 'skipped', reason: 'no' }],
    ['a rejection', { kind: 'rejected', reason: 'no' }],
    ['a failure', failed('item_specific')],
    ['an interruption', { kind: 'interrupted' }],
  ];

  test.each(endings)('%s with an older lease changes nothing', (_, outcome) => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    const late = desk.claimOne('a', 'fetch', item);
    desk.settle(late, failed('transient'), { dueAt: desk.at });
    desk.claimOne('a', 'fetch', item);
    const before = dump(desk);
    const flushed = desk.settle(late, outcome, { cost: 5, artifacts: [{ hash: 'ab', name: 'x', bytes: 1, media: 'y' }] });
    expect(flushed.receipts).toMatchObject([{ answer: 'refused' }]);
    expect(flushed.readied).toEqual([]);
    expect(dump(desk)).toEqual(before);
  });

  test.each(endings)('%s of an earlier life of the runner changes nothing', (_, outcome) => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    const foreign = desk.claimOne('a', 'fetch', item);
    const next = desk.restart();
    const current = next.claimOne('a', 'fetch', item);
    const before = dump(next);
    expect(next.settle(foreign, outcome).receipts, 'its lease is over').toMatchObject([{ answer: 'refused' }]);
    expect(desk.settle(current, outcome).receipts, 'its epoch is over').toMatchObject([{ answer: 'refused' }]);
    expect(dump(next)).toEqual(before);
    expect(next.settle(current, outcome).receipts).toMatchObject([{ answer: 'committed' }]);
  });

  test('a settlement that comes twice counts once', () => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    const settlement = desk.settlement(desk.claimOne('a', 'fetch', item), done(), { cost: 10 });
    expect(desk.flush({ settlements: [settlement, settlement] }).receipts.map(({ answer }) => answer)).toEqual(['committed', 'refused']);
    expect(desk.db.prepare('SELECT count(*) FROM output').pluck().get()).toBe(1);
    expect(desk.store.money.ofDay('a', '2026-11-24').spent).toBe(10);
  });
});

describe('a value that cannot be written', () => {
  const spoilt: [string, Partial<Settlement> & { cost?: number }, Outcome?][] = [
    ['a time that is no number', { startedAt: Number.NaN }],
    ['a cost that is no number', { cost: Number.NaN }],
    ['a cost with a fraction', { cost: 1.5 }],
    ['a cost below zero', { cost: -1 }],
    ['a priority beyond all bounds', {}, { kind: 'done', output: '{}', priority: Infinity }],
    ['an output that is no text', {}, { kind: 'done', output: { not: 'text' } as never }],
    ['no due time', {}, failed('transient')],
  ];

  test.each(spoilt)('%s fails its own task and leaves the others alone', (_, ended, outcome = done()) => {
    const desk = line();
    const [before, bad, after] = desk.find('a', 'k', 'l', 'm') as [number, number, number];
    const claims = desk.claim('a', 'fetch');
    const flushed = desk.flush({
      found: [{ job: 'a', at: desk.at, candidates: [{ key: 'n', data: 1 }] }],
      settlements: [desk.settlement(claims[0]!, done()), desk.settlement(claims[1]!, outcome, ended), desk.settlement(claims[2]!, done())],
    });
    expect(flushed.receipts.map(({ answer }) => answer)).toEqual(['committed', 'committed', 'committed']);
    expect(flushed.found).toEqual([{ new: 1, seen: 0, filtered: 0 }]);
    expect([before, bad, after].map((item) => desk.states(item))).toEqual([
      { fetch: 'done', score: 'ready' }, { fetch: 'failed', score: 'blocked' }, { fetch: 'done', score: 'ready' },
    ]);
    expect(desk.task(bad, 'fetch')).toMatchObject({ tries: 1, reason: expect.stringContaining('the result could not be stored: ') });
    expect(desk.attempts(bad)).toMatchObject([{ outcome: 'failed', class: 'item_specific', charged: 1, lease: 1 }]);
    expect(desk.db.prepare('SELECT count(*) FROM output WHERE item_id = ?').pluck().get(bad)).toBe(0);
    expect(desk.db.prepare('SELECT count(*) FROM cost').pluck().get()).toBe(0);
  });

  test('is still held to the fence', () => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    const late = desk.claimOne('a', 'fetch', item);
    desk.settle(late, { kind: 'interrupted' });
    desk.claimOne('a', 'fetch', item);
    expect(desk.settle(late, done(), { startedAt: Number.NaN }).receipts).toMatchObject([{ answer: 'refused' }]);
    expect(desk.states(item).fetch).toBe('running');
  });
});

describe('trouble of the store itself', () => {
  test('is thrown and blamed on no task, and the batch can be written later', () => {
    const dir = tempFolder();
    const desk = new Desk(openStore(dir), jobSpec('a', { fetch: [] }));
    const other = new Database(`${dir}/rivus.db`, { timeout: 0 });
    try {
      const [item] = desk.find('a', 'k') as [number];
      const settlement = desk.settlement(desk.claimOne('a', 'fetch', item), done());
      other.exec('BEGIN IMMEDIATE');
      expect(() => desk.flush({ settlements: [settlement] })).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
      other.exec('ROLLBACK');
      expect(desk.states(item)).toEqual({ fetch: 'running' });
      expect(desk.flush({ settlements: [settlement] }).receipts).toMatchObject([{ answer: 'committed' }]);
      desk.expectExactCounts();
    } finally {
      other.close();
      desk.store.close();
    }
  });

  test('a full disk rolls everything back', () => {
    const desk = line();
    const [item] = desk.find('a', 'k') as [number];
    const claim = desk.claimOne('a', 'fetch', item);
    desk.db.pragma(`max_page_count = ${desk.db.pragma('page_count', { simple: true })}`);
    const big = done('x'.repeat(500_000));
    expect(() => desk.settle(claim, big)).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
    expect(desk.states(item).fetch).toBe('running');
    desk.db.pragma('max_page_count = 1000000');
    desk.settle(claim, big);
    expect(desk.states(item).fetch).toBe('done');
  });
});
