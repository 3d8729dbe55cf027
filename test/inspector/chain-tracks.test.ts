import { expect, test } from 'vitest';
import { chainLines } from '../../inspector/app/views/chain-tracks.ts';

const JOBS = ['a', 'b', 'c', 'd'];
const lines = (...ways: string[]) => chainLines(ways.map((way) => ({ from: way[0]!, to: way[1]!, seen: 2, taken: 1 })), JOBS).map(({ chain, track, nth }) => `${chain.from}${chain.to} ${track} ${nth}`).sort();

test('one after the other they share a track, for one ends at the head of a lane and the next begins at its foot', () => {
  expect(lines('ab', 'bc', 'cd')).toEqual(['ab 0 0', 'bc 0 0', 'cd 0 0']);
});

test('a long one stands outside of those that it passes', () => {
  expect(lines('ad', 'bc')).toEqual(['ad 1 0', 'bc 0 0']);
});

test('two that lead into one lane arrive under each other', () => {
  expect(lines('ac', 'bc')).toEqual(['ac 1 1', 'bc 0 0']);
});

test('upwards they go from head to head, and touch what leads down beside them', () => {
  expect(lines('da', 'ab')).toEqual(['ab 0 0', 'da 1 0']);
});

test('what leads to no lane, or to its own, has no line', () => {
  expect(lines('ax', 'aa')).toEqual([]);
});
