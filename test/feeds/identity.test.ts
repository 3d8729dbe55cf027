import { expect, test } from 'vitest';
import type { FeedEntry, FoundEntry } from '../../actors/strategies/feeds/entry.ts';
import { identified, versionOf } from '../../actors/strategies/feeds/identity.ts';

const NOTHING: FeedEntry = { url: null, title: null, published: null, updated: null, author: null, summary: null, feed: { title: null, url: 'https://example.com/feed' } };

const entry = (id: string | undefined, page: string | undefined, title = 'T', more: Partial<FeedEntry> = {}): FoundEntry => ({
  ...(id === undefined ? {} : { id }),
  data: { ...NOTHING, url: page === undefined ? null : new URL(page, 'https://example.com/').href, title, ...more },
});
const keys = (entries: FoundEntry[], by: 'guid' | 'link' = 'guid') => identified(entries, by).map(({ key }) => key);

test.each([
  ['the id that the feed gives it', entry('tag:example.com,2020:1', '/1'), 'tag:example.com,2020:1'],
  ['an id that is an address, in its one spelling', entry('http://www.example.com/1/?utm_source=rss', '/2'), 'https://example.com/1'],
  ['an id that is one within its site only, with the site', entry('1234', '/1'), '1234@example.com'],
  ['a part of a page that an id names', entry('https://example.com/log#v2', '/log'), 'https://example.com/log#v2'],
  ['without an id, its page without what tracks readers', entry(undefined, '/1?utm_campaign=x&fbclid=y#xtor=RSS-1'), 'https://example.com/1'],
  ['without a page too, what it says', entry(undefined, undefined, 'T', { published: '2020-01-01T00:00:00Z' }), expect.stringMatching(/^entry:[0-9a-f]{32}$/)],
])('an entry is known by %s', (_, one, key) => {
  expect(keys([one])).toEqual([key]);
});

test('by `link` its page comes first, so that it is the same item as one that was given by its address', () => {
  expect(keys([entry('tag:1', '/1?utm_source=rss'), entry('tag:2', undefined)], 'link')).toEqual(['https://example.com/1', 'tag:2']);
});

test('a page that is moved stays the same entry, and so does one whose title changes', () => {
  expect(keys([entry('tag:1', '/1', 'Old')])).toEqual(keys([entry('tag:1', '/2', 'New')]));
  expect(keys([entry(undefined, '/1', 'Old')])).toEqual(keys([entry(undefined, '/1', 'New')]));
});

test('a date alone makes no difference, and its absence neither', () => {
  expect(keys([entry('tag:1', '/1', 'T', { published: '2020-01-01T00:00:00Z' })])).toEqual(keys([entry('tag:1', '/1')]));
});

test('the order of the feed makes no difference', () => {
  const entries = [entry('1', '/1', 'A'), entry('1', '/2', 'B'), entry(undefined, '/', 'C'), entry(undefined, '/', 'D'), entry('tag:5', '/5', 'E')];
  expect(keys(entries.toReversed()).toSorted()).toEqual(keys(entries).toSorted());
});

test('what stands twice in the feed is one thing: the newer version of it', () => {
  const found = identified([entry('tag:1', '/1', 'Old', { updated: '2020-01-01T00:00:00.000Z' }), entry('tag:1', '/1', 'New', { updated: '2020-01-02T00:00:00.000Z' })], 'guid');
  expect(found.map(({ key, data }) => [key, data.title])).toEqual([['tag:1', 'New']]);
});

test.each([
  ['one id for all of them', [entry('0', '/1', 'A'), entry('0', '/2', 'B'), entry('0', '/3', 'C')], ['https://example.com/1', 'https://example.com/2', 'https://example.com/3']],
  ['one id and one page for all of them', [entry('x:0', '/', 'A'), entry('x:0', '/', 'B'), entry('x:0', '/', 'C')], 3],
  ['no id, and one page for all of them', [entry(undefined, '/', 'A'), entry(undefined, '/', 'B')], 2],
  ['one id for two episodes on a page that all others share', [entry('x:1', '/', 'A'), entry('x:1', '/', 'B'), entry('x:2', '/', 'C'), entry('x:3', '/', 'D')], 4],
  ['parts of one page', [entry(undefined, '/log#v1', 'A'), entry(undefined, '/log#v2', 'B')], ['https://example.com/log#v1', 'https://example.com/log#v2']],
])('different things stay different when a feed gives them %s', (_, entries, expected) => {
  if (typeof expected === 'number') expect(new Set(keys(entries)).size).toBe(expected);
  else expect(keys(entries)).toEqual(expected);
});

test('the page that a whole feed shares makes no key, also by `link`', () => {
  expect(keys([entry('x:1', '/', 'A'), entry('x:2', '/', 'B')], 'link')).toEqual(['x:1', 'x:2']);
});

test('a version is another one when the text has changed, and not when the date has', () => {
  const [a, b, c] = [entry('1', '/1', 'A'), entry('1', '/1', 'A', { updated: '2020-01-01T00:00:00.000Z' }), entry('1', '/1', 'A', { summary: 'more' })].map(({ data }) => versionOf(data));
  expect(b).toBe(a);
  expect(c).not.toBe(a);
});
