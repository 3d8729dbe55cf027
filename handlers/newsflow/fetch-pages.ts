/** The pages of an article, kept as they came: what is extracted can change a hundred times, and nothing is fetched again. */
import type { Context } from 'rivus';
import { nextPage } from '../article/next-page.ts';

const MOST_PAGES = 8;
const MOST_BYTES = 15 * 1024 * 1024;
const HTML = /^(?:text\/html|application\/xhtml\+xml)\b/i;
const PLAIN = /^text\/(?:plain|markdown)\b/i;

/** `hash`: of the artifact, in UTF-8. */
export type FetchedPage = { url: string; hash: string; kind: 'html' | 'text' };

export async function fetchPages(url: string, ctx: Context) {
  const pages: FetchedPage[] = [];
  for (let next: string | undefined = url; next !== undefined && pages.length < MOST_PAGES; ) {
    const response = await ctx.http.get(next, { maxBytes: MOST_BYTES });
    const kind = kindOf(response.headers.get('content-type') ?? 'text/html');
    if (!kind) return ctx.reject(`${response.headers.get('content-type')} is nothing that can be read as an article`);
    if (pages.some((page) => page.url === response.url)) break;
    const text = response.text();
    const { hash } = await ctx.artifacts.write(`page-${pages.length + 1}.${kind === 'html' ? 'html' : 'txt'}`, text);
    pages.push({ url: response.url, hash, kind });
    next = kind === 'html' ? nextPage(text, response.url, pages.length) : undefined;
  }
  return { url: pages[0]!.url, pages, fetchedAt: new Date(ctx.now()).toISOString() };
}

function kindOf(type: string): FetchedPage['kind'] | undefined {
  if (HTML.test(type)) return 'html';
  return PLAIN.test(type) ? 'text' : undefined;
}
