/** Artifacts over HTTP: only what belongs to the item, only to who may see it, and never as something that runs. */
import { expect, test } from 'vitest';
import { createArtifacts } from '../../runtime/artifacts.ts';
import { codeOf, cookieOf, head, raw, signIn, statusOf, tokenIn } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import { jobSpec } from '../support/store.ts';
import { unlinkSync } from 'node:fs';
import path from 'node:path';

async function shelf() {
  const { run, url, data } = await operated({ jobs: [jobSpec('papers', { fetch: [] })] });
  await run.add('papers', 'a', 'b');
  const store = createArtifacts(data);
  const write = async (item: number, name: string, text: string | Uint8Array, media?: string) => {
    const { hash, bytes, media: kind } = await store.write(name, text, media);
    run.db.prepare('INSERT INTO artifact (hash, bytes, media, at) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING').run(hash, bytes, kind);
    run.db.prepare('INSERT INTO artifact_use (item_id, stage_id, lease, name, hash) VALUES (?, 1, 1, ?, ?)').run(item, name, hash);
    return hash;
  };
  const token = tokenIn(data);
  const get = (address: string, headers: Record<string, string> = { Authorization: `Bearer ${token}` }) => fetch(`${url}${address}`, { headers });
  return { write, get, url, token, data, port: Number(new URL(url).port) };
}

test('a file of an item comes as what it is, and can neither run nor be taken for something else', async () => {
  const { write, get } = await shelf();
  const hash = await write(1, 'charts/day "1".html', '<script>alert(1)</script>');
  const answer = await get(`/items/1/artifacts/${hash}`);
  expect([answer.status, await answer.text()]).toEqual([200, '<script>alert(1)</script>']);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; style-src 'none'; sandbox", 'cross-origin-resource-policy': 'same-origin',
    'content-disposition': `attachment; filename="artifact"; filename*=UTF-8''day%20%221%22.html`,
  });
});

test.each([
  ['talk.vtt', undefined, 'text/vtt'],
  ['a.png', undefined, 'image/png'],
  ['a.mp3', undefined, 'audio/mpeg'],
  ['facts.json', undefined, 'application/json'],
  ['page.xhtml', 'application/xhtml+xml', 'application/octet-stream'],
  ['a.bin', 'text/html; charset=x', 'text/plain; charset=utf-8'],
  ['a.js', 'text/javascript\r\nSet-Cookie: a=b', 'text/plain; charset=utf-8'],
])('%s (%s) is served as %s', async (name, media, type) => {
  const { write, get } = await shelf();
  const answer = await get(`/items/1/artifacts/${await write(1, name, 'x', media)}`);
  expect([answer.headers.get('content-type'), answer.headers.get('set-cookie')]).toEqual([type, null]);
});

test('a range is a part of it, cut to 4 MB', async () => {
  const { write, get, token } = await shelf();
  const hash = await write(1, 'long.bin', new Uint8Array(5 * 1024 * 1024).fill(7));
  const part = (range: string) => get(`/items/1/artifacts/${hash}`, { Authorization: `Bearer ${token}`, Range: range });
  const some = await part('bytes=10-19');
  expect([some.status, some.headers.get('content-range'), (await some.arrayBuffer()).byteLength]).toEqual([206, 'bytes 10-19/5242880', 10]);
  const open = await part('bytes=0-');
  expect([open.headers.get('content-range'), (await open.arrayBuffer()).byteLength]).toEqual(['bytes 0-4194303/5242880', 4_194_304]);
  expect((await part('bytes=-5')).headers.get('content-range')).toBe('bytes 5242875-5242879/5242880');
  expect((await part('bytes=9999999-')).status).toBe(416);
  const whole = await part('bytes=1-2,4-5');
  expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, 5_242_880]);
  const nothing = await get(`/items/1/artifacts/${await write(1, 'empty.txt', '')}`);
  expect([nothing.status, await nothing.text()]).toEqual([200, '']);
});

test('only who is signed in gets it, and only from the item whose attempt wrote it', async () => {
  const { write, get, url, token } = await shelf();
  const hash = await write(1, 'notes.txt', 'mine');
  expect((await get(`/items/1/artifacts/${hash}`, {})).status).toBe(401);
  expect((await get(`/items/2/artifacts/${hash}`)).status).toBe(404);
  expect((await get(`/items/1/artifacts/${'0'.repeat(64)}`)).status).toBe(404);
  expect((await get(`/items/1/artifacts/${hash}`, { Authorization: `Bearer ${token}`, Origin: 'http://evil.example' })).status).toBe(403);
  const { url: link } = (await (await fetch(`${url}/code`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: '{"scope":"read"}' })).json()) as { url: string };
  const cookie = cookieOf(await signIn({ url }, codeOf(link)));
  expect(await (await get(`/items/1/artifacts/${hash}`, { Cookie: cookie })).text()).toBe('mine');
});

test('a file that was cleaned away says so', async () => {
  const { write, get, data } = await shelf();
  const hash = await write(1, 'notes.txt', 'mine');
  unlinkSync(path.join(data, 'artifacts', hash.slice(0, 2), hash.slice(2)));
  const answer = await get(`/items/1/artifacts/${hash}`);
  expect([answer.status, await answer.json()]).toMatchObject([410, { code: 'gone', message: expect.stringContaining('reprocess') }]);
});

test('no way of writing an address leads anywhere else', async () => {
  const { write, port, token } = await shelf();
  const hash = await write(1, 'notes.txt', 'mine');
  const addresses = [
    `/items/1/artifacts/../../runner.token`, `/items/1/artifacts/..%2f..%2frunner.token`, `/items/1/artifacts/%2e%2e/%2e%2e/runner.token`, `/items/1/artifacts/${hash}/../../runner.token`, `/items/1/artifacts/${hash.toUpperCase()}`,
    `/items/1/artifacts/${hash}%00`, `/items/1/artifacts/${hash.slice(0, 2)}/${hash.slice(2)}`, `/items/01/artifacts/${hash}`, `/items/1%20OR%201=1/artifacts/${hash}`, `/items/-1/artifacts/${hash}`, `/items/1/artifacts/${'.'.repeat(64)}`,
    `/items/1/artifacts/${'a/../'.repeat(13)}`, `//items/1/artifacts/${hash}`, `/items/1/artifacts//${hash}`, `/items/1/artifacts/${hash}?x=../../runner.token`, `/items/1/artifacts/${hash}#x`, `/items/9007199254740993/artifacts/${hash}`, '/items/1/artifacts/', '/items/1/artifacts/..\\..\\runner.token',
  ];
  for (const address of addresses) {
    const answer = await raw(port, head(`GET ${address} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, 'Connection: close'));
    expect(statusOf(answer), address).toSatisfy((status: number) => status === 404 || status === 400);
    expect(answer, address).not.toContain('mine');
    expect(answer, address).not.toContain(token);
  }
});
