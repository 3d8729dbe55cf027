/**
 * The article by density of text alone, for pages that have no structure to go by: the run of blocks with the most words in sentences
 * and the fewest in links (maximum subsequence; Pasternack and Roth, 2009). One pass, whatever the page looks like.
 */
import { isElement, isText, type DomElement, type DomNode } from './dom.ts';

const BLOCKS = new Set('article aside blockquote body dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header li main nav ol p pre section table tbody td th tr ul br'.split(' '));
/** Not forms: some servers wrap the whole page in one. */
const NEVER = new Set(['nav', 'footer', 'aside', 'button', 'select', 'textarea', 'script', 'style', 'noscript', 'svg', 'template']);
/** Each block has to earn this much, or it weakens the run: menus are many blocks of few words. */
const COST = 8;

type Block = { text: string; words: number; linked: number };

/** Paragraphs, parted by empty lines; '' when there are none. */
export function densestText(root: DomElement): string {
  const blocks = blocksOf(root);
  const { from, to } = bestRun(blocks.map(({ words, linked }) => words - 3 * linked - COST));
  return blocks.slice(from, to).map(({ text }) => text).join('\n\n');
}

function blocksOf(root: DomElement): Block[] {
  const blocks: Block[] = [];
  let [text, linked] = ['', ''];
  const end = () => {
    const tidy = text.replace(/\s+/g, ' ').trim();
    if (tidy !== '') blocks.push({ text: tidy, words: wordCount(tidy), linked: wordCount(linked) });
    [text, linked] = ['', ''];
  };
  const walk = (node: DomNode, inLink: boolean): void => {
    for (const child of node.childNodes) {
      if (isText(child)) {
        text += child.textContent;
        if (inLink) linked += ` ${child.textContent}`;
      }
      if (!isElement(child) || NEVER.has(child.localName)) continue;
      const isBlock = BLOCKS.has(child.localName);
      if (isBlock) end();
      walk(child, inLink || child.localName === 'a');
      if (isBlock) end();
    }
  };
  walk(root, false);
  end();
  return blocks;
}

/** In scripts without spaces two signs count as a word. */
function wordCount(text: string): number {
  const dense = text.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Khmer}\p{sc=Lao}\p{sc=Myanmar}]/gu)?.length ?? 0;
  return dense / 2 + (text.match(/[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Khmer}\p{sc=Lao}\p{sc=Myanmar}]+/gu)?.length ?? 0);
}

function bestRun(scores: readonly number[]): { from: number; to: number } {
  let best = { from: 0, to: 0, sum: 0 };
  let run = { from: 0, sum: 0 };
  scores.forEach((score, index) => {
    run = run.sum > 0 ? { from: run.from, sum: run.sum + score } : { from: index, sum: score };
    if (run.sum > best.sum) best = { from: run.from, to: index + 1, sum: run.sum };
  });
  return best;
}
