/** Bytes into entries: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed, as they are found in the wild. */
import type { JsonFeed } from 'feedsmith';
import { decode, unzipped } from './decode.ts';
import { replacer } from './doctype.ts';
import { NOTHING, type Draft, type FoundEntry } from './entry.ts';
import { finish } from './finish.ts';
import { jsonEntry, parseJson } from './json-feed.ts';
import { xmlParser, type Parsed } from './kinds.ts';
import { outline, place, type Item, type Outline } from './outline.ts';
import { plainTitle } from './plain-text.ts';
import { isAddress } from './rss-entry.ts';
import { UnreadableFeed } from './unreadable.ts';
import { aboutPage, aboutXml, isWebPage } from './web-page.ts';

export type ReadOptions = {
  /** Where it comes from; relative addresses start here. */
  url: string;
  /** How entries name it, if not by that. */
  name?: string;
  /** Names of its encoding, the most trusted first. */
  charsets?: readonly (string | undefined)[];
  /** Unpacked, should it be a gzip file. */
  maxBytes?: number;
  /** Called between two parts of the work: lets others go on. */
  turn?: Turn;
};

type Turn = () => Promise<void>;

/** `faults`: what is wrong with the feed although its entries could be read. `cut`: it ends in the middle; these are the entries before. */
export type ReadFeed = { title: string | null; entries: FoundEntry[]; faults: string[]; cut?: string };

const MAX_BYTES = 64 * 2 ** 20;
/** Entries. */
const PART = 50;
const SHELL_CHARS = 100_000;

/** @throws UnreadableFeed */
export async function readFeed(bytes: Uint8Array, options: ReadOptions): Promise<ReadFeed> {
  const { url, name = url, charsets = [], maxBytes = MAX_BYTES, turn = async () => {} } = options;
  if (bytes.length === 0) throw new UnreadableFeed('it is empty');
  const { text, fault } = decode(await unzipped(bytes, maxBytes), charsets);
  const read = /^\s*[[{]/.test(text) ? await readJson(text, url, name, turn) : await readXml(text, url, name, turn);
  const faults = [fault, ...read.faults].filter((fault) => fault !== undefined);
  // An empty feed may be right, a broken one that is empty is not.
  if (read.entries.length === 0 && faults.length > 0 && read.cut === undefined) throw new UnreadableFeed(`it holds no entries, and ${faults.join('; ')}`);
  return { ...read, faults };
}

async function readXml(text: string, url: string, name: string, turn: Turn): Promise<ReadFeed> {
  const found = await outlined(text, url, turn);
  const parse = await xmlParser(found.kind);
  const replaced = replacer(found.entities);
  const declared = (xml: string) => withoutPrefix(withOwnBases(replaced(xml)), found.prefix);
  const { title, site } = frameOf(() => parse(declared(found.shell)));
  const feed = { title: plainTitle(title ?? '') || null, url: name };
  // Addresses within RSS start from the site where nothing else is said: the feed itself is often elsewhere.
  const bases = found.kind === 'atom' && isAddress(url) ? [url, ...found.bases] : [url, site, ...found.bases];
  const entries: FoundEntry[] = [];
  const faults = [found.fault ?? undeclaredPrefix(found)].filter((fault) => fault !== undefined);
  const framed = (items: readonly Item[]) => parse(withoutPrefix(found.before, found.prefix) + items.map(({ from, to }) => declared(text.slice(from, to))).join('') + withoutPrefix(found.after, found.prefix)).drafts;
  for (let at = 0; at < found.items.length; at += PART) {
    await turn();
    const { drafts, faults: broken } = draftsOf(found.items.slice(at, at + PART), framed, text);
    entries.push(...drafts.map((draft) => finish(draft, feed, bases)));
    faults.push(...broken);
  }
  return { title: feed.title, entries, faults, ...(found.cut === undefined ? {} : { cut: found.cut }) };
}

const LINK_WITH_BASE = /<(?:[\w.-]+:)?link\b[^<>]*\sxml:base\s*=[^<>]*>/g;

/** Even a single link of Atom may name what it starts from; the parser of feeds hears only those of entries. */
function withOwnBases(xml: string): string {
  return xml.replace(LINK_WITH_BASE, (link) => {
    const base = /\sxml:base\s*=\s*["']([^"']*)["']/.exec(link)?.[1];
    return link.replace(/(\shref\s*=\s*["'])([^"']*)/, (_, start: string, href: string) => start + (URL.parse(href, base)?.href ?? href));
  });
}

/** RSS has no namespace, so nobody can tell what a prefix of its own stands for: `<r:rss>` is `<rss>`. */
function withoutPrefix(xml: string, prefix: string | undefined): string {
  return prefix === undefined ? xml : xml.replaceAll(`<${prefix}:`, '<').replaceAll(`</${prefix}:`, '</');
}

/**
 * Many at once, for the parser takes 0.3 ms to begin; one by one where something is wrong with one of them, so that it costs no
 * other. One that the parser sees nothing in is an entry all the same.
 */
function draftsOf(items: readonly Item[], framed: (items: readonly Item[]) => Draft[], text: string): { drafts: Draft[]; faults: string[] } {
  try {
    const drafts = framed(items);
    if (drafts.length === items.length) return { drafts, faults: [] };
  } catch (error) {
    if (error instanceof UnreadableFeed) throw error;
  }
  const drafts: Draft[] = [];
  const faults: string[] = [];
  for (const item of items) {
    try {
      drafts.push(framed([item])[0] ?? NOTHING);
    } catch (error) {
      faults.push(`the entry in ${place(text, item.from)} cannot be read: ${(error as Error).message}`);
    }
  }
  return { drafts, faults };
}

/** @throws UnreadableFeed, which says what it is instead */
async function outlined(text: string, url: string, turn: Turn): Promise<Outline> {
  const found = await outline(text, turn);
  if (found) return found;
  throw new UnreadableFeed(isWebPage(text) ? aboutPage(text, url) : aboutXml(text));
}

/** What is wrong in the frame costs the title only. */
function frameOf(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnreadableFeed) throw error;
    return { drafts: [] };
  }
}

/** In a feed with entries nobody minds. */
function undeclaredPrefix({ items, shell }: Outline): string | undefined {
  if (items.length > 0) return undefined;
  const prefixes = [...shell.slice(0, SHELL_CHARS).matchAll(/<([\w.-]+):[\w.-]+/g)].map(([, prefix]) => prefix);
  const undeclared = prefixes.find((prefix) => prefix !== 'xml' && !shell.includes(`xmlns:${prefix}`));
  return undeclared && `the prefix "${undeclared}" is used and not declared`;
}

async function readJson(text: string, url: string, name: string, turn: Turn): Promise<ReadFeed> {
  const json = parseJson(text);
  const { detectJsonFeed, parseJsonFeed } = await import('feedsmith');
  if (!detectJsonFeed(json)) throw new UnreadableFeed('it is JSON, but no JSON Feed: `version` and `items` are missing. The strategy json_api reads any JSON');
  if (!Array.isArray((json as { items?: unknown }).items ?? [])) throw new UnreadableFeed('it is a JSON Feed whose `items` is no list');
  const { title, home_page_url, items = [] } = parseJsonFeed(json) as JsonFeed.Feed<string>;
  const feed = { title: plainTitle(title ?? '') || null, url: name };
  const entries: FoundEntry[] = [];
  for (const [at, item] of items.entries()) {
    if (at % PART === PART - 1) await turn();
    entries.push(finish(jsonEntry(item as JsonFeed.Item<string>), feed, [url, home_page_url]));
  }
  return { title: feed.title, entries, faults: [] };
}
