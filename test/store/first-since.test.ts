import { expect, test } from 'vitest';
import { firstSince } from '../../runtime/store/first-since.ts';

const HOUR = 3_600_000;

test('where the rows of a time begin is found in a few looks, also where rows are gone, and a little early for those in another order', () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => ({ id: 2 * n + 7, at: n * 60_000 }));
  let looks = 0;
  const at = (id: number) => (looks++, rows[Math.max(0, Math.ceil((id - 7) / 2))]?.at);
  const { id } = rows[50_000]!;
  const first = firstSince({ last: rows.at(-1)!.id, at }, rows[50_000]!.at);
  expect(rows.findIndex((row) => row.id >= first)).toBe(50_000 - HOUR / 60_000);
  expect(first).toBeLessThan(id);
  expect(looks).toBeLessThan(20);
});

test('nothing is before the first row, and after the last there is nothing', () => {
  const at = (id: number) => (id <= 3 ? id * HOUR : undefined);
  expect(firstSince({ last: 3, at }, 0)).toBe(0);
  expect(firstSince({ last: 3, at }, 10 * HOUR)).toBe(4);
});
