import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { KeptAnswers } from '../../runtime/http/kept-answers.ts';
import { openStore } from '../../runtime/store/open.ts';
import { storeOn } from '../../runtime/store/store.ts';
import { ManualClock, NOW } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { tempFolder } from '../support/temp.ts';
import { webServer } from '../support/web.ts';

const { signal } = new AbortController();
const quiet = () => {};

/** A server that answers a page with these headers, or 304 when it is asked by its ETag or date. */
async function page(headers: Record<string, string>, body: string | Buffer = 'a page', answer?: RequestListener) {
  const clock = new ManualClock();
  const db = openStore(tempFolder({}));
  const store = storeOn(db);
  const warnings: string[] = [];
  const log = { debug: quiet, info: quiet, warn: (message: string) => void warnings.push(message), error: quiet };
  const kept = new KeptAnswers({ store: store.httpCache, clock, log });
  const server = await webServer(
    answer ??
      ((request, response) => {
        const { 'if-none-match': etag, 'if-modified-since': date } = request.headers;
        const same = etag !== undefined ? etag === headers.etag : date !== undefined && date === headers['last-modified'];
        response.writeHead(same ? 304 : 200, headers).end(same ? undefined : body);
      }),
  );
  return { ...server, clock, db, store, warnings, http: localWeb(clock, { kept }).of('watch', () => signal), rows: () => db.prepare('SELECT url, etag, last_modified AS modified, at, size FROM http_cache').all() };
}

describe('what has not changed is not sent twice', () => {
  test.each([[{ etag: '"v1"' }], [{ etag: 'W/"v1"' }], [{ 'last-modified': 'Tue, 24 Nov 2026 10:00:00 GMT' }]])('when the server says %o', async (headers) => {
    const { url, seen, http } = await page({ ...headers, 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from([0xe9]));
    const [first, second] = [await http.get(url), await http.get(url)];
    expect([first.notModified, second.notModified]).toEqual([false, true]);
    expect({ status: second.status, text: second.text(), bytes: second.bytes, url: second.url }).toEqual({ status: 200, text: 'é', bytes: first.bytes, url: first.url });
    expect(seen[1]!.headers).toMatchObject('etag' in headers ? { 'if-none-match': headers.etag } : { 'if-modified-since': headers['last-modified'] });
  });

  test('also after a restart', async () => {
    const { url, http, db, clock } = await page({ etag: '"v1"' });
    await http.get(url);
    const again = localWeb(clock, { kept: new KeptAnswers({ store: storeOn(db).httpCache, clock, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } }) });
    expect(await again.of('other', () => signal).get(url)).toMatchObject({ notModified: true });
  });

  test('and what has changed takes the place of what was kept', async () => {
    let version = 0;
    const { url, http, rows } = await page({}, '', (request, response) => {
      const etag = `"v${Math.ceil(++version / 2)}"`;
      response.writeHead(request.headers['if-none-match'] === etag ? 304 : 200, { etag }).end(request.headers['if-none-match'] === etag ? undefined : `page ${etag}`);
    });
    const answers = [await http.get(url), await http.get(url), await http.get(url), await http.get(url)];
    expect(answers.map((answer) => [answer.text(), answer.notModified])).toEqual([['page "v1"', false], ['page "v1"', true], ['page "v2"', false], ['page "v2"', true]]);
    expect(rows()).toHaveLength(1);
  });

  test('at the end of a redirect, too', async () => {
    const { url, http } = await page({}, '', (request, response) => {
      if (request.url === '/') return response.writeHead(302, { location: '/there' }).end();
      const same = request.headers['if-none-match'] === '"v1"';
      response.writeHead(same ? 304 : 200, { etag: '"v1"' }).end(same ? undefined : 'there');
    });
    await http.get(url);
    expect(await http.get(url)).toMatchObject({ notModified: true, url: `${url}/there` });
  });
});

describe('nothing is kept', () => {
  test.each<[string, Record<string, string>, Parameters<Awaited<ReturnType<typeof page>>['http']['request']>[1]]>([
    ['when the server forbids it', { etag: '"v1"', 'cache-control': 'private, no-store' }, {}],
    ['that cannot be asked about', { 'cache-control': 'max-age=600' }, {}],
    ['when the caller does not want it', { etag: '"v1"' }, { cache: false }],
    ['of a POST', { etag: '"v1"' }, { body: 'a' }],
    ['of a part', { etag: '"v1"' }, { headers: { range: 'bytes=0-9' } }],
    ['of a question with a condition of its own', { etag: '"v1"' }, { headers: { 'if-none-match': '"v0"' } }],
    ['that depends on everything', { etag: '"v1"', vary: '*' }, {}],
  ])('%s', async (_what, headers, options) => {
    const { url, seen, http, rows } = await page(headers);
    await http.request(url, options);
    expect(rows()).toEqual([]);
    expect(await http.request(url, options)).toMatchObject({ status: 200, notModified: false });
    expect(seen).toHaveLength(2);
  });

  test('of more than a megabyte that does not pack', async () => {
    const { url, http, rows } = await page({ etag: '"v1"' }, randomBytes(2 ** 20 + 1000));
    await http.get(url);
    expect(rows()).toEqual([]);
  });
});

test('a login is not answered with what another one was shown, and no secret is stored', async () => {
  const { url, seen, http, db } = await page({ etag: '"v1"', 'set-cookie': 'session=secret3' });
  const ask = (key: string) => http.get(`${url}/?api_key=secret1`, { headers: { authorization: key } });
  await ask('Bearer secret2');
  expect(await ask('Bearer other')).toMatchObject({ notModified: false });
  expect(await ask('Bearer secret2')).toMatchObject({ notModified: true });
  expect(seen).toHaveLength(3);
  expect(JSON.stringify(db.prepare('SELECT * FROM http_cache').all())).not.toMatch(/secret/);
});

test('a kept body that is damaged is fetched anew', async () => {
  const { url, http, db, warnings } = await page({ etag: '"v1"' });
  await http.get(url);
  for (const damage of ["UPDATE http_cache SET body = x'00'", "UPDATE http_cache SET hash = printf('%064d', 0)", "UPDATE http_cache SET headers = '1'"]) {
    db.exec(damage);
    const answer = await http.get(url);
    expect([answer.notModified, answer.text()]).toEqual([false, 'a page']);
  }
  expect(warnings).toHaveLength(3);
});

test('retention takes what was not asked for in a long time, and the oldest of what is too much', async () => {
  const { url, http, clock, store, rows } = await page({ etag: '"v1"' });
  for (const name of ['a', 'b', 'c', 'd']) {
    await http.get(`${url}/${name}`);
    clock.advance(1000);
  }
  await http.get(`${url}/a`); // is current again
  expect(store.prune.httpCache(NOW + 1500, 1e6)).toBe(1);
  expect(rows()).toMatchObject(['a', 'c', 'd'].map((name) => ({ url: `${url}/${name}` })));
  const bytes = store.db.prepare<[], number>('SELECT max(bytes) FROM http_cache').pluck().get()!;
  expect(store.prune.httpCache(0, bytes)).toBe(2);
  expect(rows()).toMatchObject([{ url: `${url}/a`, at: NOW + 4000 }]);
});
