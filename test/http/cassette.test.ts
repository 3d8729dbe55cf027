import fs from 'node:fs';
import path from 'node:path';
import { handler, stage, z } from 'rivus';
import { runStage } from 'rivus/test';
import { afterEach, describe, expect, test } from 'vitest';
import { Cassette, type CassetteMode } from '../../runtime/http/cassette.ts';
import { cassettesOf } from '../../runtime/http/cassettes.ts';
import { classify } from '../support/doctor.ts';
import { ManualClock, NOW } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { tempFolder } from '../support/temp.ts';
import { webServer } from '../support/web.ts';

const { signal } = new AbortController();

/** A client whose answers lie in `tape.yaml` of a new folder. */
function tape(folder = tempFolder({})) {
  const file = path.join(folder, 'tape.yaml');
  const client = (mode: CassetteMode, secrets: string[] = []) => {
    const cassette = new Cassette(file, mode, secrets);
    return localWeb(new ManualClock(), { cassette: () => cassette }).of('watch', () => signal);
  };
  return { file, client, text: () => fs.readFileSync(file, 'utf8') };
}

test('what was recorded is replayed: redirects, statuses, headers, bytes and text, without a request', async () => {
  const noise = Buffer.from([0xff, 0x00, 0xfe]);
  const { url, seen } = await webServer((request, response) => {
    if (request.url === '/0') return response.writeHead(302, { location: '/page' }).end();
    if (request.url === '/page') return response.setHeader('content-type', 'text/html').setHeader('x-total', '2').end('<p>\n  naïve\n');
    if (request.url === '/bytes') return response.end(noise);
    return response.writeHead(404).end('no such page');
  });
  const { client } = tape();
  const hear = async (mode: CassetteMode) => {
    const http = client(mode);
    const page = await http.get(`${url}/0`);
    const lost = await http.get(`${url}/lost`).catch((error: Error) => error.message);
    return { url: page.url, text: page.text(), total: page.headers.get('x-total'), bytes: [...(await http.get(`${url}/bytes`)).bytes], lost };
  };
  const recorded = await hear('record');
  expect(recorded).toEqual({ url: `${url}/page`, text: '<p>\n  naïve\n', total: '2', bytes: [...noise], lost: `GET ${url}/lost answered 404: no such page` });
  const requests = seen.length;
  expect(await hear('replay')).toEqual(recorded);
  expect(seen).toHaveLength(requests);
});

test('a second answer to the same request is the second one in the replay, and the last one stays', async () => {
  let count = 0;
  const { url } = await webServer((_request, response) => response.end(String(++count)));
  const { client } = tape();
  const recording = client('record');
  for (const n of ['1', '2']) expect(await recording.text(url)).toBe(n);
  const replay = client('replay');
  expect([await replay.text(url), await replay.text(url), await replay.text(url)]).toEqual(['1', '2', '2']);
});

test('what is not there fails, with the nearest that is', async () => {
  const { url } = await webServer((_request, response) => response.end('ok'));
  const { client } = tape();
  const recording = client('record');
  for (const place of ['feed/one', 'other']) await recording.get(`${url}/${place}`);
  await recording.request(`${url}/form`, { body: 'a=1' });
  const error = await client('replay').get(`${url}/feed/two`).catch((error: Error) => error);
  expect(error).toMatchObject({ name: 'CassetteMiss', message: expect.stringContaining(`has no GET ${url}/feed/two; the nearest is GET ${url}/feed/one; RIVUS_CASSETTE=record records it anew`) });
  expect(classify(error, NOW)).toEqual({ class: 'item_specific' });
  await expect(client('replay').request(`${url}/form`, { body: 'a=2' })).rejects.toThrow('it has it with another body');
  await expect(tape().client('replay').get(url)).rejects.toThrow('it is empty');
});

test('auto asks only for what is missing, and adds it', async () => {
  const { url, seen } = await webServer((request, response) => response.end(request.url));
  const { client } = tape();
  await client('auto').get(`${url}/a`);
  const http = client('auto');
  expect([await http.text(`${url}/a`), await http.text(`${url}/b`)]).toEqual(['/a', '/b']);
  expect(seen.map(({ url }) => url)).toEqual(['/a', '/b']);
  expect(await client('replay').text(`${url}/b`)).toBe('/b');
});

