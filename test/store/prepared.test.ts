import { expect, test } from 'vitest';
import { atFirstUse } from '../../runtime/store/prepared.ts';

test('what is wanted later is prepared when it is first used, and once', () => {
  let prepared = 0;
  const part = atFirstUse(() => {
    prepared += 1;
    return { look: (at: number) => at + 1 };
  });
  expect(prepared).toBe(0);
  const { look } = part;
  expect([look(1), part.look(2), prepared]).toEqual([2, 3, 1]);
});
