/** Which part of a page is the article: three ways to know, and which of them is believed. */
import { Readability } from '@mozilla/readability';
import { linkedShare, removeBoilerplate } from './boilerplate.ts';
import { densestText } from './density.ts';
import type { DomDocument, DomElement } from './dom.ts';
import { keepFormulas } from './formulas.ts';
import { markdown } from './markdown.ts';
import type { Hints } from './metadata.ts';
import { plainText } from './plain-text.ts';
import { agreement, wordsOf } from './words.ts';

export type Via = 'readability' | 'density' | 'json_ld' | 'plain';

export type Content = {
  text: string;
  markdown: string;
  via: Via;
  /** How far the text agrees with the one that the page gives in its data, 0–1; null when it gives none. */
  agreement: number | null;
  hints: Hints;
};

/** Below this (characters) Readability has more probably failed than found a very short article. */
const SHORT = 250;
/** The density of text has to find so many times more before it is believed instead. */
const CLEARLY_MORE = 3;
/** Above this share of links it has taken the menus in: pages without structure are one block to it. */
const MENUS = 0.4;
/** An `articleBody` of fewer words is a summary. */
const WITNESS_WORDS = 80;
/** Less than this of what the witness has was found: the article was missed. */
const MISSED = 0.5;

/** Changes the document. `body`: the text that the page gives in its data. */
export function contentOf(document: DomDocument, body: string | undefined): Content {
  keepFormulas(document);
  removeBoilerplate(document);
  const dense = densestText(document.body);
  const found = read(document);
  const isBetter = found.text.length < SHORT ? dense.length > CLEARLY_MORE * found.text.length : found.linked > MENUS && dense.length >= SHORT;
  const { text, hints } = found;
  const chosen = isBetter ? ({ text: dense, markdown: dense, via: 'density', hints } as const) : ({ text, markdown: found.markdown, via: 'readability', hints } as const);
  return heard(chosen, body);
}

/** `linked`: share of the text in links, 0–1. */
type Found = { text: string; markdown: string; linked: number; hints: Hints };

function read(document: DomDocument): Found {
  const article = readable(document);
  if (!article?.content) return { text: '', markdown: '', linked: 0, hints: {} };
  const { content, title, byline, excerpt } = article;
  removeTitle(content, title ?? '');
  return { text: plainText(content), markdown: markdown(content), linked: linkedShare(content), hints: { title, byline, excerpt } };
}

function readable(document: DomDocument) {
  try {
    // Code says its language in a class.
    return new Readability<DomElement>(document as never, { keepClasses: true, serializer: (element) => element as unknown as DomElement }).parse();
  } catch {
    // It was made for pages that people read. The density of text is there for the others.
    return null;
  }
}

/** Readability knows the title again in languages with spaces only. */
function removeTitle(content: DomElement, title: string): void {
  const heading = content.querySelector('h1, h2');
  const said = heading?.textContent.trim() ?? '';
  if (said !== '' && title.startsWith(said) && /^(?:$|\s*[|\-–—:·»/])/.test(title.slice(said.length))) heading!.remove();
}

/** The second witness: a page that hides or chops up its article often has it whole in its data. */
function heard(content: Omit<Content, 'agreement'>, body: string | undefined): Content {
  const said = body === undefined ? '' : paragraphsOf(body);
  const [found, witnessed] = [wordsOf(content.text), wordsOf(said)];
  if (witnessed.length < WITNESS_WORDS) return { ...content, agreement: null };
  const agrees = agreement(found, witnessed);
  const isMissed = found.length < witnessed.length && share(found, witnessed) < MISSED;
  return isMissed ? { ...content, text: said, markdown: said, via: 'json_ld', agreement: agrees } : { ...content, agreement: agrees };
}

/** How much of `whole` is in `part`, 0–1. */
function share(part: readonly string[], whole: readonly string[]): number {
  return (agreement(part, whole) * (part.length + whole.length)) / 2 / whole.length;
}

/** An `articleBody` is text; some write markup into it all the same. */
function paragraphsOf(body: string): string {
  const text = body.replace(/<(?:br|\/p|\/div|\/h\d|\/li)\b[^<>]*>/gi, '\n').replace(/<\/?[a-z][^<>]*>/gi, '').replace(/[^\S\n]+/g, ' ');
  return text.split(/\n[ \n]*/).map((line) => line.trim()).filter((line) => line !== '').join('\n\n');
}
