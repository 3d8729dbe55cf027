/** How much an article deserves its reader's attention, 0–100: what it is about, how much of it, how new it is. Pure. */
import { wordsOf } from '../article/words.ts';
import type { Topic } from './topics.ts';

export type Scored = {
  score: number;
  why: string[];
  /** The topics that were found, the strongest first; `strength` 0–1. */
  topics: { name: string; strength: number }[];
};

/** A word in the title counts as so many in the text; one among the first words as so many. */
const IN_TITLE = 4;
const IN_LEAD = 2;
const LEAD_WORDS = 80;
/** With so many mentions a topic has about two thirds of its strength. */
const MENTIONS = 4;
const HALF_LIFE_DAYS = 4;
/** Old news keep this much of their worth; without a date nobody knows. */
const LEAST_RECENCY = 0.3;
const UNKNOWN_RECENCY = 0.7;
const DAY_MS = 86_400_000;

export type Scorable = { title: string | null; text: string; published: string | null };

/** `now`: ms since the epoch. */
export function scoreOf({ title, text, published }: Scorable, topics: readonly Topic[], now: number): Scored {
  const words = { title: wordsOf(title ?? ''), text: wordsOf(text) };
  const found = topics.map((topic) => ({ topic, ...mentions(topic, words) })).filter(({ weighed }) => weighed > 0);
  const strong = found.map(({ topic, weighed, ...where }) => ({ topic, ...where, strength: 1 - Math.exp(-weighed / MENTIONS) }));
  strong.sort((a, b) => b.strength * b.topic.weight - a.strength * a.topic.weight);
  const relevance = 1 - strong.reduce((rest, { topic, strength }) => rest * (1 - topic.weight * strength), 1);
  const { recency, said } = recencyOf(published, now);
  return {
    score: Math.round(100 * relevance * recency),
    why: strong.length === 0 ? ['none of your topics'] : [...strong.map(({ topic, inTitle, inText }) => `${topic.name}: ${places(inTitle, inText)}`), said],
    topics: strong.map(({ topic, strength }) => ({ name: topic.name, strength: Math.round(strength * 100) / 100 })),
  };
}

function mentions({ words: terms }: Topic, { title, text }: { title: string[]; text: string[] }): { weighed: number; inTitle: number; inText: number } {
  const patterns = terms.map(patternOf);
  const inTitle = count(patterns, title);
  const inText = count(patterns, text);
  return { inTitle, inText, weighed: IN_TITLE * inTitle + inText + (IN_LEAD - 1) * count(patterns, text.slice(0, LEAD_WORDS)) };
}

/** Words in a row, as the text is cut into them; the last one may be a beginning only. */
type Pattern = { words: string[]; open: boolean };

function patternOf(term: string): Pattern {
  return { words: wordsOf(term.replace(/\*$/, '')), open: term.endsWith('*') };
}

function count(patterns: readonly Pattern[], words: readonly string[]): number {
  let hits = 0;
  for (const { words: wanted, open } of patterns) {
    for (let at = 0; at + wanted.length <= words.length; at++) if (isAt(words, at, wanted, open)) hits += 1;
  }
  return hits;
}

function isAt(words: readonly string[], at: number, wanted: readonly string[], open: boolean): boolean {
  return wanted.every((word, index) => (open && index === wanted.length - 1 ? words[at + index]!.startsWith(word) : words[at + index] === word));
}

function places(inTitle: number, inText: number): string {
  const times = (n: number) => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`);
  return [...(inTitle > 0 ? ['in the title'] : []), ...(inText > 0 ? [`${times(inText)} in the text`] : [])].join(', ');
}

function recencyOf(published: string | null, now: number): { recency: number; said: string } {
  if (published === null) return { recency: UNKNOWN_RECENCY, said: `× ${UNKNOWN_RECENCY}, for it has no date` };
  const days = Math.max(0, (now - Date.parse(published)) / DAY_MS);
  const recency = Math.max(LEAST_RECENCY, 0.5 ** (days / HALF_LIFE_DAYS));
  return { recency, said: `× ${recency.toFixed(2)}, for it is ${days < 1.5 ? (days < 0.5 ? 'of today' : 'a day old') : `${Math.round(days)} days old`}` };
}
