import { expect, test } from 'vitest';
import { merging } from '../../runtime/control/merge.ts';

test('parts that are in order become one that is, the least rank first, and of equals the newest', () => {
  const ranks = (id: number) => (id * 7919) % 13;
  const ids = Array.from({ length: 1_000 }, (_, n) => n + 1);
  const inOrder = (some: number[]) => some.toSorted((a, b) => ranks(a) - ranks(b) || b - a);
  const parts = [ids.slice(0, 10), ids.slice(10, 500), [], ids.slice(500, 501), ids.slice(501)].map(inOrder).map((ids) => ({ ids, ranks: ids.map(ranks) }));
  const steps = [...merging(parts)];
  expect([parts.length, steps.length]).toEqual([1, 4]);
  expect(parts[0]!.ids).toEqual(inOrder(ids));
  expect([...merging([])]).toEqual([]);
});
