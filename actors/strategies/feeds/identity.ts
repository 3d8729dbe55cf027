/**
 * What makes an entry itself. By the id that the feed gives it, else by its address, else by what it says; never by its date alone.
 * An id or address that one feed uses for several things is none: broken feeds give all of their entries the same.
 */
import { createHash } from 'node:crypto';
import { canonicalUrl } from '../../canonical-url.ts';
import type { FeedEntry, FoundEntry } from './entry.ts';

export type Identified = { key: string; data: FeedEntry };

/** Where a reader came from, or a place on the page, never another page. */
const NO_PLACE = /^#?$|^#(xtor|utm_|ref|rss|comment|respond|disqus|at_)/i;

const LONGEST = 2000;

/**
 * Each thing once, in the order of the feed; of two versions of it, the newer one.
 * @param by `link` prefers the address to the id: an item then has the same key as one that was given by its address
 */
export function identified(entries: readonly FoundEntry[], by: 'guid' | 'link'): Identified[] {
  const named = entries.map((entry): Named => (by === 'link' ? { entry, first: pageOf(entry), second: idOf(entry) } : { entry, first: idOf(entry), second: pageOf(entry) }));
  const bySecond = Map.groupBy(named, ({ second }) => second);
  const common = namesOf(bySecond, (group) => titlesOf(group) > 1);
  const vague = namesOf(bySecond, (group) => new Set(group.map(({ first, entry }) => first ?? entry.data.title)).size > 1);
  const shared = namesOf(Map.groupBy(named, ({ first }) => first), (group) => areSeveral(group, vague));
  const found = new Map<string, Identified>();
  for (const { entry, first, second } of named) {
    const key = unlessIn(shared, first) ?? unlessIn(common, second) ?? saidBy(entry.data);
    const before = found.get(key);
    if (!before || isNewer(entry.data, before.data)) found.set(key, { key, data: entry.data });
  }
  return [...found.values()];
}

/** A key for what the entry says now: another one when its text has changed. */
export function versionOf({ title, summary, content }: FeedEntry): string {
  return hash([title, content ?? summary]).slice(0, 12);
}

/** An id like `1234` is one within its site only. */
function idOf({ id, data }: FoundEntry): string | undefined {
  const text = id?.trim().replace(/\s+/g, ' ').slice(0, LONGEST);
  if (!text) return undefined;
  const site = data.url === null ? '' : `@${new URL(data.url).host}`;
  return addressOf(text) ?? (/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `${text}${site}`);
}

function pageOf({ data }: FoundEntry): string | undefined {
  return data.url === null ? undefined : addressOf(data.url);
}

/** Also with the place on the page that it names: entries of a list of changes have one page in common. */
function addressOf(text: string): string | undefined {
  const canonical = canonicalUrl(text);
  if (canonical === undefined || canonical.length > LONGEST) return undefined;
  const place = new URL(text).hash;
  return NO_PLACE.test(place) || place.startsWith('#!') ? canonical : canonical + place;
}

/** An entry with what may make it itself, the better one first. */
type Named = { entry: FoundEntry; first: string | undefined; second: string | undefined };

function namesOf(groups: ReadonlyMap<string | undefined, Named[]>, chosen: (group: readonly Named[]) => boolean): Set<string> {
  return new Set([...groups].flatMap(([name, group]) => (name !== undefined && chosen(group) ? [name] : [])));
}

/** Whether entries with one name are different things: they have other titles, and no other name that says that one was renamed. */
function areSeveral(group: readonly Named[], vague: ReadonlySet<string>): boolean {
  const titles = titlesOf(group);
  if (titles < 2) return false;
  const others = group.map(({ second }) => unlessIn(vague, second));
  return titles > 2 || others.includes(undefined) || new Set(others).size > 1;
}

function titlesOf(group: readonly Named[]): number {
  return new Set(group.map(({ entry: { data } }) => data.title ?? data.summary)).size;
}

function unlessIn(several: ReadonlySet<string>, name: string | undefined): string | undefined {
  return name === undefined || several.has(name) ? undefined : name;
}

function saidBy({ url, title, summary, published }: FeedEntry): string {
  return `entry:${hash([url, title, title === null ? summary : null, published]).slice(0, 32)}`;
}

function hash(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function isNewer(one: FeedEntry, other: FeedEntry): boolean {
  return (one.updated ?? one.published ?? '') > (other.updated ?? other.published ?? '');
}
