import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip, createZstdCompress, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpOptions } from '../../actors/http.ts';
import { HttpError } from '../../runtime/http/errors.ts';
import { classify } from '../support/doctor.ts';
import { handlerOf, handlersIn, ManualClock, NOW } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { webServer } from '../support/web.ts';

function client(signal: AbortSignal = new AbortController().signal) {
  const clock = new ManualClock();
  return { clock, ...localWeb(clock).of('watch', () => signal) };
}

/** What a request rejects with. */
const failureOf = (promise: Promise<unknown>): Promise<Error> => promise.then(() => Promise.reject(new Error('it was answered')), (error: Error) => error);

describe('an answer', () => {
  test('is status, address, headers, bytes, text and JSON', async () => {
    const { url } = await webServer((_request, response) => response.setHeader('x-count', '2').end('{"é":[1]}'));
    const http = client();
    const response = await http.get(`${url}/a?b=c`);
    expect({ status: response.status, url: response.url, count: response.headers.get('x-count'), text: response.text(), json: response.json(), bytes: response.bytes }).toEqual({
      status: 200, url: `${url}/a?b=c`, count: '2', text: '{"é":[1]}', json: { é: [1] }, bytes: Buffer.from('{"é":[1]}'),
    });
    expect([await http.text(url), await http.json(new URL(url))]).toEqual(['{"é":[1]}', { é: [1] }]);
  });

  test('that is no JSON is shown, and tried again', async () => {
    const { url } = await webServer((_request, response) => response.setHeader('content-type', 'text/html').end('<html>\n  we are   busy'));
    const error = await failureOf(client().json(`${url}/a`));
    expect(error.message).toBe(`GET ${url}/a answered no JSON but text/html: <html> we are busy`);
    expect(classify(error, NOW)).toEqual({ class: 'transient' });
  });

  test('304 is one, for who has asked by If-None-Match', async () => {
    const { url } = await webServer((_request, response) => response.writeHead(304).end());
    expect((await client().get(url, { headers: { 'if-none-match': '"a"' } })).status).toBe(304);
  });
});

describe('a request', () => {
  test.each<[string, HttpOptions, { method: string; body: string; headers: Record<string, string> }]>([
    ['without more is a GET', {}, { method: 'GET', body: '', headers: {} }],
    ['with a body is a POST', { body: '{"a":1}', headers: { 'Content-Type': 'application/json' } }, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }],
    ['with a form is a POST', { body: new URLSearchParams({ a: '1 2' }) }, { method: 'POST', body: 'a=1+2', headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } }],
    ['may name its method', { method: 'put', body: new Uint8Array([65, 66]) }, { method: 'PUT', body: 'AB', headers: {} }],
  ])('%s', async (_what, options, sent) => {
    const { url, seen } = await webServer((_request, response) => response.end('ok'));
    await client().request(url, options);
    expect(seen).toMatchObject([sent]);
  });

  test('sends the user in its address as a header', async () => {
    const { url, seen } = await webServer((_request, response) => response.end('ok'));
    await client().get(url.replace('http://', 'http://ann:p%40ss@'));
    expect(seen[0]!.headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
  });

  test.each(['file:///etc/passwd', 'ftp://a.example/', 'data:text/plain,a', '/a', 'nowhere', ''])('to "%s" is refused: it is no address of the web', async (address) => {
    const error = await failureOf(client().get(address));
    expect(error).toMatchObject({ name: 'BadRequest', message: expect.stringContaining('is no address of the web; it must begin with http:// or https://') });
    expect(classify(error, NOW)).toEqual({ class: 'item_specific' });
  });
});

