/** Words of any language: where one ends is no matter of spaces in Thai, Chinese or Japanese. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** In lower case, compatibility forms made equal (ﬁ is fi, full-width letters are letters). */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.normalize('NFKC').toLowerCase())) if (isWordLike) words.push(segment);
  return words;
}

/** Token F1 of two texts: 1 when they have the same words equally often, in whatever order. */
export function agreement(one: readonly string[], other: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of other) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of one) {
    const n = left.get(word) ?? 0;
    if (n === 0) continue;
    shared += 1;
    left.set(word, n - 1);
  }
  return one.length + other.length === 0 ? 1 : (2 * shared) / (one.length + other.length);
}
