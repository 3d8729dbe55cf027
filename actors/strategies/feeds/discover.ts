import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Candidate, SourceContext } from '../../ports.ts';
import { formatDuration } from '../../units.ts';
import { shown } from '../address.ts';
import type { Options } from '../feed.ts';
import type { FeedEntry } from './entry.ts';
import { identified, versionOf, type Identified } from './identity.ts';
import { load } from './load.ts';
import { cutAtWord } from './plain-text.ts';
import { readFeed } from './read-feed.ts';
import { UnreadableFeed } from './unreadable.ts';

/** Of each feed, what it was like when all of it had been taken; by which options. */
const Cursor = z.object({ by: z.string(), feeds: z.record(z.string(), z.object({ hash: z.string().optional(), trouble: z.string().optional() })) }).catch({ by: '', feeds: {} });
type State = z.output<typeof Cursor>['feeds'][string];

const TITLE_CHARS = 120;

/** The entries of all feeds. Of several feeds the others go on when one fails. */
export async function* discover(options: Options, source: SourceContext): AsyncGenerator<Candidate, void, void> {
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
}

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
