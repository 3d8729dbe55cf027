import { expect, test } from 'vitest';
import { deskWith, failed, jobSpec } from '../support/store.ts';

const single = () => deskWith(jobSpec('a', { fetch: [] }));

test('a waiting task is claimed when its time has come, and not before', () => {
  const desk = single();
  const [item] = desk.find('a', 'k') as [number];
  desk.run('a', 'fetch', item, failed('transient'), { dueAt: desk.at + 100 });
  desk.at += 99;
  expect(desk.claim('a', 'fetch')).toEqual([]);
  desk.at += 1;
  expect(desk.claimOne('a', 'fetch', item)).toMatchObject({ attempt: 2, tries: 1, lease: 2 });
});

test('what is tried again goes before what is new, whatever its priority', () => {
  const desk = single();
  const [late] = desk.find('a', { key: 'late', data: {}, priority: 50 }) as [number];
  desk.run('a', 'fetch', late, failed('transient'), { dueAt: desk.at + 1 });
  const [urgent] = desk.find('a', { key: 'urgent', data: {}, priority: -50 }) as [number];
  desk.at += 1;
  expect(desk.claim('a', 'fetch').map(({ itemId }) => itemId)).toEqual([late, urgent]);
});

test('the flush that promotes tells that work is there', () => {
  const desk = single();
  const [item] = desk.find('a', 'k') as [number];
  expect(desk.run('a', 'fetch', item, failed('transient'), { dueAt: desk.at + 1 }).readied).toEqual([]);
  desk.at += 1;
  expect(desk.flush()).toMatchObject({ readied: [{ job: 'a', stage: 'fetch' }], nextDue: undefined });
});

test('the next due time is that of the earliest task that waits', () => {
  const desk = single();
  desk.find('a', 'k', 'l', 'm');
  const claims = desk.claim('a', 'fetch');
  const settlements = [300, 100, 200].map((wait, index) => desk.settlement(claims[index]!, failed('transient'), { dueAt: desk.at + wait }));
  expect(desk.flush({ settlements }).nextDue).toBe(desk.at + 100);
  desk.at += 150;
  expect(desk.flush().nextDue).toBe(desk.at + 50);
});

test('when very many are due at once, a flush promotes a part and asks for the next one at once', () => {
  const desk = single();
  desk.find('a', ...Array.from({ length: 700 }, (_, n) => `k${n}`));
  const claims = desk.claim('a', 'fetch', 700);
  const due = desk.at + 1;
  desk.flush({ settlements: claims.map((claim) => desk.settlement(claim, failed('transient'), { dueAt: due })) });
  desk.at += 10;
  expect(desk.flush().nextDue).toBe(due);
  expect(desk.store.counts.ofJob('a').get('fetch')).toMatchObject({ ready: 500, waiting: 200 });
  expect(desk.flush().nextDue).toBeUndefined();
  expect(desk.store.counts.ofJob('a').get('fetch')).toMatchObject({ ready: 700, waiting: 0 });
});
