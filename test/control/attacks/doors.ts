/** Attacks on who may talk at all: other names, other pages, other secrets, other paths. */
import { randomBytes } from 'node:crypto';
import { inRounds, Tally, type Attack } from './attack.ts';
import { bearer, exchange, ownHost, request, status, statusOf, upgrade } from './raw.ts';

const REFUSED = [400, 403];
/** `P` stands for the port. */
const HOSTS = [
  'evil.example', 'evil.example:P', '127.0.0.1', 'localhost', '127.0.0.1:1', '127.0.0.1:P0', '127.0.0.1:0P', 'LOCALHOST:P', 'localhost.:P', 'localhost6:P', 'localhost.localdomain:P', '127.1:P', '127.0.0.2:P',
  '127.0.0.1.:P', '127.0.0.1.nip.io:P', '0x7f.0.0.1:P', '2130706433:P', '017700000001:P', '0.0.0.0:P', '0:P', '[::1]:P', '[::ffff:127.0.0.1]:P', 'a.localhost:P', 'jobs.localhost.evil.example:P', 'xjobs.localhost:P',
  'user@127.0.0.1:P', '127.0.0.1:P@evil.example', '127.0.0.1:P/', 'localhost:P,evil.example', 'evil.example,localhost:P', 'localhost:P#', '%6cocalhost:P', 'ｌocalhost:P', '127。0。0。1:P', '*', 'null', ':P',
];
/** Of pages elsewhere; `P` stands for the port. */
const ORIGINS = [
  'null', 'http://evil.example', 'http://evil.example:P', 'https://127.0.0.1:P', 'http://localhost:P', 'http://127.0.0.1:P.evil.example', 'http://127.0.0.1:P/', 'http://127.0.0.1', 'http://127.0.0.1:1', 'http://127.0.0.2:P',
  'http://[::1]:P', 'HTTP://127.0.0.1:P', 'http://user@127.0.0.1:P', 'file://', 'chrome-extension://abc', 'data:', 'about:blank', 'http://jobs.localhost:P', '', 'http://127.0.0.1:P http://evil.example', 'http://127.0.0.1:P,null',
];
const PAGES = ['GET /', 'GET /session', 'POST /code', 'POST /items', 'GET /add'];

