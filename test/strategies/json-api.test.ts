import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { strategies } from '../../actors/strategies/index.ts';
import { realClock } from '../../runtime/clock.ts';
import { DEFAULT_HTTP } from '../../runtime/config/http.ts';
import { createWeb } from '../../runtime/http/web.ts';
import { sharedFiles } from '../support/shared-data.ts';
import { poll, worldOf, type World } from '../support/sources.ts';
import { webServer } from '../support/web.ts';

type Reply = { status?: number; headers?: Record<string, string>; body: unknown };
type Answering = (asked: { url: URL; body: any; headers: IncomingMessage['headers'] }) => Reply;

/** An API that answers as a test says, and a job that looks at `place` of it. */
async function watching(answer: Answering, options: Record<string, unknown> = {}, place = '/items') {
  const server = await webServer((request, response) => {
    const { body = '' } = server.seen.at(-1) ?? {};
    const { status = 200, headers = {}, body: reply } = answer({ url: new URL(request.url!, server.url), body: body === '' ? undefined : JSON.parse(body), headers: request.headers });
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof reply === 'string' ? reply : JSON.stringify(reply));
  });
  const world = worldOf({
    strategy: strategies.json_api,
    options: { url: `${server.url}${place}`, items: '$.items[*]', key: '$.id', ...options },
    // Nothing private is allowed: an address in jobs.yaml is the operator's own.
    web: createWeb({ clock: realClock, spec: () => DEFAULT_HTTP }),
  });
  return Object.assign(world, { server, asked: () => server.seen.splice(0).map(({ url }) => url), look: () => look(world) });
}

async function look(world: World) {
  const found = await poll(world);
  world.cursor = found.cursors.at(-1) ?? world.cursor;
  return found.candidates;
}

/** What a failed look has found and stored before it failed, and what it says. */
async function failing(world: World): Promise<{ keys: string[]; message: string }> {
  const keys: string[] = [];
  try {
    for await (const step of world.sources.poll(world.job, new AbortController().signal)) {
      if ('cursor' in step) world.cursor = JSON.parse(step.cursor);
      else keys.push(step.candidate.key);
    }
  } catch (error) {
    return { keys, message: (error as Error).message };
  }
  return { keys, message: 'it did not fail' };
}

const keys = async (world: { look(): ReturnType<typeof look> }) => (await world.look()).map(({ key }) => key);
const items = (...ids: (number | string)[]) => ids.map((id) => ({ id, name: `Item ${id}` }));
/** Pages of ids; a page is named by `?at=`, and the answer names the next one. */
const pages = (...all: (number | string)[][]): Answering => ({ url }) => {
  const at = Number(url.searchParams.get('at') ?? 0);
  return { body: { items: items(...(all[at] ?? [])), next: at + 1 < all.length ? at + 1 : null } };
};
const CURSOR = { next: { cursor: '$.next', param: 'at' } };

describe('entries', () => {
  const one = { id: 7, name: 'Seven', points: 12, more: { url: 'https://example.com/7' } };

  test('an entry is an item: its key, title, priority, and all of it as data', async () => {
    const { look } = await watching(() => ({ body: { items: [one] } }), { title: '$.name', priority: '-$.points' });
    expect(await look()).toEqual([{ key: '7', title: 'Seven', priority: -12, data: one }]);
  });

  test.each([
    ['a part of it', '$.more', { url: 'https://example.com/7' }],
    ['parts by name', { address: '$.more.url', missing: '$.none' }, { address: 'https://example.com/7', missing: null }],
  ])('or %s', async (_, data, expected) => {
    expect((await (await watching(() => ({ body: { items: [one] } }), { data })).look())[0]!.data).toEqual(expected);
  });

  test('entries may be numbers, in a list', async () => {
    expect(await (await watching(() => ({ body: [3, 1, 2] }), { items: '$[*]', key: '$' })).look()).toMatchObject([{ key: '3', data: 3 }, { key: '1' }, { key: '2' }]);
  });

  test('a long number keeps its digits', async () => {
    expect(await keys(await watching(() => ({ body: '{"items":[{"id":1234567890123456789},{"id":1234567890123456788}]}' })))).toEqual(['1234567890123456789', '1234567890123456788']);
  });

  test('an entry without a key is left out, one that comes twice is one', async () => {
    expect(await keys(await watching(() => ({ body: { items: [...items(1, 1, 2), { name: 'nothing' }, { id: null }, { id: {} }, null] } })))).toEqual(['1', '2']);
  });
});

