import { expect, test } from 'vitest';
import { codeOf, cookieOf, head, raw, served, signIn, statusOf, type Served } from '../support/control.ts';

type Sent = { status: number; body: { ok: boolean; message?: string } };

async function post({ url, token }: Served, body: unknown, { path = '/items', headers = {} }: { path?: string; headers?: Record<string, string> } = {}): Promise<Sent> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers }, body: text });
  return { status: response.status, body: (await response.json()) as Sent['body'] };
}

const PAGE = 'https://www.a16z.example/talks/7?utm_source=mail';
const KEY = 'https://a16z.example/talks/7';

test('an address goes to the job that accepts it, under its canonical key', async () => {
  const control = await served();
  expect(await post(control, { url: PAGE, title: 'Talk 7' })).toEqual({ status: 201, body: { ok: true, items: [{ job: 'a16z', key: KEY, url: PAGE, pattern: 'a16z.example/**', known: false }] } });
  expect(control.runtime.executed).toMatchObject([{ who: 'cli:http', command: { type: 'ADD', job: 'a16z', items: [{ key: KEY, title: 'Talk 7', data: { url: PAGE, title: 'Talk 7' } }] } }]);
});

test('what the job has already is 200 and no error, however the address is written', async () => {
  const control = await served();
  await post(control, { url: PAGE });
  expect(await post(control, { url: 'http://a16z.example/talks/7/#comments' })).toMatchObject({ status: 200, body: { ok: true, items: [{ key: KEY, known: true }] } });
});

test('an item of a job that is named, and a list of both kinds', async () => {
  const control = await served();
  expect(await post(control, [{ job: 'a16z', key: 'k1', data: { n: 1 }, priority: -3 }, { url: PAGE }])).toMatchObject({ status: 201, body: { items: [{ job: 'a16z', key: 'k1' }, { key: KEY }] } });
  expect(control.runtime.executed.map(({ command }) => command)).toMatchObject([{ items: [{ key: 'k1', data: { n: 1 }, priority: -3 }] }, { items: [{ key: KEY }] }]);
});

test.each<[string, unknown, number, string]>([
  ['an address that no job accepts', { url: 'https://example.com/' }, 422, 'no job accepts https://example.com/; these patterns are known:\n  a16z: a16z.example/**'],
  ['no address', { url: 'talk 7' }, 400, '"talk 7" is no address of the web'],
  ['a job that there is not', { url: PAGE, job: 'a61z' }, 404, 'there is no job "a61z", did you mean "a16z"?'],
  ['an item of a job that there is not', { job: 'edgar', key: 'k' }, 404, 'there is no job "edgar"'],
  ['neither address nor key', {}, 400, '0: needs either a url, or a job and a key'],
  ['both', { url: PAGE, key: 'k', job: 'a16z' }, 400, '0: needs either a url, or a job and a key'],
  ['a key without its job', { key: 'k' }, 400, '0: a key needs its job beside it'],
  ['data for an address', { url: PAGE, data: {} }, 400, '0: data belong to a key'],
  ['an unknown key', { url: PAGE, titel: 'x' }, 400, '0: Unrecognized key: "titel"'],
  ['an address that is too long', { url: `https://a16z.example/${'x'.repeat(2_000)}` }, 400, '1024 are the most'],
  ['an empty list', [], 400, 'Too small'],
  ['no JSON', '{', 400, '0: '],
])('%s is refused, and nothing is done', async (_, body, status, message) => {
  const control = await served();
  expect(await post(control, body)).toMatchObject({ status, body: { ok: false, message: expect.stringContaining(message) } });
  expect(control.runtime.executed).toEqual([]);
});

test('one that cannot be taken keeps the others out, and all of its kind are named', async () => {
  const control = await served();
  const { status, body } = await post(control, [{ url: PAGE }, { url: 'https://example.com/1' }, { url: 'nothing' }]);
  expect({ status, ...body }).toMatchObject({ status: 422, problems: [{ index: 1, code: 'no_route' }, { index: 2, code: 'bad_url' }] });
  expect(control.runtime.executed).toEqual([]);
});

test('/items/route says where it would go, and does nothing', async () => {
  const control = await served();
  expect(await post(control, { url: PAGE }, { path: '/items/route' })).toEqual({ status: 200, body: { ok: true, items: [{ job: 'a16z', key: KEY, url: PAGE, pattern: 'a16z.example/**' }] } });
  expect(control.runtime.executed).toEqual([]);
});

test('a refusal of the runner is no success', async () => {
  const control = await served();
  control.runtime.execute = async () => ({ ok: false, code: 'not_accepted', message: 'a16z is archived', accepted: [] });
  expect(await post(control, { url: PAGE })).toMatchObject({ status: 409, body: { ok: false, code: 'not_accepted', message: 'a16z is archived' } });
});

test('the token, or a browser that is signed in and comes from this very page; nobody else', async () => {
  const control = await served();
  const cookie = cookieOf(await signIn(control, codeOf(control.openUrl())));
  const readOnly = cookieOf(await signIn(control, codeOf(control.openUrl('read'))));
  const status = async (headers: Record<string, string>) => (await post(control, { url: PAGE }, { headers: { Authorization: '', ...headers } })).status;
  expect(await status({ Cookie: cookie, Origin: control.url })).toBe(201);

  expect(await status({})).toBe(401);
  expect(await status({ Authorization: `Bearer ${control.token}x` })).toBe(401);
  expect(await status({ Cookie: cookie })).toBe(401);
  expect(await status({ Cookie: cookie, Origin: 'null' })).toBe(403);
  expect(await status({ Cookie: cookie, Origin: 'http://evil.example' })).toBe(403);
  expect(await status({ Cookie: readOnly, Origin: control.url })).toBe(403);
  expect(await status({ Authorization: `Bearer ${control.token}`, 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  expect(control.runtime.executed).toHaveLength(1);
});

test('a form of a foreign page, a foreign Host and other methods are refused', async () => {
  const control = await served();
  const { port, token } = control;
  expect((await post(control, { url: PAGE }, { headers: { 'Content-Type': 'text/plain' } })).status).toBe(415);
  const sent = (line: string, host: string) => raw(port, head(line, `Host: ${host}`, `Authorization: Bearer ${token}`, 'Connection: close'));
  expect(statusOf(await sent('POST /items HTTP/1.1', `evil.example:${port}`))).toBe(403);
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) expect(statusOf(await sent(`${method} /items HTTP/1.1`, `127.0.0.1:${port}`))).toBe(405);
  expect(control.runtime.executed).toEqual([]);
});

test('a body may have 64 KB, and not a byte more', async () => {
  const control = await served();
  const frame = JSON.stringify({ job: 'a16z', key: 'k', data: '' }).length;
  const sized = (bytes: number) => post(control, { job: 'a16z', key: 'k', data: 'x'.repeat(bytes - frame) });
  expect((await sized(65_537)).status).toBe(413);
  expect((await sized(65_536)).status).toBe(201);
});

test('a hundred at once are taken, then the pace is slower', async () => {
  const control = await served();
  const statuses = await Promise.all(Array.from({ length: 160 }, (_, n) => post(control, { job: 'a16z', key: `k${n}` }).then(({ status }) => status)));
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(100);
  expect(statuses).toContain(429);
  expect(new Set(statuses)).toEqual(new Set([201, 429]));
});