describe('a status that is no success', () => {
  test('is an HttpError with address, status and the beginning of the body', async () => {
    const { url } = await webServer((_request, response) => response.writeHead(404).end(`no\n\n such   page ${'x'.repeat(5000)}`));
    const error = await failureOf(client().get(`${url}/a`));
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ name: 'HttpError', status: 404, url: `${url}/a`, retryAfter: undefined, snippet: expect.stringMatching(/^no such page x+$/) });
    expect((error as HttpError).snippet).toHaveLength(300);
    expect(error.message).toBe(`GET ${url}/a answered 404: ${(error as HttpError).snippet}`);
  });

  test.each<[string, string, number | undefined]>([
    ['seconds', '120', 120_000],
    ['a date', new Date(NOW + 90_000).toUTCString(), 90_000],
    ['more than a week', '99999999', 7 * 24 * 3_600_000],
    ['0, which is no time to wait', '0', undefined],
    ['a date that is over', new Date(NOW - 1000).toUTCString(), undefined],
    ['what is no time', '-1', undefined],
    ['a word', 'soon', undefined],
  ])('says how long to wait: %s', async (_what, header, ms) => {
    const { url } = await webServer((_request, response) => response.writeHead(429, { 'retry-after': header }).end());
    const error = (await failureOf(client().get(url))) as HttpError;
    expect(error.retryAfter).toBe(ms);
    expect(classify(error, NOW)).toEqual(ms === undefined ? { class: 'transient' } : { class: 'transient', retryAt: NOW + ms });
  });

  test('does not wait for the end of a body that never comes', async () => {
    const { url } = await webServer((_request, response) => void response.writeHead(500).write('x'.repeat(100_000)));
    expect(await failureOf(client().get(url))).toMatchObject({ status: 500 });
  });
});

describe('redirects', () => {
  /** `/0` leads to `/1` and so on; from `/n` on there is an answer. */
  const chain = (length: number, status = 302) =>
    webServer((request, response) => {
      const at = Number(request.url!.slice(1));
      if (at >= length) response.end('there');
      else response.writeHead(status, { location: `/${at + 1}` }).end();
    });

  test('are followed five times', async () => {
    const { url } = await chain(5);
    expect(await client().get(`${url}/0`)).toMatchObject({ url: `${url}/5`, status: 200 });
  });

  test('are not followed a sixth time', async () => {
    const { url, seen } = await chain(6);
    const error = await failureOf(client().get(`${url}/0`));
    expect(error).toMatchObject({ name: 'BadRequest', message: `GET ${url}/0 was redirected more than 5 times, at last to ${url}/6` });
    expect(seen).toHaveLength(6);
  });

  test.each([
    [301, 'GET', ''], [302, 'GET', ''], [303, 'GET', ''], [307, 'POST', 'a=1'], [308, 'POST', 'a=1'],
  ])('%d sends a POST on as %s', async (status, method, body) => {
    const { url, seen } = await chain(1, status);
    await client().request(`${url}/0`, { body: 'a=1', headers: { 'content-type': 'text/plain' } });
    expect(seen[1]).toMatchObject({ method, body });
    expect(seen[1]!.headers['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  test('take keys along within an origin, and not to another one', async () => {
    const other = await webServer((_request, response) => response.end('there'));
    const { url, seen } = await webServer((request, response) => response.writeHead(302, { location: request.url === '/0' ? '/1' : `${other.url}/2` }).end());
    const keys = { authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'x' };
    await client().get(`${url}/0`, { headers: { ...keys, accept: 'text/plain', range: 'bytes=0-9', 'user-agent': 'me' } });
    expect(seen[1]!.headers).toMatchObject(keys);
    expect(other.seen[0]!.headers).toMatchObject({ accept: 'text/plain', range: 'bytes=0-9', 'user-agent': 'me' });
    for (const name of Object.keys(keys)) expect(other.seen[0]!.headers).not.toHaveProperty(name);
  });

  test.each(['file:///etc/passwd', 'http://[nowhere'])('to %s are refused', async (location) => {
    const { url } = await webServer((_request, response) => response.writeHead(302, { location }).end());
    expect(await failureOf(client().get(url))).toMatchObject({ name: 'BadRequest', message: expect.stringContaining('which is not of the web') });
  });

  test('are followed without waiting for the end of their body, and the connection is given back', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await webServer((request, response) => {
      if (request.url === '/1') return response.end('there');
      request.socket.on('close', () => closed.resolve());
      response.writeHead(302, { location: '/1' }).write('moved');
    });
    expect(await client().text(`${url}/0`)).toBe('there');
    await closed.promise;
  });

  test('without a place to go are a status', async () => {
    const { url } = await webServer((_request, response) => response.writeHead(302).end());
    expect(await failureOf(client().get(url))).toMatchObject({ status: 302 });
  });
});

describe('size', () => {
  test('above the limit is refused while it comes, however it is packed', async () => {
    const bomb = gzipSync(Buffer.alloc(3_000_000));
    const { url } = await webServer((_request, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
    expect(bomb.length).toBeLessThan(10_000);
    const error = await failureOf(client().get(`${url}/a`, { maxBytes: 1_000_000 }));
    expect(error).toMatchObject({ name: 'ResponseTooLarge', message: `GET ${url}/a answered more than 1000000 bytes; allow more by { maxBytes }` });
    expect(classify(error, NOW)).toEqual({ class: 'item_specific' });
    expect((await client().get(url, { maxBytes: 3_000_000 })).bytes).toHaveLength(3_000_000);
  });

  test.each<[string, () => Transform]>([['gzip', () => createGzip()], ['br', () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })], ['zstd', () => createZstdCompress()]])(
    'of a gigabyte of zeros in %s is cut at the limit, and takes no memory',
    async (encoding, pack) => {
      const bomb = await bombOf(pack());
      const { url } = await webServer((_request, response) => response.setHeader('content-encoding', encoding).end(bomb));
      const before = process.memoryUsage.rss();
      expect(await failureOf(client().get(url))).toMatchObject({ name: 'ResponseTooLarge' });
      expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20);
    },
  );

  test('counts what comes, too: packed data that unpacks to nothing ends', async () => {
    const empty = gzipSync('');
    const closed = Promise.withResolvers<void>();
    const { url } = await webServer((request, response) => {
      response.setHeader('content-encoding', 'gzip');
      request.socket.on('close', () => closed.resolve());
      const more = () => {
        while (!response.destroyed && response.write(Buffer.concat(Array(1000).fill(empty))));
      };
      response.on('drain', more);
      more();
    });
    expect(await failureOf(client().get(url, { maxBytes: 100_000 }))).toMatchObject({ name: 'ResponseTooLarge' });
    await closed.promise;
  });

  test('that is announced is refused before it comes', async () => {
    const { url } = await webServer((_request, response) => void response.setHeader('content-length', 20 * 2 ** 20).flushHeaders());
    expect(await failureOf(client().get(url))).toMatchObject({ name: 'ResponseTooLarge' });
    expect((await client().request(url, { method: 'HEAD' })).status).toBe(200);
  });

  test('is 10 MB at most, unless said otherwise; the rest is not waited for', async () => {
    const { url } = await webServer((_request, response) => void response.write(Buffer.alloc(10 * 2 ** 20 + 1)));
    expect(await failureOf(client().get(url))).toMatchObject({ name: 'ResponseTooLarge' });
  });
});