describe('pages', () => {
  test('a cursor leads from one to the next', async () => {
    const world = await watching(pages([1, 2], [3], [4]), CURSOR);
    expect(await keys(world)).toEqual(['1', '2', '3', '4']);
    expect(world.asked()).toEqual(['/items', '/items?at=1', '/items?at=2']);
  });

  test('in a JSON body, when there is one', async () => {
    const world = await watching(({ body }) => ({ body: { items: items(body.at ?? 0), next: (body.at ?? 0) < 2 ? (body.at ?? 0) + 1 : undefined } }), { ...CURSOR, body: { query: 'x' } });
    expect(await keys(world)).toEqual(['0', '1', '2']);
    expect(world.server.seen.map(({ method, body }) => [method, JSON.parse(body)])).toEqual([['POST', { query: 'x' }], ['POST', { query: 'x', at: 1 }], ['POST', { query: 'x', at: 2 }]]);
  });

  test.each([
    ['numbers, until one is empty', { page: { param: 'p' } }, ['/items?q=x&p=1', '/items?q=x&p=2', '/items?q=x&p=3', '/items?q=x&p=4']],
    ['numbers, until one is not full', { page: { param: 'p', from: 1, size: 2 } }, ['/items?q=x&p=1', '/items?q=x&p=2', '/items?q=x&p=3']],
    ['offsets', { offset: { param: 'start', size: 2 } }, ['/items?q=x&start=0', '/items?q=x&start=2', '/items?q=x&start=4']],
  ])('%s', async (_, next, asked) => {
    const all = [[1, 2], [3, 4], [5]];
    const world = await watching(({ url: { searchParams: at } }) => ({ body: { items: items(...(all[at.has('start') ? Number(at.get('start')) / 2 : Number(at.get('p')) - 1] ?? [])) } }), { next }, '/items?q=x');
    expect(await keys(world)).toEqual(['1', '2', '3', '4', '5']);
    expect(world.asked()).toEqual(asked);
  });

  test('a number behind the last page may be answered with 404', async () => {
    const world = await watching(({ url }) => (url.searchParams.get('p') === '1' ? { body: { items: items(1) } } : { status: 404, body: {} }), { next: { page: { param: 'p' } } });
    expect(await keys(world)).toEqual(['1']);
    expect(await keys(world)).toEqual(['1']);
  });

  test('the Link header', async () => {
    const answer: Answering = ({ url }) => (url.searchParams.has('page') ? { body: { items: items(2) }, headers: { link: '</items>; rel="first"' } } : { body: { items: items(1) }, headers: { link: '</items?x=1>; rel="last", </items?page=2,3>; title="a"; rel="next prev"' } });
    const world = await watching(answer, { next: { link: true } });
    expect(await keys(world)).toEqual(['1', '2']);
    expect(world.asked()).toEqual(['/items', '/items?page=2,3']);
  });

  test('an address in the answer; what the configured one holds is not kept, and sent again', async () => {
    const world = await watching(({ url }) => ({ body: url.searchParams.has('page') ? { items: items(2) } : { items: items(1), next: `${url.origin}/items?page=2&key=hunter2` } }), { next: { url: '$.next' }, max_pages: 1 }, '/items?key=hunter2');
    await world.look();
    expect(JSON.stringify(world.cursor)).not.toMatch(/hunter2/);
    expect(await keys(world)).toEqual(['2']);
    expect(world.asked()).toEqual(['/items?key=hunter2', '/items?page=2&key=hunter2']);
  });

  test('a page on another host is not asked for: the headers are not meant for it', async () => {
    const world = await watching(() => ({ body: { items: items(1), next: 'https://evil.example/items' } }), { next: { url: '$.next' }, headers: { authorization: 'Bearer hunter2' } });
    expect((await failing(world)).message).toMatch(/the next page of \S+\/items is on another host \(evil\.example\), where nothing is asked/);
  });
});

