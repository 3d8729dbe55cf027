/** "did you mean": the nearest known word, if one is near enough to be a slip of the finger. */

/** `, did you mean "score"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `, did you mean "${near}"?`;
}

/** The suggestion, or else what there is to choose from. */
export function didYouMeanOrList(word: string, known: Iterable<string>): string {
  const all = [...known];
  return didYouMean(word, all) || (all.length > 0 ? `; known are ${all.join(', ')}` : '');
}

/** At most a third of the letters may differ (but always one), so that short words do not match everything. */
function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { text: string; distance: number } | undefined;
  for (const text of known) {
    const distance = levenshtein(word.toLowerCase().slice(0, 64), text.toLowerCase());
    if (distance <= Math.max(1, Math.floor(Math.max(word.length, text.length) / 3)) && distance < (best?.distance ?? Infinity)) best = { text, distance };
  }
  return best?.text;
}

/** Letters to insert, delete or replace; two neighbours that changed places count once (`socre`). */
function levenshtein(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
