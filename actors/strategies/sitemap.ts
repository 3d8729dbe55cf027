import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { canonicalUrl } from '../canonical-url.ts';
import type { Candidate, SourceContext, Strategy } from '../ports.ts';
import { duration, formatDuration } from '../units.ts';
import { httpAddress, obeying, shown } from './address.ts';
import { UnreadableFeed } from './feeds/unreadable.ts';
import { globs } from './files/glob.ts';
import type { SitemapPage } from './sitemaps/read-sitemap.ts';

const paths = z.array(z.string().startsWith('/', { error: 'must be the path of pages, such as /blog/**' }));

const options = z.strictObject({
  url: httpAddress.describe('address of a sitemap, of a list of sitemaps, or of a robots.txt that names some'),
  include: paths.optional().describe('only pages whose path is like one of these, such as /blog/**'),
  exclude: paths.default([]).describe('no pages whose path is like one of these'),
  max_age: duration.optional().describe('pages that changed before that are not taken'),
  on_change: z.enum(['ignore', 'new']).default('ignore').describe('`new`: a page with a new date of change is a new item'),
  max_sitemaps: z.int().min(1).max(50_000).default(500).describe('of one look, when one names others'),
});
type Options = z.output<typeof options>;

/** The sitemaps that were read to their end, with the date of change that was said of them then: they are not asked for again before it changes. */
const Cursor = z.object({ by: z.string(), read: z.record(z.string(), z.string()) }).catch({ by: '', read: {} });

const MAX_BYTES = 64 * 2 ** 20;

/** Finds the pages of a site. */
export const sitemap: Strategy<Options> = {
  name: 'sitemap',
  options,
  async *discover(options, source) {
    const by = JSON.stringify([shown(options.url), options.include, options.exclude, options.on_change, options.max_age]);
    const last = Cursor.parse(source.cursor());
    const read = last.by === by ? { ...last.read } : {};
    const open: { url: string; changed: string | null }[] = [{ url: options.url, changed: null }];
    const seen = new Set<string>([options.url]);
    for (let next = open.shift(), count = 0; next !== undefined && count < options.max_sitemaps; next = open.shift(), count++) {
      const { url, changed } = next;
      const { pages, sitemaps, cut } = await readAt(url, options, source);
      for (const page of pages) yield* candidates(page, url, options, source.now());
      if (cut) throw new UnreadableFeed(`the sitemap ${shown(url)} ends in the middle; the ${pages.length} pages before that were taken`);
      if (changed !== null) read[idOf(url)] = changed;
      source.saveCursor({ by, read });
      for (const one of sitemaps) {
        if (!seen.has(one.url) && (one.changed === null || read[idOf(one.url)] !== one.changed)) open.push(one);
        seen.add(one.url);
      }
    }
  },
};

async function readAt(url: string, options: Options, source: SourceContext): ReturnType<typeof import('./sitemaps/read-sitemap.ts').readSitemap> {
  const trusted = new URL(url).host === new URL(options.url).host;
  const answer = await obeying(source.now, () => source.http.get(url, { maxBytes: MAX_BYTES, trusted }));
  const { readSitemap } = await import('./sitemaps/read-sitemap.ts');
  try {
    return await readSitemap(answer.bytes, answer.url, source.turn);
  } catch (error) {
    throw error instanceof UnreadableFeed ? new UnreadableFeed(`the sitemap ${shown(url)} cannot be read: ${error.message}`) : error;
  }
}

function* candidates(page: SitemapPage, from: string, { include, exclude, max_age, on_change }: Options, now: number): Generator<Candidate> {
  const { pathname } = new URL(page.url);
  if ((include && !isLike(pathname, include)) || isLike(pathname, exclude)) return;
  const { changed, published } = page;
  const isOld = max_age !== undefined && changed !== null && Date.parse(changed) < now - max_age;
  const key = canonicalUrl(page.url) ?? page.url;
  yield {
    key: on_change === 'new' && changed !== null ? `${key} ${changed}` : key,
    title: page.title ?? page.url,
    data: { url: page.url, title: page.title, published, updated: changed, sitemap: shown(from) },
    ...(isOld ? { filtered: `unchanged for more than ${formatDuration(max_age)}`, ...(changed === null ? {} : { revision: changed }) } : {}),
  };
}

/** An address may hold a secret in its query. */
function idOf(url: string): string {
  return createHash('sha256').update(url).digest('base64url').slice(0, 12);
}

function isLike(pathname: string, patterns: readonly string[]): boolean {
  return patterns.flatMap(globs).some(({ base, matches }) => {
    const below = path.posix.relative(base, pathname);
    return below !== '' && !below.startsWith('..') && matches(below.split('/'));
  });
}
