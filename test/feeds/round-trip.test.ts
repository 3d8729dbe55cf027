/** Any feed, written in each format by a writer of its own, is read as what it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeedEntry } from '../../actors/strategies/feeds/entry.ts';
import { identified } from '../../actors/strategies/feeds/identity.ts';
import { readFeed } from '../../actors/strategies/feeds/read-feed.ts';

type Entry = { id: string; path: string; title: string; text: string; published: Date; author: string; categories: string[] };
type Way = 'escaped' | 'cdata';

// Words without what would be taken for HTML: a title that says `<b>x</b>` is bold in one feed and literal in another.
const word = fc.stringMatching(/^[\p{L}\p{N}\p{P}\p{Sc}]{1,12}$/u).filter((word) => !/[<>]|&[a-z#]/i.test(word) && word === word.trim());
const words = (most: number) => fc.array(fc.oneof(word, fc.constantFrom('&', 'a<1', ']]', '"', "'", 'é', '日本', '👩‍🔬', 'AT&T')), { minLength: 1, maxLength: most }).map((all) => all.join(' '));
const entry: fc.Arbitrary<Entry> = fc.record({
  id: fc.uuid(),
  path: fc.webPath({ size: 'small' }),
  title: words(6),
  text: words(30),
  published: fc.date({ min: new Date('1990-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }).map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000)),
  author: words(3).filter((name) => !/[@()<>[\]]|www|:\/\//.test(name)),
  categories: fc.uniqueArray(words(2), { maxLength: 3 }),
});
const entries = fc.uniqueArray(entry, { maxLength: 6, selector: ({ id }) => id });

const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** HTML within XML. */
const html = (text: string, way: Way) => (way === 'cdata' ? `<![CDATA[${xml(text).replaceAll(']]>', ']]]]><![CDATA[>')}]]>` : xml(xml(text)));
const url = ({ path }: Entry) => `https://example.com/${path}`;

const FORMATS: Record<string, (entries: Entry[], way: Way) => string> = {
  'RSS 2.0': (entries, way) => `<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>F &amp; G</title><link>https://example.com/</link>
${entries.map((entry) => `<item><guid isPermaLink="false">${entry.id}</guid><link>${xml(url(entry))}</link><title>${html(entry.title, way)}</title><description>${html(entry.text, way)}</description>
<pubDate>${entry.published.toUTCString()}</pubDate><dc:creator>${xml(entry.author)}</dc:creator>${entry.categories.map((one) => `<category>${html(one, way)}</category>`).join('')}</item>`).join('\n')}
</channel></rss>`,
  'RSS 1.0': (entries, way) => `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:d="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://example.com/"><title>F &amp; G</title></channel>
${entries.map((entry) => `<item rdf:about="urn:uuid:${entry.id}"><link>${xml(url(entry))}</link><title>${html(entry.title, way)}</title><description>${html(entry.text, way)}</description>
<d:date>${entry.published.toISOString()}</d:date><d:creator>${xml(entry.author)}</d:creator>${entry.categories.map((one) => `<d:subject>${html(one, way)}</d:subject>`).join('')}</item>`).join('\n')}</rdf:RDF>`,
  Atom: (entries, way) => `<feed xmlns="http://www.w3.org/2005/Atom"><title>F &amp; G</title>
${entries.map((entry) => `<entry><id>urn:uuid:${entry.id}</id><link href="${xml(url(entry))}"/><title type="html">${html(entry.title, way)}</title><summary type="html">${html(entry.text, way)}</summary>
<published>${entry.published.toISOString()}</published><author><name>${xml(entry.author)}</name></author>${entry.categories.map((one) => `<category term="${xml(one)}"/>`).join('')}</entry>`).join('\n')}</feed>`,
  'JSON Feed': (entries) =>
    JSON.stringify({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'F & G',
      items: entries.map((entry) => ({ id: entry.id, url: url(entry), title: entry.title, content_text: entry.text, date_published: entry.published.toISOString(), authors: [{ name: entry.author }], tags: entry.categories })),
    }),
};

test.each(Object.entries(FORMATS))('%s', async (_, write) => {
  await fc.assert(
    fc.asyncProperty(entries, fc.constantFrom<Way>('escaped', 'cdata'), fc.constantFrom('utf-8', 'utf-16le', 'utf-8 with a mark'), async (written, way, encoding) => {
      const text = encoding === 'utf-8' ? write(written, way) : `\ufeff${write(written, way)}`;
      const feed = await readFeed(Buffer.from(text, encoding === 'utf-16le' ? 'utf16le' : 'utf8'), { url: 'https://example.com/feed' });
      expect({ title: feed.title, faults: feed.faults, cut: feed.cut }).toEqual({ title: 'F & G', faults: [], cut: undefined });
      expect(feed.entries.map(({ data }) => told(FeedEntry.parse(data)))).toEqual(
        written.map((entry) => ({ url: new URL(url(entry)).href, title: entry.title, summary: entry.text, published: entry.published.toISOString(), author: entry.author, categories: entry.categories })),
      );
      const keys = identified(feed.entries, 'guid').map(({ key }) => key);
      expect(new Set(keys).size).toBe(written.length);
    }),
    { numRuns: 60 },
  );
});

function told({ url, title, summary, published, author, categories = [] }: FeedEntry) {
  return { url, title, summary, published, author, categories };
}
