/** Brings what was read of an entry into the form that handlers get. */
import { isoDate } from './dates.ts';
import type { Draft, Enclosure, FeedEntry, FoundEntry } from './entry.ts';
import { cutAtWord, plainText, plainTitle } from './plain-text.ts';

const SUMMARY_CHARS = 1000;
const TITLE_CHARS = 500;
/** Of HTML that a summary is made of: what comes later does not get into it. */
const READ_CHARS = 100_000;
const MOST = 50;

/** @param bases what relative addresses start from, the outermost first; the last ones may be relative themselves */
export function finish(draft: Draft, feed: FeedEntry['feed'], bases: readonly (string | undefined)[]): FoundEntry {
  const base = [...bases, draft.base].reduce<string | undefined>((outer, inner) => absolute(inner, outer) ?? outer, undefined);
  const published = firstDate(draft.published);
  const updated = firstDate(draft.updated);
  const categories = texts(draft.categories);
  const enclosures = enclosuresOf(draft, base);
  const data: FeedEntry = {
    url: draft.links.map((link) => absolute(link, base)).find((link) => link !== undefined) ?? null,
    title: cutAtWord(plainTitle(draft.title ?? ''), TITLE_CHARS) || null,
    published: published ?? updated,
    updated,
    author: cutAtWord(texts(draft.authors).join(', '), TITLE_CHARS) || null,
    summary: summaryOf(draft) || null,
    ...(draft.content ? { content: draft.content.toWellFormed() } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(enclosures.length > 0 ? { enclosures } : {}),
    feed,
  };
  return { ...(draft.id ? { id: draft.id } : {}), data };
}

function firstDate(written: readonly (string | undefined)[]): string | null {
  return written.map(isoDate).find((date) => date !== null) ?? null;
}

/** Web addresses only: nobody can follow others, and `javascript:` ones should not be followed. */
export function absolute(link: string | undefined, base: string | undefined): string | undefined {
  const url = link?.trim() ? URL.parse(link.trim(), base) : null;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : undefined;
}

function summaryOf({ summary, content, isText }: Draft): string {
  const text = (summary || content || '').slice(0, READ_CHARS);
  return cutAtWord(isText ? text.replace(/\s+/g, ' ').trim() : plainText(text), SUMMARY_CHARS);
}

function enclosuresOf({ enclosures }: Draft, base: string | undefined): Enclosure[] {
  const found = new Map<string, Enclosure>();
  for (const { url, type, bytes } of enclosures) {
    const at = absolute(url, base);
    if (at === undefined || found.has(at)) continue;
    found.set(at, { url: at, ...(type ? { type } : {}), ...(Number.isSafeInteger(bytes) && bytes! > 0 ? { bytes: bytes! } : {}) });
  }
  return [...found.values()].slice(0, MOST);
}

function texts(written: readonly (string | undefined)[]): string[] {
  return [...new Set(written.map((text) => plainTitle(text ?? '')).filter((text) => text !== ''))].slice(0, MOST);
}