describe('one look after the other', () => {
  test('the next look goes on where this one stopped, and begins anew after the last page', async () => {
    const world = await watching(pages([1], [2], [3]), { ...CURSOR, max_pages: 2 });
    expect(await keys(world)).toEqual(['1', '2']);
    expect(await keys(world)).toEqual(['3']);
    expect(await keys(world)).toEqual(['1', '2']);
  });

  test('after a failure it goes on with the page that failed', async () => {
    let isDown = true;
    const world = await watching((asked) => (asked.url.searchParams.get('at') === '1' && isDown ? { status: 500, body: 'no' } : pages([1], [2], [3])(asked)), CURSOR);
    expect(await failing(world)).toMatchObject({ keys: ['1'], message: expect.stringMatching(/answered 500/) });
    isDown = false;
    expect(await keys(world)).toEqual(['2', '3']);
  });

  test('a cursor that has expired is given up, and the next look begins anew', async () => {
    let expired = true;
    const world = await watching((asked) => (asked.url.searchParams.has('at') && expired ? { status: 410, body: 'gone' } : pages([1], [2])(asked)), CURSOR);
    expect(await failing(world)).toMatchObject({ keys: ['1'], message: expect.stringMatching(/answered 410/) });
    expired = false;
    expect(await keys(world)).toEqual(['1', '2']);
  });

  test('with other options it begins anew', async () => {
    const world = await watching(pages([1], [2]), { ...CURSOR, max_pages: 1 });
    await world.look();
    world.job = { ...world.job, discovery: { ...world.job.discovery, options: { ...world.job.discovery.options, title: '$.name' } } };
    expect(await world.look()).toMatchObject([{ key: '1', title: 'Item 1' }]);
  });

  test('it stops at a page with nothing new, if that is wanted', async () => {
    const all = [[5, 4], [3, 2], [1]];
    const world = await watching((asked) => pages(...all)(asked), { ...CURSOR, stop_at_seen: true });
    expect(await keys(world)).toHaveLength(5);
    world.asked();
    await world.look();
    expect(world.asked()).toEqual(['/items']);
    // What is pinned to the top is no reason to stop.
    all.unshift([5, 6]);
    expect(await keys(world)).toEqual(['5', '6', '5', '4']);
    expect(world.asked()).toEqual(['/items', '/items?at=1']);
    await world.look();
    expect(world.asked()).toEqual(['/items']);
  });
});

