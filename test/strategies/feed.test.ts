import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { strategies } from '../../actors/strategies/index.ts';
import { realClock } from '../../runtime/clock.ts';
import { DEFAULT_HTTP } from '../../runtime/config/http.ts';
import { createWeb } from '../../runtime/http/web.ts';
import { poll, worldOf, type World } from '../support/sources.ts';
import { webServer } from '../support/web.ts';

/** Nothing private is allowed: an address in jobs.yaml is the operator's own. */
const web = () => createWeb({ clock: realClock, spec: () => DEFAULT_HTTP });

const item = (name: string, more = '') => `<item><guid>urn:${name}</guid><link>https://example.com/${name}</link><title>${name}</title><description>Text of ${name}</description>${more}</item>`;
const rss = (...items: string[]) => `<rss version="2.0"><channel><title>F</title>${items.join('')}</channel></rss>`;

/** What the job has found when it looks at `feeds`, by their paths, with options beside the address. */
async function watching(feeds: Record<string, string | number>, options: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const server = await webServer((request, response) => {
    const answer = feeds[request.url!.split('?')[0]!] ?? 404;
    if (typeof answer === 'number') response.writeHead(answer, headers).end('no');
    else response.writeHead(200, { 'content-type': 'application/rss+xml', ...headers }).end(answer);
  });
  const urls = Object.keys(feeds).map((place) => `${server.url}${place}`);
  const world = worldOf({ strategy: strategies.feed, options: { url: urls.length === 1 ? urls[0] : urls, ...options }, web: web() });
  return Object.assign(world, { server, look: () => look(world) });
}

async function look(world: World) {
  const found = await poll(world);
  world.cursor = found.cursors.at(-1) ?? world.cursor;
  return found.candidates;
}

test('an entry is an item: its key, its title, and what a handler gets of it', async () => {
  const { look, server } = await watching({ '/feed': rss(item('a', '<pubDate>Thu, 13 Aug 2020 10:25:33 GMT</pubDate><category>c</category>')) });
  expect(await look()).toEqual([
    {
      key: 'urn:a',
      title: 'a',
      data: { url: 'https://example.com/a', title: 'a', published: '2020-08-13T10:25:33.000Z', updated: null, author: null, summary: 'Text of a', categories: ['c'], feed: { title: 'F', url: `${server.url}/feed` } },
    },
  ]);
});

test('a feed that has not changed is not taken again; one that has, all of it', async () => {
  const feeds: Record<string, string> = { '/feed': rss(item('a'), item('b')) };
  const { look } = await watching(feeds);
  expect(await look()).toHaveLength(2);
  expect(await look()).toEqual([]);
  feeds['/feed'] = rss(item('c'), item('a'), item('b'));
  expect((await look()).map(({ key }) => key)).toEqual(['urn:c', 'urn:a', 'urn:b']);
});

test('a look that was broken off begins anew', async () => {
  const world = await watching({ '/feed': rss(item('a'), item('b')) });
  for await (const found of world.sources.poll(world.job, new AbortController().signal)) {
    expect(found).toMatchObject({ candidate: { key: 'urn:a' } });
    break;
  }
  expect(await world.look()).toHaveLength(2);
});

test('other options look at the same feed with other eyes', async () => {
  const world = await watching({ '/feed': rss(item('a')) });
  await world.look();
  world.job = { ...world.job, discovery: { ...world.job.discovery, options: { ...world.job.discovery.options, key: 'link' } } };
  expect((await world.look()).map(({ key }) => key)).toEqual(['https://example.com/a']);
});

test('an entry whose text has changed is a new item if that is wanted', async () => {
  const feeds: Record<string, string> = { '/feed': rss(item('a')) };
  const { look } = await watching(feeds, { on_change: 'new' });
  const [before] = await look();
  feeds['/feed'] = rss(item('a').replace('Text of', 'More of'), item('b'));
  const keys = (await look()).map(({ key }) => key);
  expect(keys[0]).toMatch(/^urn:a [0-9a-f]{12}$/);
  expect(keys[0]).not.toBe(before!.key);
});

test('what is too old, and what says nothing, is left out with the reason', async () => {
  const { look } = await watching({ '/feed': rss(item('old', '<pubDate>Thu, 13 Aug 2020 10:25:33 GMT</pubDate>'), item('undated'), '<item><guid>urn:empty</guid></item>') }, { max_age: '7d' });
  expect((await look()).map(({ key, filtered }) => [key, filtered])).toEqual([
    ['urn:old', 'older than 7d'],
    ['urn:undated', undefined],
    ['urn:empty', 'it has no address, no title and no text'],
  ]);
});

test('the HTML of entries is left out if that is wanted', async () => {
  const text = rss(item('a')).replace('<rss', '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"').replace('</item>', '<content:encoded>&lt;p&gt;long&lt;/p&gt;</content:encoded></item>');
  expect((await (await watching({ '/feed': text })).look())[0]!.data).toMatchObject({ content: '<p>long</p>' });
  expect((await (await watching({ '/feed': text }, { content: false })).look())[0]!.data).not.toHaveProperty('content');
});

