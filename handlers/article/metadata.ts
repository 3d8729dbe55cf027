/** What a page says of itself. Each fact has several witnesses; they are asked in the order of how often they are right. */
import type { DomDocument, DomElement } from './dom.ts';
import type { Described } from './json-ld.ts';
import { dateInPath, isoDate } from './published.ts';

export type Metadata = {
  title: string | null;
  /** As it stands there. */
  byline: string | null;
  authors: string[];
  /** ISO 8601, the day alone where no more is known. */
  published: string | null;
  modified: string | null;
  /** BCP 47. */
  language: string | null;
  site: string | null;
  description: string | null;
  /** The address that the page gives for itself, or the one that it came from. */
  canonical: string;
  image: string | null;
  section: string | null;
};

/** What Readability has found; its rules for titles and bylines are better than most. */
export type Hints = { title?: string | null | undefined; byline?: string | null | undefined; excerpt?: string | null | undefined };

/** `url`: where the page came from. The document must be whole: Readability takes it apart. */
export function metadataOf(document: DomDocument, url: string, described: Described | undefined): Metadata {
  const meta = metaOf(document);
  const base = attribute(document, 'base', 'href') ?? url;
  const byline = first(described?.author.join(', '), meta('author', 'article:author', 'parsely-author', 'dc.creator', 'twitter:creator'));
  return {
    title: first(described?.headline, meta('og:title', 'twitter:title', 'dc.title'), document.querySelector('h1')?.textContent, document.querySelector('title')?.textContent),
    byline,
    authors: described && described.author.length > 0 ? described.author.slice(0, MOST_AUTHORS).map((name) => name.slice(0, 200)) : authorsIn(byline),
    published: publishedOn(document, meta, described) ?? dateInPath(url) ?? null,
    modified: firstDate(described?.modified, meta(...MODIFIED), attribute(document, '[itemprop="dateModified"]', 'datetime', 'content')) ?? null,
    language: first(document.documentElement.getAttribute('lang'), document.documentElement.getAttribute('xml:lang'), described?.language, meta('og:locale', 'content-language', 'dc.language', 'language'))?.replace('_', '-') ?? null,
    site: first(meta('og:site_name', 'application-name'), described?.publisher),
    description: first(meta('description', 'og:description', 'twitter:description', 'dc.description')),
    canonical: resolved(attribute(document, 'link[rel~="canonical"]', 'href'), base) ?? resolved(meta('og:url'), base) ?? url,
    image: resolved(first(meta('og:image', 'og:image:url', 'twitter:image'), described?.image), base) ?? null,
    section: first(meta('article:section'), described?.section),
  };
}

export function withHints(metadata: Metadata, { title, byline, excerpt }: Hints): Metadata {
  const better = first(byline);
  return {
    ...metadata,
    title: first(title, metadata.title),
    byline: better ?? metadata.byline,
    authors: metadata.authors.length > 0 ? metadata.authors : authorsIn(better),
    description: first(metadata.description, excerpt),
  };
}

const PUBLISHED = [
  'article:published_time', 'datepublished', 'parsely-pub-date', 'sailthru.date', 'dc.date.issued', 'dcterms.created', 'dc.date', 'dcterms.date', 'date', 'pubdate', 'publishdate', 'publish-date',
  'og:published_time', 'cxenseparse:recs:publishtime', 'citation_publication_date',
];
const MODIFIED = ['article:modified_time', 'og:updated_time', 'datemodified', 'dcterms.modified', 'last-modified'];

/** A page may say anything; this much of each fact is kept. */
const LONGEST = 2_000;
const MOST_AUTHORS = 30;

type Meta = (...names: string[]) => string | undefined;

function publishedOn(document: DomDocument, meta: Meta, described: Described | undefined): string | undefined {
  return firstDate(
    described?.published,
    meta(...PUBLISHED),
    attribute(document, '[itemprop="datePublished"]', 'datetime', 'content'),
    attribute(document, 'time[pubdate]', 'datetime'),
    attribute(document, 'article time[datetime]', 'datetime'),
    attribute(document, 'header time[datetime]', 'datetime'),
    onlyTime(document),
  );
}

/** The first of several names that the page has a <meta> for. */
function metaOf(document: DomDocument): Meta {
  const found = new Map<string, string>();
  for (const element of document.querySelectorAll('meta')) {
    const content = element.getAttribute('content')?.trim();
    const names = element.getAttribute('property') ?? element.getAttribute('name') ?? element.getAttribute('itemprop') ?? element.getAttribute('http-equiv') ?? '';
    for (const name of content ? names.toLowerCase().split(/\s+/) : []) if (!found.has(name)) found.set(name, content!);
  }
  return (...names) => names.map((name) => found.get(name)).find((content) => content !== undefined);
}

function attribute(document: DomDocument, selector: string, ...names: string[]): string | undefined {
  const element = document.querySelector(selector);
  return names.map((name) => element?.getAttribute(name)).find((value) => value != null) ?? undefined;
}

/** Of several times on a page nobody knows which one is that of the article. */
function onlyTime(document: DomDocument): string | undefined {
  const times = [...document.querySelectorAll('time[datetime]')].map((time: DomElement) => time.getAttribute('datetime')!);
  return new Set(times).size === 1 ? times[0] : undefined;
}

function first(...candidates: (string | null | undefined)[]): string | null {
  return candidates.map((text) => text?.slice(0, LONGEST).replace(/[ \t\r\n\f\u00a0]+/g, ' ').trim()).find((text) => text !== undefined && text !== '') ?? null;
}

function firstDate(...candidates: (string | null | undefined)[]): string | undefined {
  return candidates.map(isoDate).find((date) => date !== undefined);
}

function resolved(href: string | null | undefined, base: string): string | undefined {
  const url = href ? URL.parse(href, base) : null;
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

/** `By Ann Lee and Bo Ek` → both names. */
function authorsIn(byline: string | null): string[] {
  if (byline === null) return [];
  const names = byline.replace(/^(?:by|von|par|por|di|door|av|af|от)[:\s]+/i, '').split(/\s*[,;&、]\s*|\s+(?:and|und|et|y|e|en|och|og|и)\s+/);
  return names.map((name) => name.trim()).filter((name) => name !== '' && name.length <= 80 && !/^https?:|\d{4}|@/.test(name)).slice(0, MOST_AUTHORS);
}
