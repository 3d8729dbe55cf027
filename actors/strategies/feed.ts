import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Candidate, SourceContext, Strategy } from '../ports.ts';
import { duration, formatDuration } from '../units.ts';
import { shown } from './address.ts';
import type { FeedEntry } from './feeds/entry.ts';
import { identified, versionOf, type Identified } from './feeds/identity.ts';
import { load } from './feeds/load.ts';
import { cutAtWord } from './feeds/plain-text.ts';
import { readFeed } from './feeds/read-feed.ts';
import { UnreadableFeed } from './feeds/unreadable.ts';

const address = z.string().min(1);

const options = z.strictObject({
  url: z.union([address, z.array(address).min(1).max(200)]).describe('address of the feed (RSS, Atom, RDF or JSON Feed), or a file from the folder of jobs.yaml; or a list of them'),
  key: z.enum(['guid', 'link']).default('guid').describe('what makes an entry itself: the id that the feed gives it, or the address of its page'),
  on_change: z.enum(['ignore', 'new']).default('ignore').describe('`new`: an entry whose text has changed is a new item'),
  max_age: duration.optional().describe('entries that are older are not taken'),
  content: z.boolean().default(true).describe('keep the HTML that entries bring along'),
  headers: z.record(z.string(), z.string()).default({}).describe('sent along, such as `authorization: Bearer ${TOKEN}`'),
  charset: z.string().optional().describe('how the feed is encoded, if it says something wrong or nothing'),
});
type Options = z.output<typeof options>;

/** Of each feed, what it was like when all of it had been taken; by which options. */
const Cursor = z.object({ by: z.string(), feeds: z.record(z.string(), z.object({ hash: z.string().optional(), trouble: z.string().optional() })) }).catch({ by: '', feeds: {} });
type State = z.output<typeof Cursor>['feeds'][string];

const TITLE_CHARS = 120;

/** Finds the entries of feeds. Of several feeds the others go on when one fails. */
export const feed: Strategy<Options> = {
  name: 'feed',
  options,
  async *discover(options, source) {
    const by = hashOf(JSON.stringify(options));
    const last = Cursor.parse(source.cursor());
    const feeds = last.by === by ? { ...last.feeds } : {};
    const urls = [...new Set([options.url].flat())];
    const failures: Error[] = [];
    for (const url of urls) {
      const id = hashOf(url).slice(0, 16);
      const before = feeds[id] ?? {};
      try {
        feeds[id] = yield* entriesOf(url, before, options, source);
      } catch (error) {
        source.signal.throwIfAborted();
        if (urls.length === 1) throw error;
        failures.push(error as Error);
        feeds[id] = { ...before, trouble: (error as Error).message };
      }
      tellOfChange(before, feeds[id], source);
      source.saveCursor({ by, feeds });
    }
    if (failures.length === urls.length) throw new AggregateError(failures, `none of the ${urls.length} feeds can be read; of the first: ${failures[0]!.message}`);
  },
};

async function* entriesOf(address: string, before: State, options: Options, source: SourceContext): AsyncGenerator<Candidate, State, void> {
  const { bytes, url, charset } = await load(address, options.headers, source);
  const hash = hashOf(bytes);
  if (hash === before.hash) return before;
  const feed = await readable(address, () => readFeed(bytes, { url, name: shown(address), charsets: [options.charset, charset], turn: source.turn }));
  for (const found of identified(feed.entries, options.key)) yield candidate(found, options, source.now());
  if (feed.cut !== undefined) throw new UnreadableFeed(`the feed at ${shown(address)}: ${feed.cut}; the ${feed.entries.length} entries before that were taken`);
  return { hash, ...(feed.faults.length > 0 ? { trouble: `the feed at ${shown(address)} was read, but ${several(feed.faults)}` } : {}) };
}

async function readable<Value>(address: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof UnreadableFeed ? new UnreadableFeed(`the feed at ${shown(address)} cannot be read: ${error.message}`) : error;
  }
}

function candidate({ key, data }: Identified, { on_change, max_age, content }: Options, now: number): Candidate {
  const { content: html, ...lean } = data;
  const filtered = whyNot(data, max_age, now);
  return {
    key: on_change === 'new' ? `${key} ${versionOf(data)}` : key,
    data: content ? data : lean,
    title: data.title ?? (cutAtWord(data.summary ?? '', TITLE_CHARS) || data.url || 'untitled'),
    ...(filtered === undefined ? {} : { filtered }),
  };
}

function whyNot({ url, title, summary, content, enclosures, published }: FeedEntry, maxAge: number | undefined, now: number): string | undefined {
  if (!url && !title && !summary && !content && !enclosures) return 'it has no address, no title and no text';
  if (maxAge !== undefined && published !== null && Date.parse(published) < now - maxAge) return `older than ${formatDuration(maxAge)}`;
  return undefined;
}

/** Once, and not at every poll. */
function tellOfChange(before: State, { trouble }: State, { log, job }: SourceContext): void {
  if (trouble !== undefined && trouble !== before.trouble) log.warn(trouble, { job });
}

function several(faults: readonly string[]): string {
  return faults.length > 3 ? `${faults.slice(0, 3).join('; ')}; and ${faults.length - 3} more` : faults.join('; ');
}

function hashOf(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
