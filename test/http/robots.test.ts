import type { RequestListener, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { classify } from '../support/doctor.ts';
import { ManualClock, NOW } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { webServer } from '../support/web.ts';

const { signal: never } = new AbortController();
const DAY = 24 * 3_600_000;

async function host(robots: string | ((response: ServerResponse) => unknown), more: RequestListener = (_request, response) => response.end('a page')) {
  const clock = new ManualClock();
  const server = await webServer((request, response) => {
    if (request.url !== '/robots.txt') more(request, response);
    else if (typeof robots === 'string') response.end(robots);
    else robots(response);
  });
  const web = localWeb(clock, { http: { robots: true } });
  const http = (signal = never) => web.of('watch', () => signal);
  return { ...server, clock, http, asked: () => server.seen.filter(({ url }) => url === '/robots.txt').length };
}

const RULES = 'User-agent: *\nDisallow: /private\n\nUser-agent: rivus\nDisallow: /inner\nAllow: /inner/open\n';

test('what robots.txt allows is fetched, what it does not is refused with its line', async () => {
  const { url, seen, http } = await host(RULES);
  expect(await http().text(`${url}/private/a`)).toBe('a page');
  expect(await http().text(`${url}/inner/open`)).toBe('a page');
  const error = await http().get(`${url}/inner/a?key=secret`).catch((error: Error) => error);
  expect(error).toMatchObject({
    name: 'RobotsRefused',
    message: `${url}/inner/a?… is not fetched: robots.txt of ${new URL(url).host} does not want it, line 5 says "Disallow: /inner"; if its owner lets you, set http: { robots: false } for the job in jobs.yaml`,
  });
  expect(classify(error, NOW)).toEqual({ class: 'item_specific' });
  expect(seen.map(({ url }) => url)).toEqual(['/robots.txt', '/private/a', '/inner/open']);
});

test('a request may say otherwise than the job', async () => {
  const { url, http, asked } = await host(RULES);
  expect(await http().text(`${url}/inner/a`, { robots: false })).toBe('a page');
  expect(asked()).toBe(0);
});

test('where a redirect leads is held against it, too', async () => {
  const { url, http } = await host(RULES, (request, response) => response.writeHead(302, { location: '/inner/a' }).end());
  await expect(http().get(url)).rejects.toMatchObject({ name: 'RobotsRefused' });
});

test('it is asked for once a day, however many wait for it, and not given up with the first of them', async () => {
  const answer = Promise.withResolvers<ServerResponse>();
  const { url, clock, http, asked } = await host((response) => (asked() === 1 ? answer.resolve(response) : response.end(RULES)));
  const stop = new AbortController();
  const first = http(stop.signal).get(url);
  const others = [1, 2, 3].map((n) => http().text(`${url}/${n}`));
  const response = await answer.promise;
  stop.abort(new Error('the stage stops'));
  await expect(first).rejects.toThrow('the stage stops');
  response.end(RULES);
  expect(await Promise.all(others)).toEqual(Array(3).fill('a page'));
  clock.advance(DAY - 1);
  await http().get(url);
  expect(asked()).toBe(1);
  clock.advance(1);
  await http().get(url);
  expect(asked()).toBe(2);
});

describe('a host', () => {
  test.each([[404], [403], [410]])('that answers %i has none, and allows everything', async (status) => {
    const { url, http } = await host((response) => response.writeHead(status).end('no'));
    expect(await http().text(`${url}/inner`)).toBe('a page');
  });

  test('that cannot answer now is left alone, and asked again after five minutes', async () => {
    const { url, clock, http, seen } = await host((response) => (seen.length === 1 ? response.writeHead(500).end('down') : response.end('')));
    const error = await http().get(`${url}/a`).catch((error: Error) => error);
    expect((error as Error).message).toContain('cannot be read, so nothing is fetched from there for now');
    expect(classify(error, NOW)).toEqual({ class: 'transient' });
    await expect(http().get(`${url}/b`)).rejects.toThrow('cannot be read');
    expect(seen).toHaveLength(1);
    clock.advance(300_000);
    expect(await http().text(`${url}/a`)).toBe('a page');
  });

  test('that wants a delay between requests gets it', async () => {
    const { url, clock, http, seen } = await host('User-agent: *\nCrawl-delay: 2');
    const page = http().get(url);
    while (seen.length === 0 || clock.pending !== 1) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toHaveLength(1);
    clock.advance(1);
    await page;
    expect(seen).toHaveLength(2);
  });
});
