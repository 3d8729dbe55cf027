/** A web page → its article: text, Markdown, and what the page says of itself. */
import { contentOf, type Via } from './content.ts';
import { parsePage } from './document.ts';
import { describedArticle } from './json-ld.ts';
import { metadataOf, withHints, type Metadata } from './metadata.ts';
import { wordsOf } from './words.ts';

export type Article = Metadata & {
  url: string;
  /** The words of the article, a paragraph each, with nothing added; '' when there is no article on the page. */
  text: string;
  markdown: string;
  words: number;
  /** How the article was found. */
  via: Via;
  agreement: number | null;
  /** Why the end of the page is missing, if it is. */
  cut: string | null;
};

/** `html` as text, whatever it is; `url`: where it came from. Bounded in time, see `growing-tree.ts`. */
export function extractArticle(html: string, url: string): Article {
  const { document, cut } = parsePage(html, url);
  const described = describedArticle(document);
  const metadata = metadataOf(document, url, described);
  const { hints, ...content } = contentOf(document, described?.body);
  return { ...withHints(metadata, hints), url, ...content, words: wordsOf(content.text).length, cut: cut ?? null };
}

/** A text without markup is its own article. */
export function plainArticle(text: string, url: string): Article {
  const tidy = text.replace(/\r\n?/g, '\n').trim();
  const nothing = { byline: null, authors: [], published: null, modified: null, language: null, site: null, description: null, image: null, section: null, agreement: null, cut: null };
  return { ...nothing, title: tidy.split('\n', 1)[0]!.slice(0, 200) || null, canonical: url, url, text: tidy, markdown: tidy, words: wordsOf(tidy).length, via: 'plain' };
}
