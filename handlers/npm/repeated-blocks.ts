const BLOCK_CHARACTERS = 80;
const TIMES_AT_MOST = 2;

/** Paragraphs that stand in the text again and again, each as a sentence: the mark of a parser that lost its way. */
export function repeatedBlocks(text: string): string[] {
  const counts = new Map<string, number>();
  for (const block of text.split(/\n\s*\n/).map((one) => one.replace(/\s+/g, ' ').trim())) {
    if (block.length >= BLOCK_CHARACTERS) counts.set(block, (counts.get(block) ?? 0) + 1);
  }
  return [...counts].filter(([, times]) => times > TIMES_AT_MOST).map(([block, times]) => `a paragraph stands there ${times} times: "${block.slice(0, 60)}…"`);
}
