/** Fetched pages → one article. */
import type { Context } from 'rivus';
import { extractArticle, plainArticle, type Article } from '../article/article.ts';
import type { FetchedPage } from './fetch-pages.ts';

/** What the page says of itself is taken from the first one. */
export async function articleOf(pages: readonly FetchedPage[], ctx: Context): Promise<Article & { pages: number }> {
  const articles: Article[] = [];
  for (const { url, hash, kind } of pages) {
    const text = await ctx.artifacts.text(hash);
    articles.push(kind === 'html' ? extractArticle(text, url) : plainArticle(text, url));
  }
  return {
    ...articles[0]!,
    pages: pages.length,
    text: joined(articles.map(({ text }) => text)),
    markdown: joined(articles.map(({ markdown }) => markdown)),
    words: articles.reduce((sum, { words }) => sum + words, 0),
    cut: articles.find(({ cut }) => cut !== null)?.cut ?? null,
  };
}

/** What stands on each page of an article (its standfirst, a note of the editors) is said once. */
function joined(texts: readonly string[]): string {
  const said = new Set<string>();
  const paragraphs = texts.flatMap((text, page) => {
    const own = text.split('\n\n').filter((paragraph) => page === 0 || !said.has(paragraph));
    for (const paragraph of own) said.add(paragraph);
    return own;
  });
  return paragraphs.join('\n\n');
}
