import { expect, test } from 'vitest';
import { scoreOf } from '../../handlers/newsflow/score.ts';
import type { Topic } from '../../handlers/newsflow/topics.ts';

const NOW = Date.parse('2026-03-10T00:00:00Z');
const TODAY = '2026-03-10';
const TOPICS: Topic[] = [
  { name: 'bridges', weight: 1, words: ['bridge*', 'quay wall'] },
  { name: 'ai', weight: 0.5, words: ['ai'] },
  { name: 'lanterns', weight: 1, words: ['提灯'] },
];
const of = (title: string, text: string, published: string | null = TODAY) => scoreOf({ title, text, published }, TOPICS, NOW);

test('says which topics it found, where, and how often', () => {
  expect(of('The bridge', 'A bridge and two bridges, by the quay wall.')).toMatchObject({ topics: [{ name: 'bridges' }], why: ['bridges: in the title, 3 times in the text', '× 1.00, for it is of today'] });
});

test('the title counts more than the beginning, and that more than the end', () => {
  const far = 'word '.repeat(100);
  const [title, lead, end] = [of('Bridge', far), of('', `bridge ${far}`), of('', `${far} bridge`)].map(({ score }) => score);
  expect(title).toBeGreaterThan(lead!);
  expect(lead).toBeGreaterThan(end!);
  expect(end).toBeGreaterThan(0);
});

test('words are whole words, in any case, and in any script', () => {
  expect(of('', 'He said that rain is plain.').score).toBe(0);
  expect(of('', 'AI').score).toBeGreaterThan(0);
  expect(of('', 'Abridged').score).toBe(0);
  expect(of('提灯を作る人', '').topics).toMatchObject([{ name: 'lanterns' }]);
  expect(of('', 'A quay. A wall.').score).toBe(0);
});

test('more of a topic is worth more, and never more than the topic is', () => {
  const scores = [1, 2, 5, 50, 500].map((n) => of('', 'ai '.repeat(n)).score);
  expect(scores).toEqual(scores.toSorted((a, b) => a - b));
  expect(scores.at(-1)).toBe(50);
});

test('news grow old; what has no date is neither new nor old', () => {
  const [today, older, old, ancient, undated, tomorrow] = [TODAY, '2026-03-06', '2026-02-10', '2001-01-01', null, '2026-03-12'].map((published) => of('Bridge', 'bridge', published).score);
  expect(today).toBeGreaterThan(undated!);
  expect(undated).toBeGreaterThan(older!);
  expect(older).toBeGreaterThan(old!);
  expect(old).toBe(ancient);
  expect(tomorrow).toBe(today);
});

test('an article without words scores nothing', () => {
  expect(scoreOf({ title: null, text: '', published: null }, TOPICS, NOW)).toEqual({ score: 0, why: ['none of your topics'], topics: [] });
});
