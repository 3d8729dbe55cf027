import fs from 'node:fs';
import { expect, test } from 'vitest';
import { extractArticle } from '../../handlers/article/article.ts';
import { dateInPath, isoDate } from '../../handlers/article/published.ts';

const URL_OF_PAGE = 'https://example.com/story';
const body = '<p>The tide came up over the second step at noon, and left weed on the third.</p>'.repeat(8);
const about = (head: string, page = body, url = URL_OF_PAGE) => extractArticle(`<html><head>${head}</head><body><article>${page}</article></body></html>`, url);

test('title, authors, dates, site, language and address of a page that says everything', () => {
  const page = fs.readFileSync(new URL('../fixtures/pages/harbour.html', import.meta.url), 'utf8');
  expect(extractArticle(page, 'https://gazette.example/news/harbour-bridge?utm_source=x')).toMatchObject({
    title: 'Harbour bridge closes for a year',
    byline: 'By Ines Falk and Tom Okoro',
    authors: ['Ines Falk', 'Tom Okoro'],
    published: '2026-03-02T05:15:00.000Z',
    modified: '2026-03-02T08:00:00.000Z',
    language: 'en-GB',
    site: 'The Tidewater Gazette',
    description: 'The swing bridge will be rebuilt from the piers up.',
    canonical: 'https://gazette.example/news/harbour-bridge',
  });
});

test.each([
  ['JSON-LD', '<script type="application/ld+json">{"@type":"Article","datePublished":"2024-05-17T08:30:00Z"}</script>', '2024-05-17T08:30:00.000Z'],
  ['JSON-LD with a line break within a text', '<script type="application/ld+json">{"@type":"Article","headline":"a\nb","datePublished":"2024-05-17"}</script>', '2024-05-17'],
  ['a list of things', '<script type="application/ld+json">[{"@type":"Organization"},{"@graph":[{"@type":["BlogPosting"],"datePublished":"2024-05-17"}]}]</script>', '2024-05-17'],
  ['article:published_time', '<meta property="article:published_time" content="2024-05-17T10:30:00+0200">', '2024-05-17T08:30:00.000Z'],
  ['a meta of another house', '<meta name="parsely-pub-date" content="2024-05-17 08:30:00">', '2024-05-17T08:30:00.000Z'],
  ['Dublin Core', '<meta name="DC.date.issued" content="20240517">', '2024-05-17'],
])('the date from %s', (_, head, published) => {
  expect(about(head).published).toBe(published);
});

test('the date from the page itself, or from its address', () => {
  expect(about('', `<time datetime="2024-05-17">last Friday</time>${body}`).published).toBe('2024-05-17');
  expect(about('', body, 'https://example.com/2024/5/17/story').published).toBe('2024-05-17');
  expect(about('').published).toBeNull();
});

test.each(['', 'yesterday', '17', '0000-00-00', '1970-01-01', '2024-13-45', '99999999999999', 'Invalid', '2024'.repeat(100)])('%j is no date', (text) => {
  expect(isoDate(text)).toBeUndefined();
});

test('an address with figures is no date by that alone', () => {
  expect(dateInPath('https://example.com/1234/56/78/story')).toBeUndefined();
  expect(dateInPath('https://example.com/item/20240517999')).toBeUndefined();
});

test('links are complete, also where the page moves their start', () => {
  const { markdown, canonical } = about('<base href="/archive/"><link rel="canonical" href="story">', `${body}<p>See <a href="other">the other one</a>.</p>`);
  expect(markdown).toContain('[the other one](https://example.com/archive/other)');
  expect(canonical).toBe('https://example.com/archive/story');
});

test('an address that is no web page is no canonical address', () => {
  expect(about('<link rel="canonical" href="javascript:alert(1)">').canonical).toBe(URL_OF_PAGE);
});

test.each([
  ['By Ann Lee and Bo Ek', ['Ann Lee', 'Bo Ek']],
  ['Von Ann Lee, Bo Ek', ['Ann Lee', 'Bo Ek']],
  ['E. B. White', ['E. B. White']],
])('the names in %j', (byline, authors) => {
  expect(about(`<meta name="author" content="${byline}">`).authors).toEqual(authors);
});
