/** A sitemap, a list of sitemaps, or a robots.txt that names some. */
import { decodeXML } from 'entities';
import { decode, unzipped } from '../feeds/decode.ts';
import { isoDate } from '../feeds/dates.ts';
import { absolute } from '../feeds/finish.ts';
import { plainTitle } from '../feeds/plain-text.ts';
import { tagsOf } from '../feeds/tags.ts';
import { UnreadableFeed } from '../feeds/unreadable.ts';
import { aboutPage, aboutXml, isWebPage } from '../feeds/web-page.ts';

/** `changed` and `published`: ISO; `title`: of news. */
export type SitemapPage = { url: string; title: string | null; published: string | null; changed: string | null };
/** `sitemaps`: others that it names. `cut`: it ends in the middle. */
export type ReadSitemap = { pages: SitemapPage[]; sitemaps: { url: string; changed: string | null }[]; cut: boolean };

/** Fifty thousand addresses are allowed in one file, and fifty megabytes. */
const MAX_BYTES = 64 * 2 ** 20;
const PART = 500;

/** @throws UnreadableFeed */
export async function readSitemap(bytes: Uint8Array, url: string, turn: () => Promise<void>): Promise<ReadSitemap> {
  const { text } = decode(await unzipped(bytes, MAX_BYTES), []);
  if (!/^\s*</.test(text)) return readLines(text, url);
  const read: ReadSitemap = { pages: [], sitemaps: [], cut: true };
  let root: string | undefined;
  let from = -1;
  for (const tag of tagsOf(text)) {
    if (tag.kind === 'cut' || tag.kind === 'doctype') continue;
    root ??= tag.name;
    if (root !== 'urlset' && root !== 'sitemapindex') throw new UnreadableFeed(whatElse(text, root, url));
    if (tag.kind !== 'close' && (tag.name === 'url' || tag.name === 'sitemap') && from === -1) from = tag.from;
    if (tag.kind === 'close' && tag.name === root) read.cut = false;
    if (tag.kind !== 'close' || from === -1 || tag.name !== (root === 'urlset' ? 'url' : 'sitemap')) continue;
    take(text.slice(from, tag.from), root, url, read);
    from = -1;
    if ((read.pages.length + read.sitemaps.length) % PART === 0) await turn();
  }
  if (root === undefined) throw new UnreadableFeed(aboutXml(text));
  return read;
}

function take(entry: string, root: string, base: string, { pages, sitemaps }: ReadSitemap): void {
  const url = absolute(textAt('loc', entry), base);
  if (url === undefined) return;
  const changed = isoDate(textAt('lastmod', entry));
  if (root === 'urlset') pages.push({ url, title: plainTitle(textAt('title', entry) ?? '') || null, published: isoDate(textAt('publication_date', entry)), changed });
  else sitemaps.push({ url, changed });
}

/** Without a prefix first: images have a `loc` as well. */
function textAt(name: string, entry: string): string | undefined {
  const found = ['', '[\\w.-]+:'].map((prefix) => new RegExp(`<${prefix}${name}(?:\\s[^>]*)?>([^]*?)</${prefix}${name}\\s*>`, 'i').exec(entry)?.[1]);
  const text = found.find((text) => text !== undefined)?.trim();
  const literal = /^<!\[CDATA\[([^]*?)\]\]>$/.exec(text ?? '')?.[1];
  return literal?.trim() ?? (text === undefined ? undefined : decodeXML(text));
}

/** One address a line, or a robots.txt. */
function readLines(text: string, url: string): ReadSitemap {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const named = lines.flatMap((line) => absolute(/^sitemap\s*:\s*(\S+)/i.exec(line)?.[1], url) ?? []);
  const pages = lines.filter((line) => /^https?:\/\/\S+$/.test(line));
  if (named.length === 0 && pages.length === 0) throw new UnreadableFeed(text.trim() === '' ? 'it is empty' : 'it is no sitemap, and names none');
  return { pages: pages.map((url) => ({ url, title: null, published: null, changed: null })), sitemaps: named.map((url) => ({ url, changed: null })), cut: false };
}

function whatElse(text: string, root: string, url: string): string {
  if (root === 'rss' || root === 'feed' || root === 'rdf') return 'it is a feed: the strategy feed reads it';
  if (!isWebPage(text)) return `it is no sitemap: its first element is <${root}>`;
  return `${aboutPage(text, url)}. Its sitemaps may stand in ${new URL('/robots.txt', url).href}, which can be read here too`;
}
