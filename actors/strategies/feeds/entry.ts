/** What every entry of a feed becomes, whatever the feed is written in. */
import { z } from 'zod';

/** An entry of a feed, as a handler gets it. Texts are plain text; dates are ISO in UTC; addresses are absolute. */
export const FeedEntry = z.object({
  url: z.url().nullable().describe('the page that the entry is about'),
  title: z.string().nullable(),
  published: z.iso.datetime().nullable().describe('null when the feed names no date, or none that can be read'),
  updated: z.iso.datetime().nullable(),
  author: z.string().nullable(),
  summary: z.string().nullable().describe('at most 1000 characters; the beginning of the content when the feed has none'),
  content: z.string().optional().describe('HTML as it came'),
  categories: z.array(z.string()).optional(),
  enclosures: z.array(z.object({ url: z.url(), type: z.string().optional(), bytes: z.int().optional() })).optional(),
  feed: z.object({ title: z.string().nullable(), url: z.string().describe('where the feed was read, without its query, which may hold secrets') }),
});
export type FeedEntry = z.infer<typeof FeedEntry>;

export type Enclosure = NonNullable<FeedEntry['enclosures']>[number];

/** An entry with all that its identity may be made of. `id`: as the feed says. */
export type FoundEntry = { id?: string; data: FeedEntry };

/** What is read of an entry before it is brought into one form. Texts may be HTML, addresses relative. */
export type Draft = {
  id?: string;
  /** Candidates for the address of the page, the best first. */
  links: readonly (string | undefined)[];
  title?: string;
  /** Dates as they are written; the first that can be read counts. */
  published: readonly (string | undefined)[];
  updated: readonly (string | undefined)[];
  authors: readonly (string | undefined)[];
  summary?: string;
  content?: string;
  /** The content and the summary are text, no HTML. */
  isText?: boolean;
  categories: readonly (string | undefined)[];
  enclosures: readonly { url?: string; type?: string; bytes?: number }[];
  base?: string;
};

export const NOTHING: Draft = { links: [], published: [], updated: [], authors: [], categories: [], enclosures: [] };