test('a feed without titles is shown by what it says', async () => {
  const { look } = await watching({ '/feed': rss('<item><description>Just a word</description></item>', '<item><link>https://example.com/1</link></item>') });
  expect((await look()).map(({ title }) => title)).toEqual(['Just a word', 'https://example.com/1']);
});

test('a feed may be a file beside jobs.yaml', async () => {
  const world = worldOf({ strategy: strategies.feed, options: { url: 'feeds/mine.xml' }, files: { 'feeds/mine.xml': rss(item('a')) } });
  expect((await look(world)).map(({ key }) => key)).toEqual(['urn:a']);
});

test('an address without its beginning is no file, and that is said', async () => {
  const world = worldOf({ strategy: strategies.feed, options: { url: 'example.com/feed' } });
  await expect(poll(world)).rejects.toThrow('cannot read the feed "example.com/feed": there is no such file beside jobs.yaml, and an address begins with https://');
});

test('what cannot be read is said, with its address but without what may be secret', async () => {
  const { look, server } = await watching({ '/feed': '<!doctype html><title>Moved</title><link rel="alternate" type="application/rss+xml" href="/new.xml">' }, {});
  await expect(look()).rejects.toThrow(`the feed at ${server.url}/feed cannot be read: it is a web page ("Moved"); it names a feed at ${server.url}/new.xml`);
  const secret = worldOf({ strategy: strategies.feed, options: { url: `${server.url.replace('//', '//me:hunter2@')}/gone?token=hunter2` }, web: web() });
  const error = await poll(secret).then(String, (error: Error) => `${error.message} ${error.stack}`);
  expect(error).toMatch(/answered 404/);
  expect(error).not.toMatch(/hunter2/);
  const open = worldOf({ strategy: strategies.feed, options: { url: (await watching({ '/feed': rss(item('a')) })).server.url.replace('//', '//me:hunter2@') + '/feed?token=hunter2' }, web: web() });
  const found = JSON.stringify((await poll(open)).steps);
  expect(found).toMatch(/urn:a/);
  expect(found).not.toMatch(/hunter2/);
});

test('a server that says when to come back is believed', async () => {
  const { look } = await watching({ '/feed': 429 }, {}, { 'retry-after': '3600' });
  const error = (await look().catch((error: unknown) => error)) as { retryAt: number };
  expect(error.retryAt - Date.now()).toBeGreaterThan(3_500_000);
});

test('what stands before the end of half a feed is taken, and the look fails', async () => {
  const world = await watching({ '/feed': rss(item('a'), item('b')).slice(0, -60) });
  const keys: string[] = [];
  const all = (async () => {
    for await (const found of world.sources.poll(world.job, new AbortController().signal)) if ('candidate' in found) keys.push(found.candidate.key);
  })();
  await expect(all).rejects.toThrow(/it ends within a tag that begins in line 1; the 1 entries before that were taken/);
  expect(keys).toEqual(['urn:a']);
});

test('of several feeds the others go on when one fails; that is said once, until it changes', async () => {
  const feeds: Record<string, string | number> = { '/a': rss(item('a')), '/b': 404, '/c': rss(item('c')) };
  const world = await watching(feeds);
  expect((await world.look()).map(({ key }) => key)).toEqual(['urn:a', 'urn:c']);
  expect(world.warnings).toEqual([expect.stringMatching(/\/b.*answered 404/)]);
  await world.look();
  expect(world.warnings).toHaveLength(1);
  feeds['/b'] = '<note/>';
  await world.look();
  expect(world.warnings[1]).toMatch(/\/b cannot be read: it is no feed: its first element is <note>/);
  feeds['/b'] = rss(item('b'));
  expect((await world.look()).map(({ key }) => key)).toEqual(['urn:b']);
});

test('when all of several feeds fail, the look does', async () => {
  const { look } = await watching({ '/a': 500, '/b': '<note/>' });
  await expect(look()).rejects.toThrow(/none of the 2 feeds can be read; of the first: .*\/a answered 500/);
});

test('a feed with a fault is taken, and the fault is said', async () => {
  const world = await watching({ '/feed': rss(item('a')).replace('</rss>', '') });
  expect(await world.look()).toHaveLength(1);
  expect(world.warnings).toEqual([expect.stringMatching(/\/feed was read, but <rss> is not closed$/)]);
});

test('headers go along, with what the environment says', async () => {
  const world = await watching({ '/feed': rss(item('a')) });
  const authorised = { ...world.job, discovery: { ...world.job.discovery, options: { ...world.job.discovery.options, headers: { authorization: 'Bearer ${TOKEN:-t0}' } } } };
  await poll({ sources: world.sources, job: authorised });
  expect(world.server.seen[0]!.headers).toMatchObject({ authorization: 'Bearer t0', accept: expect.stringContaining('application/atom+xml') });
});

test('the feeds parser is not loaded before there is a feed to read', () => {
  const folder = path.resolve(import.meta.dirname, '../../actors/strategies');
  const sources = [...fs.readdirSync(path.join(folder, 'feeds')).map((file) => path.join(folder, 'feeds', file)), path.join(folder, 'feed.ts')];
  expect(sources.filter((file) => /^import (?!type).*'feedsmith'/m.test(fs.readFileSync(file, 'utf8')))).toEqual([]);
});