export const doors: readonly Attack[] = [
  inRounds({
    name: 'a name that an attacker makes resolve to this machine (DNS rebinding), as Host, with the token',
    quick: 1,
    full: 20,
    outcome: 'refused before its path is looked at',
    async round({ port, token }, tally, n) {
      for (const host of HOSTS.map((name) => name.replace('P', String(port)))) {
        for (const page of PAGES.slice(n % PAGES.length).slice(0, 2)) tally.note(`${page} under Host ${host}`, REFUSED.includes(await status(port, page, `Host: ${host}`, bearer(token))));
        tally.note(`upgrade under Host ${host}`, REFUSED.includes(statusOf(await exchange(port, upgrade(`Host: ${host}`, bearer(token))))));
      }
    },
  }),
  inRounds({
    name: 'a page of another origin, or of none (`null`), with the token',
    quick: 1,
    full: 20,
    outcome: 'refused with 403',
    async round({ port, token }, tally) {
      for (const origin of ORIGINS.map((name) => name.replace('P', String(port)))) {
        tally.note(`POST from ${origin}`, (await status(port, 'POST /items', ownHost(port), `Origin: ${origin}`, bearer(token), 'Content-Length: 0')) === 403);
        tally.note(`upgrade from ${origin}`, statusOf(await exchange(port, upgrade(ownHost(port), `Origin: ${origin}`, bearer(token)))) === 403);
      }
      for (const site of ['cross-site', 'same-site', 'other']) tally.note(`Sec-Fetch-Site ${site}`, (await status(port, 'POST /items', ownHost(port), `Sec-Fetch-Site: ${site}`, bearer(token), 'Content-Length: 0')) === 403);
    },
  }),
  {
    name: 'secrets that are guessed, cut short, lengthened, or sent where another belongs',
    quick: 5,
    full: 2_000,
    async run({ port, token }, times) {
      const tally = new Tally();
      const near = ['', token.slice(0, -1), `${token}A`, token.toLowerCase(), token.toUpperCase(), 'null', 'undefined', 'Bearer', `${token} ${token}`, `${token},x`];
      const guesses = Array.from({ length: times }, () => randomBytes(32).toString('base64url'));
      for (const guess of [...near.filter((text) => text !== token), ...guesses]) {
        tally.note(`bearer ${guess}`, statusOf(await exchange(port, upgrade(ownHost(port), bearer(guess)))) === 401);
        tally.note(`cookie ${guess}`, statusOf(await exchange(port, upgrade(ownHost(port), `Origin: http://127.0.0.1:${port}`, `Cookie: rivus_${port}=${guess}`))) === 401);
      }
      tally.note('the token as a cookie', statusOf(await exchange(port, upgrade(ownHost(port), `Origin: http://127.0.0.1:${port}`, `Cookie: rivus_${port}=${token}`))) === 401);
      tally.note('the token in the address', statusOf(await exchange(port, request(`GET /ws?token=${token} HTTP/1.1`, ownHost(port), 'Connection: close'))) === 404);
      return tally.outcome('refused with 401');
    },
  },
  inRounds({
    name: 'a link used by several at the same moment, and again',
    quick: 2,
    full: 100,
    outcome: 'one is signed in, the others are told to ask for another link',
    async round({ port, link }, tally) {
      const body = JSON.stringify({ code: /#c=(.+)$/.exec(await link())![1] });
      const sign = () => exchange(port, `${request('POST /session HTTP/1.1', ownHost(port), `Content-Length: ${body.length}`, 'Content-Type: application/json', 'Connection: close')}${body}`);
      const answers = (await Promise.all(Array.from({ length: 8 }, sign))).map(statusOf);
      tally.note(`one link, eight browsers: ${answers.join(' ')}`, answers.filter((code) => code === 204).length === 1 && answers.filter((code) => code === 401).length === 7);
      tally.note('the link once more', statusOf(await sign()) === 401);
    },
  }),
  inRounds({
    name: 'paths that lead out of the folder, in 14 spellings',
    quick: 1,
    full: 20,
    outcome: '404, or 400 where it is no address: no path of a request reaches the file system',
    async round({ port }, tally, n) {
      const ups = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..%5c', '..\\', '%252e%252e%252f', '..%c0%af', '..;/', '....//', '.%00./', '%uff0e%uff0e/', '..%00/', '/./../'];
      const goals = ['etc/passwd', 'runner.token', 'data/runner.token', 'jobs.yaml', 'package.json', 'rivus.db'];
      for (const up of ups) {
        for (const goal of goals) {
          for (const base of ['/', '/assets/', '/artifact/', '/assets/../']) {
            const answer = await exchange(port, request(`GET ${base}${up.repeat(1 + (n % 6))}${goal} HTTP/1.1`, ownHost(port), 'Connection: close'));
            tally.note(`${base}${up}${goal}: ${answer.slice(0, 40)}`, [400, 401, 404].includes(statusOf(answer)) && !/root:|"dependencies"|SQLite format/.test(answer));
          }
        }
      }
    },
  }),
  inRounds({
    name: 'HTTP that proxies and servers read differently, or that is none',
    quick: 1,
    full: 50,
    outcome: 'refused, and the connection ended',
    async round({ port, token }, tally, n) {
      const host = ownHost(port);
      const broken = [
        request('POST /items HTTP/1.1', host, bearer(token), 'Content-Length: 5', 'Transfer-Encoding: chunked'), request('POST /items HTTP/1.1', host, bearer(token), 'Content-Length: 5', 'Content-Length: 6'),
        request('POST /items HTTP/1.1', host, bearer(token), 'Transfer-Encoding: chunked, identity'), request('GET / HTTP/1.1', host, 'X: a\r\n b'), request('GET / HTTP/1.1', host, `X: ${'x'.repeat(20_000)}`), request('GET / HTTP/9.9', host),
        request(`GET ${'/a'.repeat(10_000)} HTTP/1.1`, host), request('G\0T / HTTP/1.1', host), request('GET / HTTP/1.1', 'Host : x'), request('CONNECT evil.example:443 HTTP/1.1', host), request('TRACE / HTTP/1.1', host), request('PUT /items HTTP/1.1', host), 'GET /\r\n\r\n',
        '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\0'.repeat(5_000), `${request('POST /session HTTP/1.1', host, 'Content-Length: 9', 'Connection: close')}{"code":1`, `${request('POST /session HTTP/1.1', host, 'Content-Length: 3', 'Connection: close')}nul`,
      ];
      for (const text of broken) {
        const code = statusOf(await exchange(port, Buffer.from(text.replace(/\r\n\r\n$/, text.includes('Connection:') ? '\r\n\r\n' : '\r\nConnection: close\r\n\r\n'), 'latin1')));
        tally.note(`${JSON.stringify(text.slice(0, 60))} was answered with ${code}`, code === 0 || code >= 400);
      }
    },
  }),
];
