import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readSitemap } from '../../actors/strategies/sitemaps/read-sitemap.ts';
import { strategies } from '../../actors/strategies/index.ts';
import { realClock } from '../../runtime/clock.ts';
import { DEFAULT_HTTP } from '../../runtime/config/http.ts';
import { createWeb } from '../../runtime/http/web.ts';
import { sharedFiles } from '../support/shared-data.ts';
import { poll, worldOf, type World } from '../support/sources.ts';
import { webServer } from '../support/web.ts';

const entry = (place: string, more = '') => `<url><loc>${place}</loc>${more}</url>`;
const urlset = (...entries: string[]) => `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">${entries.join('')}</urlset>`;
const index = (...maps: [string, string?][]) => `<sitemapindex>${maps.map(([place, changed]) => `<sitemap><loc>${place}</loc>${changed ? `<lastmod>${changed}</lastmod>` : ''}</sitemap>`).join('')}</sitemapindex>`;

async function watching(files: Record<string, string | Buffer>, options: Record<string, unknown> = {}) {
  const server = await webServer((request, response) => {
    const found = files[request.url!];
    if (found === undefined) response.writeHead(404).end();
    else response.end(found);
  });
  const world = worldOf({ strategy: strategies.sitemap, options: { url: `${server.url}${Object.keys(files)[0]}`, ...options }, web: createWeb({ clock: realClock, spec: () => DEFAULT_HTTP }) });
  return Object.assign(world, { server, asked: () => server.seen.splice(0).map(({ url }) => url), look: () => look(world) });
}

async function look(world: World) {
  const found = await poll(world);
  world.cursor = found.cursors.at(-1) ?? world.cursor;
  return found.candidates;
}

const paths = async (world: { look(): ReturnType<typeof look> }) => (await world.look()).map(({ data }) => new URL((data as { url: string }).url).pathname);

test('a page is an item: the one spelling of its address is its key', async () => {
  const news = '<news:news><news:publication_date>2020-08-13</news:publication_date><news:title>A &amp; B</news:title></news:news>';
  const { look, server } = await watching({ '/sitemap.xml': urlset(entry('https://www.example.com/a?utm_source=x', `<image:image><image:loc>https://example.com/a.png</image:loc></image:image><lastmod>2020-08-14T10:00:00+02:00</lastmod>${news}`)) });
  expect(await look()).toEqual([
    {
      key: 'https://example.com/a',
      title: 'A & B',
      data: { url: 'https://www.example.com/a?utm_source=x', title: 'A & B', published: '2020-08-13T00:00:00.000Z', updated: '2020-08-14T08:00:00.000Z', sitemap: `${server.url}/sitemap.xml` },
    },
  ]);
});

test('sitemaps that it names are read too, each once, also compressed ones', async () => {
  const world = await watching({
    '/robots.txt': 'User-agent: *\nDisallow: /x\nSitemap: /index.xml\nsitemap: /index.xml\n',
    '/index.xml': index(['/one.xml'], ['/two.xml.gz'], ['/index.xml']),
    '/one.xml': urlset(entry('/a'), entry('<![CDATA[/b?x=1&y=2]]>')),
    '/two.xml.gz': gzipSync(urlset(entry('/c'))),
  });
  expect(await paths(world)).toEqual(['/a', '/b', '/c']);
  expect(world.asked()).toEqual(['/robots.txt', '/index.xml', '/one.xml', '/two.xml.gz']);
});

test('a sitemap that has not changed is not read again', async () => {
  const files = { '/index.xml': index(['/one.xml?p=1', '2020-01-01'], ['/one.xml?p=2', '2020-01-01'], ['/three.xml']), '/one.xml?p=1': urlset(entry('/a')), '/one.xml?p=2': urlset(entry('/b')), '/three.xml': urlset(entry('/c')) };
  const world = await watching(files);
  expect(await paths(world)).toEqual(['/a', '/b', '/c']);
  expect(await paths(world)).toEqual(['/c']);
  files['/index.xml'] = index(['/one.xml?p=1', '2020-01-02'], ['/one.xml?p=2', '2020-01-01']);
  expect(await paths(world)).toEqual(['/a']);
});

test('only the pages that are wanted', async () => {
  const files = { '/s.xml': urlset(entry('/blog/2020/a'), entry('/blog/drafts/b'), entry('/shop/c'), entry('/')) };
  expect(await paths(await watching(files, { include: ['/blog/**'], exclude: ['/blog/drafts/**'] }))).toEqual(['/blog/2020/a']);
  expect(await paths(await watching(files, { exclude: ['/blog/**'] }))).toEqual(['/shop/c', '/']);
});

test('what is old is left out until it changes; a change is a new item if that is wanted', async () => {
  const files = { '/s.xml': urlset(entry('/a', '<lastmod>2020-01-01</lastmod>'), entry('/b')) };
  expect((await (await watching(files, { max_age: '7d' })).look()).map(({ filtered, revision }) => [filtered, revision])).toEqual([['unchanged for more than 7d', '2020-01-01T00:00:00.000Z'], [undefined, undefined]]);
  expect((await (await watching(files, { on_change: 'new' })).look()).map(({ key }) => key)).toEqual([expect.stringMatching(/\/a 2020-01-01T/), expect.stringMatching(/\/b$/)]);
});

test.each([
  ['a feed', '<rss version="2.0"><channel/></rss>', /it is a feed: the strategy feed reads it/],
  ['a web page', '<!doctype html><html><title>Hi</title></html>', /it is a web page \("Hi"\).*Its sitemaps may stand in http:\S+\/robots\.txt/],
  ['other XML', '<note/>', /it is no sitemap: its first element is <note>/],
  ['words', 'User-agent: *', /it is no sitemap, and names none/],
  ['half a sitemap', urlset(entry('/a')).slice(0, -5), /ends in the middle; the 1 pages before that were taken/],
])('%s is refused, and that is said', async (_, text, message) => {
  await expect((await watching({ '/s.xml': text })).look()).rejects.toThrow(message);
});

const recorded = sharedFiles('api').filter(({ name }) => name.startsWith('sitemap_'));

describe.skipIf(recorded.length === 0)('sitemaps of the real world', () => {
  test.each(recorded)('$name', async ({ path, name }) => {
    const reading = readSitemap(fs.readFileSync(path), 'https://example.org/sitemap.xml', async () => {});
    if (name.includes('atom')) return expect(reading).rejects.toThrow(/the strategy feed reads it/);
    const { pages, sitemaps, cut } = await reading;
    const text = fs.readFileSync(path, 'utf8');
    expect([pages.length + sitemaps.length, cut]).toEqual([[...text.matchAll(/<(?:url|sitemap)>/g)].length, false]);
    return undefined;
  });
});
