/** What feedsmith makes of an XML feed, or of the frame of one around a single entry. */
import type { AtomFeed, RssFeed } from 'feedsmith';
import { atomEntry, pagesOf } from './atom-entry.ts';
import type { Draft } from './entry.ts';
import type { XmlKind } from './outline.ts';
import { rssEntry } from './rss-entry.ts';

type Feedsmith = typeof import('feedsmith');
/** `site`: the address of the web site that it belongs to, as it is written. */
export type Parsed = { title?: string; site?: string; drafts: Draft[] };

/** Loaded when the first feed is read, for it takes a while. */
export async function xmlParser(kind: XmlKind): Promise<(xml: string) => Parsed> {
  const feedsmith = await import('feedsmith');
  return (xml) => {
    try {
      return PARSE[kind](feedsmith, xml);
    } catch (error) {
      // There is nothing in it: an entry without a word is an entry.
      if (error instanceof feedsmith.ParseError) return { drafts: [] };
      throw (error as Error).cause ?? error;
    }
  };
}

const PARSE: Readonly<Record<XmlKind, (feedsmith: Feedsmith, xml: string) => Parsed>> = {
  rss: (feedsmith, xml) => rss(feedsmith.parseRssFeed(xml) as RssFeed.Feed<string>),
  rdf: (feedsmith, xml) => rss(feedsmith.parseRdfFeed(xml) as RssFeed.Feed<string>),
  atom: (feedsmith, xml) => atom(feedsmith.parseAtomFeed(xml) as AtomFeed.Feed<string>),
};

function rss({ title, link, items = [] }: RssFeed.Feed<string>): Parsed {
  return { title, site: link, drafts: items.map(rssEntry) };
}

function atom({ title, links = [], entries = [] }: AtomFeed.Feed<string>): Parsed {
  return { title: title?.value, site: pagesOf(links)[0], drafts: entries.map(atomEntry) };
}
