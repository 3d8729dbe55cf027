/** When an address answers with something else than a feed: says with what, and where the feed may be. */
import { absolute } from './finish.ts';

const HTML = /^\s*(?:<!--[^]{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body|title|meta|script|div)\b/i;
const LINK = /<link\b[^<>]{0,2000}>/gi;
const FEED_TYPE = /\stype\s*=\s*["']?application\/(?:rss\+xml|atom\+xml|rdf\+xml|feed\+json|json)\b/i;
const HREF = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i;
const HEAD_CHARS = 500_000;
const TITLE_CHARS = 80;

export function isWebPage(text: string): boolean {
  return HTML.test(text.slice(0, 5000));
}

/** What to tell the operator of a page that was found at `url`. */
export function aboutPage(text: string, url: string): string {
  const feeds = [...new Set([...text.slice(0, HEAD_CHARS).matchAll(LINK)].flatMap(([link]) => feedOf(link, url) ?? []))];
  const title = /<title[^>]{0,500}>([^<]{0,500})/i.exec(text.slice(0, HEAD_CHARS))?.[1]?.replace(/\s+/g, ' ').trim().slice(0, TITLE_CHARS);
  const page = title ? `a web page ("${title}")` : 'a web page';
  return feeds.length === 0 ? `it is ${page}, and it names no feed` : `it is ${page}; it names a feed at ${feeds.slice(0, 5).join(' and at ')}`;
}

const OTHERS: Readonly<Record<string, string>> = {
  opml: 'a list of feeds (OPML), not a feed: take one of the addresses within it',
  urlset: 'a sitemap, not a feed',
  sitemapindex: 'a list of sitemaps, not a feed',
  error: 'an error message of its server',
};

/** Of XML that is no feed, by the name of its first element. */
export function aboutXml(text: string): string {
  const name = /<(?:[\w.-]+:)?([a-z][\w.-]*)/i.exec(text.replace(/<!--[^]*?(?:-->|$)/g, ''))?.[1];
  if (name === undefined) return /^\s*(?:<|$)/.test(text) ? 'there is nothing in it' : `it is neither XML nor JSON: it begins with "${text.trim().slice(0, 40).replace(/\s+/g, ' ')}"`;
  return `it is ${OTHERS[name.toLowerCase()] ?? `no feed: its first element is <${name}>, and not <rss>, <feed> or <rdf:RDF>`}`;
}

function feedOf(link: string, url: string): string | undefined {
  if (!/\srel\s*=\s*["']?[^"'>]*\balternate\b/i.test(link) || !FEED_TYPE.test(link)) return undefined;
  const [, double, single, bare] = HREF.exec(link) ?? [];
  return absolute((double ?? single ?? bare)?.replaceAll('&amp;', '&'), url);
}
