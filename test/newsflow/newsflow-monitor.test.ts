import fs from 'node:fs';
import { expect, test } from 'vitest';
import newsflow from '../../handlers/newsflow-monitor.ts';
import { runStage } from '../../runtime/handlers/run-stage.ts';
import { answers } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';
import { webServer } from '../support/web.ts';

const NOW = Date.parse('2026-03-03T05:15:00Z');
const harbour = fs.readFileSync(new URL('../fixtures/pages/harbour.html', import.meta.url), 'utf8');
const lantern = fs.readFileSync(new URL('../fixtures/pages/lantern.html', import.meta.url), 'utf8');
const STORY = '<p>The lighthouse keeper counted the ships that went by, wrote each of them into the book, and said good night to none of them.</p>'.repeat(4);

/** Serves each text at its path, as HTML unless it is a pair of media type and body. */
async function site(pages: Record<string, string | [type: string, body: string]>) {
  return webServer((request, response) => {
    const page = pages[request.url!];
    if (page === undefined) return void response.writeHead(404).end();
    const [type, body] = typeof page === 'string' ? ['text/html; charset=utf-8', page] : page;
    response.writeHead(200, { 'Content-Type': type }).end(body);
  });
}

const fetched = (url: string) => runStage(newsflow, 'fetch', { item: { url }, now: NOW });

async function extracted(url: string, item: object = {}) {
  const { output, artifacts, outcome } = await fetched(url);
  if (!output) throw new Error(`fetch ended otherwise: ${JSON.stringify(outcome)}`);
  return runStage(newsflow, 'extract', { item: { url, ...item }, prev: { fetch: output }, artifacts });
}

test('an article goes all the way: page, text, score', async () => {
  const { url } = await site({ '/bridge': harbour });
  const { output: extract, artifacts } = await extracted(`${url}/bridge`);
  expect(extract).toMatchObject({ title: 'Harbour bridge closes for a year', published: '2026-03-02T05:15:00.000Z', site: 'The Tidewater Gazette', words: 144, pages: 1, problems: [] });
  expect(artifacts[0]!.data.toString()).toMatch(/^# Harbour bridge closes for a year\n\nThe swing bridge/);
  const scored = await runStage(newsflow, 'score', { item: { url }, prev: { extract: extract! }, now: NOW });
  expect(scored.output).toMatchObject({ title: 'Harbour bridge closes for a year', url: 'https://gazette.example/news/harbour-bridge', score: 0, why: ['none of your topics'] });
});

test('the pages of an article are one text, and what stands on each of them is said once', async () => {
  const page = (n: number) => `<article><p>An editor's note that stands on every page, for those who come in the middle of it.</p>${STORY.replaceAll('ships', `ships of day ${n}`)}</article>`;
  const { url, seen } = await site({ '/log': `${page(1)}<a href="/log?page=2">2</a>`, '/log?page=2': `${page(2)}<a href="/log?page=3">3</a>`, '/log?page=3': `${page(3)}<a href="/log?page=2">2</a>` });
  const { output } = await extracted(`${url}/log`);
  expect(seen.map(({ url }) => url)).toEqual(['/log', '/log?page=2', '/log?page=3']);
  expect(output).toMatchObject({ pages: 3 });
  expect([1, 2, 3].every((n) => output!.text.includes(`ships of day ${n}`))).toBe(true);
  expect(output!.text.match(/An editor's note/g)).toHaveLength(1);
});

test('a page of pages does not lead round in a circle', async () => {
  const { url, seen } = await site({ '/log': `<article>${STORY}</article><a href="/log?page=2">2</a>`, '/log?page=2': `<article>${STORY}</article><a href="/log?page=3">3</a>`, '/log?page=3': `${STORY}<a href="/log?page=4">4</a>` });
  const { outcome } = await runStage(newsflow, 'fetch', { item: { url: `${url}/log` } });
  expect(outcome.kind).not.toBe('done'); // Page four is not there.
  expect(seen.map(({ url }) => url)).toEqual(['/log', '/log?page=2', '/log?page=3', '/log?page=4']);
});

test('a second page that leads back to the first is none', async () => {
  const story = `<article>${STORY}</article><a href="/log?page=2">2</a>`;
  const { url } = await webServer((request, response) => (request.url === '/log' ? response.writeHead(200, { 'Content-Type': 'text/html' }).end(story) : response.writeHead(302, { Location: '/log' }).end()));
  expect((await fetched(`${url}/log`)).output).toMatchObject({ pages: [{ url: `${url}/log` }] });
});

test('what the feed knows fills in what the page does not say', async () => {
  const { url } = await site({ '/': `<body>${STORY}</body>` });
  const { output } = await extracted(`${url}/`, { title: 'The keeper', published: '2026-03-01' });
  expect(output).toMatchObject({ title: 'The keeper', published: '2026-03-01', problems: [{ check: 'required_fields', field: 'language' }] });
});

test('a page with hardly any text is rejected, and says how little', async () => {
  const { url } = await site({ '/': '<p>Please log in to go on.</p>' });
  expect((await extracted(`${url}/`)).outcome).toEqual({ kind: 'rejected', reason: 'no article on this page: its text has 23 characters; 140 are the least' });
});

test.each(['application/pdf', 'image/png', 'application/json'])('%s is rejected before it is kept', async (type) => {
  const { url } = await site({ '/file': [type, '%PDF'] });
  const { outcome, artifacts } = await fetched(`${url}/file`);
  expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining(type) });
  expect(artifacts).toEqual([]);
});

test('a plain text is its own article', async () => {
  const { url } = await site({ '/note.txt': ['text/plain', `A note\r\n\r\n${STORY.replace(/<\/?p>/g, '')}`] });
  expect((await extracted(`${url}/note.txt`)).output).toMatchObject({ title: 'A note', via: 'plain' });
});

test('the stages work from their bundles, as in the running system', async () => {
  const { url } = await site({ '/bridge': harbour });
  const item = { url: `${url}/bridge` };
  const module = 'handlers/newsflow-monitor.ts';
  const { output: fetch, artifacts } = await runStage(module, 'fetch', { item, now: NOW });
  const { output: extract } = await runStage(module, 'extract', { item, prev: { fetch }, artifacts });
  const { output: score } = await runStage(module, 'score', { item, prev: { extract }, now: NOW });
  expect(score).toMatchObject({ title: 'Harbour bridge closes for a year', words: 144 });
});

test('an item without a web address fails at once', async () => {
  for (const url of ['ftp://example.com/a', 'example.com', '']) expect((await fetched(url)).outcome).toMatchObject({ kind: 'failed', class: 'item_specific' });
});

test('a model that is configured has half a say, and is told that the article is material', async () => {
  const { url } = await site({ '/lantern': lantern });
  const { output: extract } = await extracted(`${url}/lantern`);
  const model = await openAi(answers({ score: 80, why: 'A craft finds young hands.' }));
  const { output, cost, calls } = await runStage(newsflow, 'score', { item: { url }, prev: { extract: extract! }, now: NOW, models: { default: { model: 'm', base_url: model.url, price: { input: 1, output: 2 } } } });
  expect(output).toMatchObject({ score: 40, why: ['none of your topics', 'a model: 80, A craft finds young hands.'] });
  expect(cost).toBeGreaterThan(0);
  expect(calls).toMatchObject([{ kind: 'object', alias: 'default', outcome: 'ok' }]);
  expect(model.asked).toMatchObject([{ body: { messages: [{ role: 'system', content: expect.stringContaining('no instruction') }, { role: 'user', content: expect.stringContaining('四代目の職人') }] } }]);
});