describe('time', () => {
  test.each([
    ['before it answers', () => {}],
    ['within its body', (response: { write(text: string): void }) => response.write('some')],
  ])('is over after 30 s for a server that stops %s', async (_what, begin) => {
    const { clock, get } = client();
    const asked = Promise.withResolvers<void>();
    const { url } = await webServer((_request, response) => (begin(response), asked.resolve()));
    const failing = failureOf(get(`${url}/a`));
    await asked.promise;
    clock.advance(29_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    const error = await failing;
    expect(error).toMatchObject({ name: 'HttpTimeout', message: `GET ${url}/a took longer than 30s; give it more by { timeout: "2m" }` });
    expect(classify(error, NOW)).toEqual({ class: 'transient' });
    expect(clock.pending).toBe(0);
  });

  test('may be given as text or ms; for all redirects together', async () => {
    const { clock, get } = client();
    const asked = Promise.withResolvers<void>();
    const { url } = await webServer((request, response) => {
      if (request.url === '/1') return asked.resolve();
      clock.advance(600);
      response.writeHead(302, { location: '/1' }).end();
    });
    const failing = failureOf(get(`${url}/0`, { timeout: '1s' }));
    await asked.promise;
    clock.advance(400);
    expect(await failing).toMatchObject({ name: 'HttpTimeout', message: expect.stringContaining('took longer than 1s') });
    expect(await failureOf(get(url, { timeout: 'soon' }))).toMatchObject({ name: 'TypeError', message: expect.stringContaining('the timeout "soon" is no duration') });
  });

  test('leaves no timer behind after an answer', async () => {
    const { clock, get } = client();
    const { url } = await webServer((_request, response) => response.end('ok'));
    await get(url);
    expect(clock.pending).toBe(0);
  });
});

describe('an abort', () => {
  test.each([
    ['before it answers', () => {}],
    ['within its body', (response: { write(text: string): void }) => response.write('some')],
  ])('ends a request %s, with its reason', async (_what, begin) => {
    const controller = new AbortController();
    const asked = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const { url } = await webServer((request, response) => {
      request.socket.on('close', () => closed.resolve());
      begin(response);
      asked.resolve();
    });
    const failing = failureOf(client(controller.signal).get(url));
    await asked.promise;
    const reason = new Error('the stage stops');
    controller.abort(reason);
    expect(await failing).toBe(reason);
    await closed.promise;
  });

  test('that came before keeps the request from being made', async () => {
    const { url, seen } = await webServer((_request, response) => response.end('ok'));
    const reason = new Error('the stage stops');
    expect(await failureOf(client(AbortSignal.abort(reason)).get(url))).toBe(reason);
    expect(seen).toEqual([]);
  });
});

describe('no answer', () => {
  test('is a NetworkError with the code of what happened', async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    const hungUp = await failureOf(client().get(url));
    expect(hungUp).toMatchObject({ name: 'NetworkError', code: 'UND_ERR_SOCKET', message: expect.stringMatching(`^GET ${url}/ failed: UND_ERR_SOCKET `) });
    await new Promise((resolve) => server.close(resolve));
    const refused = await failureOf(client().get(url));
    expect(refused).toMatchObject({ name: 'NetworkError', code: 'ECONNREFUSED', message: expect.stringMatching(`^GET ${url}/ failed: ECONNREFUSED`) });
    expect(classify(hungUp, NOW)).toEqual({ class: 'transient' });
    // Of this machine: waiting does not start it.
    expect(classify(refused, NOW)).toEqual({ class: 'systemic' });
  });

  test('within a body is one, too', async () => {
    const { url } = await webServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('some');
      setImmediate(() => response.destroy());
    });
    expect(await failureOf(client().get(url))).toMatchObject({ name: 'NetworkError' });
  });
});