describe('what goes wrong', () => {
  test('a cursor that comes twice ends the look, and the next one begins anew', async () => {
    const world = await watching(({ url }) => ({ body: { items: items(Number(url.searchParams.get('at') ?? 0)), next: url.searchParams.get('at') === '2' ? 1 : Number(url.searchParams.get('at') ?? 0) + 1 } }), CURSOR);
    expect(await failing(world)).toEqual({ keys: ['0', '1', '2'], message: expect.stringMatching(/\/items: the API leads back to a page that it gave before/) });
    expect((await failing(world)).keys).toEqual(['0', '1', '2']);
  });

  test('so does an API that does not know the parameter', async () => {
    const world = await watching(() => ({ body: { items: items(1, 2) } }), { next: { page: { param: 'pege' } } });
    expect(await failing(world)).toMatchObject({ message: expect.stringMatching(/a page holds the same entries as the one before it; does the API know what `next` tells it\?/) });
  });

  test.each([
    ['nothing stands where the entries should be', { hits: [] }, {}, /\/items has nothing at items "\$\.items\[\*\]": its answer is an object with hits$/],
    ['no entry has a key', { items: [{ uid: 1, name: 'a' }] }, {}, /\/items: no entry has a text or a number at key "\$\.id"; the first is an object with uid, name$/],
    ['the answer is no JSON', '<html>please log in', {}, /\/items answered with something that is no JSON: "<html>please log in"$/],
  ])('%s, and that is said', async (_, body, options, message) => {
    expect((await failing(await watching(() => ({ body }), options))).message).toMatch(message);
  });

  test('an empty list is no mistake, nor a missing one once there were entries', async () => {
    let body: object = { items: [] };
    const world = await watching(() => ({ body }));
    expect(await keys(world)).toEqual([]);
    body = { items: items(1) };
    expect(await keys(world)).toEqual(['1']);
    body = {};
    expect(await keys(world)).toEqual([]);
  });

  test('secrets stay out of messages and out of what is kept', async () => {
    const world = await watching(({ url }) => (url.searchParams.has('at') ? { status: 500, body: 'no' } : { body: { items: items(1), next: 2 } }), { ...CURSOR, headers: { authorization: 'Bearer ${TOKEN:-hunter2}' } }, '/items?key=hunter2');
    const { message } = await failing(world);
    expect(world.server.seen[0]!.headers.authorization).toBe('Bearer hunter2');
    expect(message).toMatch(/answered 500/);
    expect(`${message} ${JSON.stringify(world.cursor)}`).not.toMatch(/hunter2/);
  });

  test.each([
    [{ items: 'items[*]' }, /is no JSONPath: it begins with/],
    [{ key: '$.[' }, /is no JSONPath: \S+\[\S+ is not expected there \(character 3\)/],
    [{ key: '$.a[' }, /is no JSONPath: something is missing at its end/],
    [{ url: 'example.com/items' }, /must be an address that begins with https:/],
    [{ next: { cursor: '$.next' } }, /next/],
    [{ priority: 'points' }, /must be a JSONPath, perhaps with a minus/],
  ])('%j is refused before anything is asked', (wrong, message) => {
    expect(() => strategies.json_api.options.parse({ url: 'https://example.com/', items: '$[*]', key: '$.id', ...wrong })).toThrow(message);
  });
});

const recorded = Object.fromEntries(sharedFiles('api').map(({ name, path }) => [name, path]));

describe.skipIf(Object.keys(recorded).length === 0)('APIs of the real world', () => {
  test.each([
    ['hn_algolia_search_page.json', { items: '$.hits[*]', key: '$.objectID', title: '$.title', priority: '-$.points', next: { page: { param: 'page', from: 0 } } }],
    ['reddit_top.json', { items: '$.data.children[*].data', key: '$.name', title: '$.title', next: { cursor: '$.data.after', param: 'after' } }],
    ['github_listReleases_4-r_g_h_releases.json', { items: '$[*]', key: '$.tag_name', title: '$.name', data: { url: '$.html_url' }, next: { link: true } }],
    ['serper_search_0.json', { items: '$.organic[*]', key: '$.link', title: '$.title', body: { q: 'x' }, next: { page: { param: 'page' } } }],
    ['edgar_submissions_CIK0000320193.json', { items: '$.filings.files[*]', key: '$.name' }],
  ])('%s', async (name, options) => {
    const body = fs.readFileSync(recorded[name]!, 'utf8');
    const { look } = await watching(({ url: { searchParams: at }, body: sent }) => ({ body: [...at.keys()].some((key) => key === 'after' || (key === 'page' && at.get('page') !== '0')) || sent?.page > 1 ? '[]' : body }), options);
    const found = await look();
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ key, title }) => key === '' || ('title' in options && !title))).toEqual([]);
  });
});
