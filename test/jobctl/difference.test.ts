import { expect, test } from 'vitest';
import { describeChange, differences } from '../../runtime/jobctl/difference.ts';

test('equal values have no differences, whatever the order of their keys', () => {
  expect(differences({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] })).toEqual([]);
});

test('each place that differs is named, with what was there and what is', () => {
  const before = { score: 1, why: ['a', 'b', 'c'], gone: true, kind: [] };
  const after = { score: 2, why: ['a', 'B'], more: { x: 1 }, kind: {} };
  expect(differences(before, after).map(describeChange)).toEqual(['score: 1 → 2', 'why[1]: "b" → "B"', 'why[2]: - "c"', 'more: + {"x":1}', 'kind: [] → {}', 'gone: - true']);
  expect(differences(1, [1])).toEqual([{ path: '', before: 1, after: [1] }]);
});

test('of long texts the part that differs is shown', () => {
  const text = (end: string) => `${'same '.repeat(40)}${end}${' rest'.repeat(40)}`;
  const [change] = differences({ notes: text('old') }, { notes: text('new') });
  expect(describeChange(change!)).toMatch(/^notes: ….*old rest.*… → ….*new rest.*…$/);
  expect(describeChange(change!).length).toBeLessThan(150);
});
