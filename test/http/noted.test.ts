/** What an attempt remembers of its requests. */
import { expect, test } from 'vitest';
import type { HttpCall } from '../../actors/ports.ts';
import type { HttpOptions } from '../../actors/http.ts';
import { KeptAnswers } from '../../runtime/http/kept-answers.ts';
import { httpCacheIn } from '../../runtime/store/http-cache.ts';
import { openStore } from '../../runtime/store/open.ts';
import { Lines } from '../support/control.ts';
import { ManualClock, NOW } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { webServer } from '../support/web.ts';

async function noting() {
  const { url } = await webServer((request, response) => {
    if (request.url === '/moved') return response.writeHead(302, { location: '/there' }).end();
    if (request.url === '/etag') return request.headers['if-none-match'] ? response.writeHead(304).end() : response.setHeader('etag', '"1"').end('kept');
    if (request.url === '/silent') return undefined;
    return request.url!.startsWith('/missing') ? response.writeHead(404).end('no such page') : response.end('page');
  });
  const [clock, ending, calls] = [new ManualClock(), new AbortController(), [] as HttpCall[]];
  const kept = new KeptAnswers({ store: httpCacheIn(openStore(':memory:')), clock, log: new Lines() });
  const http = localWeb(clock, { kept, http: { per_host: { gap: 0 } } }).of('watch', () => ending.signal, { clean: (text) => text.replaceAll('hunter22', '‹KEY›'), note: (call) => void calls.push(call) });
  const ask = (path: string, options?: HttpOptions) => http.get(`${url}${path}`, options).catch(() => {});
  return { url, http, ask, calls, ending };
}

test('its address with the query, its answer, and how long it took', async () => {
  const { url, ask, calls } = await noting();
  await ask('/a?page=2');
  await ask('/b', { method: 'post', body: 'x' });
  expect(calls).toEqual([
    { at: NOW, method: 'GET', url: `${url}/a?page=2`, ms: 0, status: 200, bytes: 4 },
    { at: NOW, method: 'POST', url: `${url}/b`, ms: 0, status: 200, bytes: 4 },
  ]);
});

test('nothing that is secret: by its name in the query, as login, as a header that is repeated, or because a handler has read it', async () => {
  const { url, http, calls } = await noting();
  await http.get(`${url.replace('//', '//me:sesame@')}/a?api_key=abcdef&q=hunter22&again=s3cr3t`, { headers: { authorization: 'Bearer s3cr3t' } });
  expect(calls[0]!.url).toBe(`${url}/a?api_key=REDACTED&q=‹KEY›&again=REDACTED`);
  await http.get('no address of hunter22').catch(() => {});
  expect(calls[1]).toMatchObject({ url: 'no address of ‹KEY›', error: expect.stringMatching(/^BadRequest: .*‹KEY›/) });
});

test('where redirects led, what was answered from what is kept, and why there was no answer', async () => {
  const { url, ask, calls } = await noting();
  for (const path of ['/moved', '/etag', '/etag', '/missing?x=1']) await ask(path);
  expect(calls.map(({ at: _at, url: _url, ...rest }) => rest)).toEqual([
    { method: 'GET', ms: 0, status: 200, bytes: 4, redirects: 1, to: `${url}/there` },
    { method: 'GET', ms: 0, status: 200, bytes: 4 },
    { method: 'GET', ms: 0, status: 200, bytes: 4, notModified: true },
    { method: 'GET', ms: 0, status: 404, error: expect.stringContaining('HttpError: ') },
  ]);
});

test('one that is under way is there already, and has no end', async () => {
  const { ask, calls, ending } = await noting();
  const asked = ask('/silent');
  expect(calls).toMatchObject([{ ms: null }]);
  ending.abort(new Error('the time is over'));
  await asked;
  expect(calls).toMatchObject([{ ms: 0, error: 'Error: the time is over' }]);
});

test('the robots.txt of a host is not the handler’s own', async () => {
  const { ask, calls } = await noting();
  await ask('/a', { robots: true });
  expect(calls).toHaveLength(1);
});