test('no message holds the user, the password or the query of an address', async () => {
  const secret = 'hunter2';
  const { url } = await webServer((request, response) => {
    if (request.url!.startsWith('/moved')) return response.writeHead(302, { location: `file:///a?${secret}` }).end();
    if (request.url!.startsWith('/loop')) return response.writeHead(302, { location: request.url! }).end();
    if (request.url!.startsWith('/hang')) return response.destroy();
    if (request.url!.startsWith('/text')) return response.end('text');
    response.writeHead(500).end();
  });
  const http = client();
  const address = (path: string) => `${url.replace('http://', `http://ann:${secret}@`)}/${path}?key=${secret}#${secret}`;
  const failures = await Promise.all([
    ...['moved', 'loop', 'hang', 'wrong'].map((path) => failureOf(http.get(address(path)))),
    failureOf(http.json(address('text'))),
    failureOf(http.get(address('text'), { maxBytes: 1 })),
    failureOf(http.get(`ftp://ann:${secret}@a.example/?key=${secret}`)),
  ]);
  expect(failures.map(({ name }) => name)).toEqual(['BadRequest', 'BadRequest', 'NetworkError', 'HttpError', 'UnreadableResponse', 'ResponseTooLarge', 'BadRequest']);
  for (const error of failures) expect(`${error.message} ${String((error as HttpError).url)}`).not.toContain(secret);
  expect(failures[3]!.message).toBe(`GET ${url}/wrong?… answered 500`);
});

test('ctx.http stops with its attempt, which is nobody’s fault', async () => {
  const asked = Promise.withResolvers<void>();
  const { url } = await webServer(() => asked.resolve());
  const at = handlersIn({ 'handlers/job.ts': handlerOf('return ctx.http.text(item.url);') }, { work: [] });
  await at.prepare('work');
  const controller = new AbortController();
  const running = at.run('work', { item: { url } }, () => controller.signal);
  await asked.promise;
  controller.abort(new Error('the stage stops'));
  expect((await running).outcome).toEqual({ kind: 'interrupted' });
});

async function bombOf(pack: Transform): Promise<Buffer> {
  const zeros = Buffer.alloc(2 ** 24);
  const packed = pack.toArray() as Promise<Buffer[]>;
  for (let i = 0; i < 64; i++) if (!pack.write(zeros)) await once(pack, 'drain');
  pack.end();
  return Buffer.concat(await packed);
}
