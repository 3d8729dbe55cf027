/** Priorities that age: the better goes first, and nothing waits for ever. */
import { expect, test } from 'vitest';
import { deskWith, done, failed, jobSpec, type Desk } from '../support/store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const aged = (ageingMs?: number, id = 'a') => jobSpec(id, { fetch: [] }, ageingMs === undefined ? {} : { ageingMs });
const keys = (claims: readonly { key: string }[]) => claims.map(({ key }) => key);
const find = (desk: Desk, key: string, priority: number) => desk.find('a', { key, data: {}, priority })[0]!;

/** A plain generator, so that every run is the same. */
function chance(): () => number {
  let seed = 42;
  return () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

/** One task a minute may start; each hour brings 60 companies by their market value, so that there is never a moment to spare. */
function flooded(ageingMs?: number, days = 20): { waits: Map<string, number>; started: { key: string; priority: number; at: number }[] } {
  const desk = deskWith(aged(ageingMs));
  const random = chance();
  const [found, waits] = [new Map<string, number>(), new Map<string, number>()];
  const started: { key: string; priority: number; at: number }[] = [];
  const begin = desk.at;
  for (let minute = 0; minute < days * 1440; minute++) {
    desk.at = begin + minute * MINUTE;
    if (minute % 60 === 0) {
      const companies = Array.from({ length: minute === 0 ? 61 : 60 }, (_, n) => ({ key: `${minute}-${n}`, data: {}, priority: n === 60 ? -2e6 : -Math.round(10 ** (9 + 3.5 * random())) }));
      desk.find('a', ...companies);
      for (const { key } of companies) found.set(key, desk.at);
    }
    const [claim] = desk.claim('a', 'fetch', 1);
    desk.settle(claim!, done());
    waits.set(claim!.key, desk.at - found.get(claim!.key)!);
    started.push({ key: claim!.key, priority: claim!.priority, at: found.get(claim!.key)! });
  }
  return { waits, started };
}

test('under a flood of companies worth 1e9 to 3e12, one worth 2e6 is served when its time has come; without ageing it never is', () => {
  const { waits } = flooded(8 * DAY, 8);
  expect(waits.get('0-60')! / DAY).toBeLessThan(8);
  expect(waits.get('0-60')! / HOUR).toBeGreaterThan(12);
  const never = flooded(undefined, 8);
  expect(never.waits.get('0-60')).toBeUndefined();
}, 60_000);

test('what was found together goes in the exact order of its priorities, and what is twice as good goes before what came hours earlier', () => {
  const { started } = flooded(30 * DAY, 2);
  const together = Map.groupBy(started, ({ at }) => at);
  for (const group of together.values()) expect(group.map(({ priority }) => priority)).toEqual(group.map(({ priority }) => priority).toSorted((a, b) => a - b));
  const desk = deskWith(aged(30 * DAY));
  find(desk, 'first', -1e12);
  desk.at += 6 * HOUR;
  find(desk, 'twice', -2e12);
  expect(keys(desk.claim('a', 'fetch'))).toEqual(['twice', 'first']);
}, 60_000);

test.each([[0, -1, -2], [1e12, 1, -1], [-1e12, -1.0000001e12, -1.0000002e12], [3e-3, 2e-3, 1e-3], [-1, -1e15, -1e15 - 1]])('lower is earlier at every scale: %d, %d, %d', (...priorities) => {
  const desk = deskWith(aged(30 * DAY));
  desk.find('a', ...priorities.filter((priority) => priority >= -1e15).map((priority, n) => ({ key: `${n}`, data: {}, priority })));
  const order = keys(desk.claim('a', 'fetch'));
  expect(order).toEqual(order.toSorted().reverse());
});

test('whatever the priorities, what has waited for longer than the ageing goes first', () => {
  const desk = deskWith(aged(DAY));
  find(desk, 'worst', 1e15);
  desk.at += DAY - 1_000;
  find(desk, 'best', -1e15);
  expect(keys(desk.claim('a', 'fetch', 1))).toEqual(['best']);
  desk.at += 2_000;
  find(desk, 'best of all', -1e15);
  expect(keys(desk.claim('a', 'fetch', 1))).toEqual(['worst']);
});

test('a priority by hand, or by a stage, counts from when the item was found', () => {
  const desk = deskWith(jobSpec('a', { score: [], fetch: ['score'] }, { ageingMs: 30 * DAY }));
  const [x, y] = [find(desk, 'x', 0), find(desk, 'y', 0)];
  desk.flush({ edits: [{ verb: 'priority', job: 'a', items: [y], priority: -5 }] });
  expect(keys(desk.claim('a', 'score', 1))).toEqual(['y']);
  desk.settle(desk.claimOne('a', 'score', x), { kind: 'done', output: '1', priority: -7 });
  desk.flush({ edits: [{ verb: 'priority', job: 'a', items: [y], priority: 0 }] });
  const ranks = desk.db.prepare(`SELECT rank FROM task JOIN stage ON stage.id = stage_id WHERE name = 'fetch' ORDER BY item_id`).pluck().all() as number[];
  expect(ranks[1]).toBeCloseTo(desk.at, 3);
  expect(ranks[0]).toBeLessThan(desk.at);
});

test('what is done anew waits from now on, and does not go before all that is new', () => {
  const desk = deskWith(aged(30 * DAY));
  const old = find(desk, 'old', 0);
  desk.run('a', 'fetch', old);
  desk.at += 90 * DAY;
  find(desk, 'new', -1);
  desk.at += 1_000;
  desk.edit('reprocess', 'a');
  expect(keys(desk.claim('a', 'fetch'))).toEqual(['new', 'old']);
});

test('what is put off again and again does not keep out what was put off once', () => {
  const desk = deskWith(aged(30 * DAY));
  const [x, y] = [find(desk, 'x', 0), find(desk, 'y', 0)];
  const putOff = (item: number) => desk.run('a', 'fetch', item, { kind: 'deferred', until: desk.at + 1_000, reason: 'not yet' });
  putOff(x);
  desk.at += 500;
  putOff(y);
  desk.at += 600;
  putOff(x);
  desk.at += 2_000;
  expect(keys(desk.claim('a', 'fetch', 1))).toEqual(['y']);
  expect(keys(desk.claim('a', 'fetch', 1))).toEqual(['x']);
});

test('when the ageing is changed, what waits is put in order anew, and back again', () => {
  const desk = deskWith(aged());
  find(desk, 'low', 5);
  desk.at += 3 * DAY;
  const failing = find(desk, 'high', -5);
  desk.settle(desk.claimOne('a', 'fetch', failing), failed('item_specific'));
  find(desk, 'newer', -5);
  const order = () => desk.db.prepare(`SELECT key FROM task JOIN item ON item.id = item_id WHERE state = 1 ORDER BY rank, item_id`).pluck().all();
  expect(order()).toEqual(['newer', 'low']);
  desk.store.declare([aged(DAY)]);
  expect(order()).toEqual(['low', 'newer']);
  desk.store.declare([aged(300 * DAY)]);
  expect(order()).toEqual(['newer', 'low']);
  desk.store.declare([aged()]);
  expect(desk.db.prepare('SELECT count(*) FROM task WHERE state = 1 AND rank <> priority').pluck().get()).toBe(0);
  expect(order()).toEqual(['newer', 'low']);
});