test('no secret is in the file, even when the server repeats it, and the replay finds its answers', async () => {
  const { url } = await webServer((request, response) => {
    response.setHeader('set-cookie', 'session=secret-4').setHeader('x-auth-token', 'secret-5').setHeader('x-next', '/a?access_token=secret-1');
    if (request.url!.startsWith('/0')) return response.writeHead(302, { location: '/echo?api_key=secret-1&page=2' }).end();
    return response.end(JSON.stringify({ headers: request.headers, url: request.url, known: 'secret-6' }));
  });
  const { client, text } = tape();
  const ask = (mode: CassetteMode) =>
    client(mode, ['secret-6']).get(`${url.replace('//', '//ann:secret-7@')}/0?api_key=secret-1`, { headers: { authorization: 'Bearer secret-2', cookie: 'id=secret-3; theme=dark', 'x-api-key': 'secret-8' } });
  await ask('record');
  expect(text()).not.toMatch(/secret-/);
  expect(text()).toContain('api_key=REDACTED&page=2');
  expect((await ask('replay')).json()).toMatchObject({ url: '/echo?api_key=REDACTED&page=2', known: 'REDACTED' });
});

test('the file can be read, and changed by hand', async () => {
  const { url } = await webServer((_request, response) => response.setHeader('content-type', 'text/plain').end('one\ntwo\n'));
  const { client, file, text } = tape();
  await client('record').get(`${url}/a`);
  expect(text()).toBe(`# What the web answered. RIVUS_CASSETTE=record writes it anew; keys and logins are struck out.

- request: GET ${url}/a
  status: 200
  headers:
    content-type: text/plain
  text: |
    one
    two
`);
  fs.writeFileSync(file, text().replace('two', 'three'));
  expect(await client('replay').text(`${url}/a`)).toBe('one\nthree\n');
  fs.writeFileSync(file, '[oops');
  await expect(client('replay').text(url)).rejects.toThrow(/the cassette .*tape\.yaml cannot be read/);
});

describe('where they come from', () => {
  const before = process.env.RIVUS_CASSETTE;
  afterEach(() => {
    if (before === undefined) delete process.env.RIVUS_CASSETTE;
    else process.env.RIVUS_CASSETTE = before;
  });

  test('runStage replays the one that it is given, and records it when the environment says so', async () => {
    const { url, seen } = await webServer((_request, response) => response.end('a page'));
    const work = stage({ run: async ({ item, ctx }) => ({ text: await ctx.http.text(item.url, { headers: { authorization: ctx.secret('KEY') } }) }) });
    const job = handler({ item: z.object({ url: z.url() }), stages: { work } });
    const cassette = path.join(tempFolder({}), 'deep', 'page.yaml');
    const run = () => runStage(job, 'work', { item: { url }, env: { KEY: 'secret-1' }, cassette });
    delete process.env.RIVUS_CASSETTE;
    expect((await run()).outcome).toMatchObject({ kind: 'failed', error: { name: 'CassetteMiss' } });
    process.env.RIVUS_CASSETTE = 'record';
    expect((await run()).output).toEqual({ text: 'a page' });
    delete process.env.RIVUS_CASSETTE;
    expect((await run()).output).toEqual({ text: 'a page' });
    expect(seen).toHaveLength(1);
  });

  test('a runner has one per job, in the folder that the environment names', async () => {
    const { url } = await webServer((_request, response) => response.end('token-of-env'));
    const root = tempFolder({});
    const env = { RIVUS_CASSETTE: 'record', RIVUS_CASSETTES: 'tapes', SOME_TOKEN: 'token-of-env' };
    const web = localWeb(new ManualClock(), { cassette: cassettesOf(env, root)! });
    await web.of('one', () => signal).get(url);
    await web.of('two', () => signal).get(url);
    expect(fs.readdirSync(path.join(root, 'tapes'))).toEqual(['one.yaml', 'two.yaml']);
    expect(fs.readFileSync(path.join(root, 'tapes/one.yaml'), 'utf8')).not.toContain('token-of-env');
    expect(cassettesOf({}, root)).toBeUndefined();
    expect(() => cassettesOf({ RIVUS_CASSETTE: 'rewind' }, root)).toThrow('RIVUS_CASSETTE is "rewind"; it must be record, replay, auto');
  });
});
