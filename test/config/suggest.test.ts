import { expect, test } from 'vitest';
import { didYouMean, didYouMeanOrList } from '../../runtime/config/suggest.ts';

const known = ['concurrency', 'score', 'fetch', 'qa'];

test.each([
  ['concurency', 'concurrency'],
  ['Concurrency', 'concurrency'],
  ['socre', 'score'],
  ['fecth', 'fetch'],
  ['qq', 'qa'],
])('for %s it suggests %s', (word, meant) => {
  expect(didYouMean(word, known)).toBe(`, did you mean "${meant}"?`);
});

test('what is far from every known word gets no suggestion, but the list', () => {
  expect(didYouMean('transcript', known)).toBe('');
  expect(didYouMeanOrList('transcript', known)).toBe('; known are concurrency, score, fetch, qa');
  expect(didYouMeanOrList('transcript', [])).toBe('');
});
