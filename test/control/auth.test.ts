import { once } from 'node:events';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cli, Client, codeOf, cookieOf, served, signIn, StandingClock, tokenIn } from '../support/control.ts';
import { tempFolder } from '../support/temp.ts';

test('the token has 256 bits and a file that only its owner can read', async () => {
  const { dataDir, token } = await served();
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(statSync(path.join(dataDir, 'runner.token')).mode & 0o777).toBe(0o600);
});

test('a file left by someone else under the name of the token is replaced, never followed', async () => {
  const dataDir = tempFolder({ elsewhere: 'mine' });
  symlinkSync(path.join(dataDir, 'elsewhere'), path.join(dataDir, 'runner.token'));
  const { token } = await served({ dataDir });
  expect(readFileSync(path.join(dataDir, 'elsewhere'), 'utf8')).toBe('mine');
  expect(statSync(path.join(dataDir, 'runner.token')).mode & 0o777).toBe(0o600);
  expect(token).not.toBe('');
});

test('an old file with open permissions gives its permissions to nobody', async () => {
  const dataDir = tempFolder();
  writeFileSync(path.join(dataDir, 'runner.token'), 'old', { mode: 0o644 });
  await served({ dataDir });
  expect(statSync(path.join(dataDir, 'runner.token')).mode & 0o777).toBe(0o600);
});

test('the token of the last start is void after the next, and gone after a stop', async () => {
  const first = await served();
  const { dataDir, token: old } = first;
  await first.close();
  expect(() => tokenIn(dataDir)).toThrow('ENOENT');
  const second = await served({ dataDir });
  const refused = new Client(second.url, { headers: { Authorization: `Bearer ${old}` } });
  const [, response] = (await once(refused.socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(401);
  await expect(cli(second)).resolves.toBeDefined();
});

test('a code signs a browser in once', async () => {
  const control = await served();
  const code = codeOf(control.openUrl());
  const first = await signIn(control, code);
  expect(first.status).toBe(204);
  expect(first.headers.get('set-cookie')).toMatch(new RegExp(`^rivus_${control.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000$`));
  const again = await signIn(control, code);
  expect(again.status).toBe(401);
  expect(again.headers.get('set-cookie')).toBeNull();
  expect(await again.json()).toMatchObject({ ok: false, code: 'unauthorized', message: expect.stringContaining('jobctl open') });
});

test('a code lasts 60 s, and not a moment longer', async () => {
  const clock = new StandingClock();
  const control = await served({ clock });
  const inTime = codeOf(control.openUrl());
  const late = codeOf(control.openUrl());
  clock.advance(60_000);
  expect((await signIn(control, inTime)).status).toBe(204);
  clock.advance(1);
  expect((await signIn(control, late)).status).toBe(401);
});

test('a code that was never given opens nothing', async () => {
  const control = await served();
  control.openUrl();
  for (const code of ['', 'x', 'A'.repeat(43), control.token]) expect((await signIn(control, code)).status).toBe(401);
});

test('a session goes on with the next runner for a month; what is stored of it opens nothing', async () => {
  const clock = new StandingClock();
  const first = await served({ clock });
  const { dataDir, port } = first;
  const cookie = cookieOf(await signIn(first, codeOf(first.openUrl())));
  await first.close();
  const stored = readFileSync(path.join(dataDir, 'runner.sessions'), 'utf8');
  expect(statSync(path.join(dataDir, 'runner.sessions')).mode & 0o777).toBe(0o600);
  expect(stored).not.toContain(cookie.split('=')[1]!);
  const second = await served({ clock, dataDir, port });
  const asked = async (header: string) => (await fetch(`${second.url}/session`, { headers: { Cookie: header } })).status;
  expect(await asked(cookie)).toBe(204);
  expect(await asked(`rivus_${port}=${(JSON.parse(stored) as { hash: string }[])[0]!.hash}`)).toBe(401);
  clock.advance(30 * 86_400_000);
  expect(await asked(cookie)).toBe(401);
});

test.each(['', '{', '[{"hash":"00","scope":"control","at":0}]', '[{"scope":"control"}]'])('of sessions that are stored as %s browsers sign in again', async (text) => {
  const dataDir = tempFolder({ 'runner.sessions': text });
  const control = await served({ dataDir });
  expect((await signIn(control, codeOf(control.openUrl()))).status).toBe(204);
});

test('a session is known by the cookie of its own port only, whatever else other servers have set', async () => {
  const control = await served();
  const cookie = cookieOf(await signIn(control, codeOf(control.openUrl())));
  const value = cookie.split('=')[1]!;
  const asked = async (header: string) => (await fetch(`${control.url}/session`, { headers: { Cookie: header } })).status;
  expect(await asked(cookie)).toBe(204);
  expect(await asked(`rivus_${control.port}=planted; ${cookie}`)).toBe(204);
  expect(await asked(`rivus_1=${value}`)).toBe(401);
  expect(await asked(`rivus_${control.port}=${value}x`)).toBe(401);
  expect(await asked('')).toBe(401);
});

test('a link is issued to the bearer of the token only', async () => {
  const control = await served();
  const ask = (headers: Record<string, string>, body = '{}') => fetch(`${control.url}/code`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });
  expect((await ask({})).status).toBe(401);
  expect((await ask({ Cookie: cookieOf(await signIn(control, codeOf(control.openUrl()))) })).status).toBe(401);
  const { url } = (await (await ask({ Authorization: `Bearer ${control.token}` })).json()) as { url: string };
  expect((await signIn(control, codeOf(url))).status).toBe(204);
  expect((await ask({ Authorization: `Bearer ${control.token}` }, '{"scope":"root"}')).status).toBe(400);
});

test('a read-only link sees everything and changes nothing', async () => {
  const control = await served();
  const cookie = cookieOf(await signIn(control, codeOf(control.openUrl('read'))));
  const client = new Client(control.url, { origin: control.url, headers: { Cookie: cookie } });
  await client.next();
  expect(await client.ask({ id: '1', query: { type: 'actor', path: 'job/a16z/lifecycle' } })).toMatchObject({ ok: true, view: { value: 'running' } });
  expect(await client.ask({ id: '2', command: { type: 'PAUSE', job: 'a16z', reason: 'x' } })).toMatchObject({ ok: false, code: 'unauthorized' });
  expect(control.runtime.executed).toEqual([]);
});

test('a read-only runner gives browsers no more than a look, those too that controlled the one before; programs with the token command', async () => {
  const dataDir = tempFolder();
  const before = await served({ dataDir });
  const Cookie = cookieOf(await signIn(before, codeOf(before.openUrl('control'))));
  await before.close();
  const control = await served({ dataDir, port: before.port, readOnly: true });
  for (const cookie of [Cookie, cookieOf(await signIn(control, codeOf(control.openUrl('control'))))]) {
    const browser = new Client(control.url, { origin: control.url, headers: { Cookie: cookie } });
    expect(await browser.next()).toMatchObject({ type: 'hello', scope: 'read' });
    expect(await browser.ask({ id: '1', command: { type: 'PAUSE', job: 'a16z', reason: 'x' } })).toMatchObject({ ok: false, code: 'unauthorized' });
    const post = await fetch(`${control.url}/items`, { method: 'POST', headers: { Cookie: cookie, Origin: control.url, 'Content-Type': 'application/json' }, body: '{"job":"a16z","key":"k"}' });
    expect(post.status).toBe(403);
  }
  expect(control.runtime.executed).toEqual([]);
  expect(await (await cli(control)).ask({ id: '2', command: { type: 'PAUSE', job: 'a16z', reason: 'x' } })).toMatchObject({ ok: true });
});

test('no secret is ever logged', async () => {
  const control = await served();
  const code = codeOf(control.openUrl());
  const cookie = cookieOf(await signIn(control, code));
  await signIn(control, code);
  const client = await cli(control);
  await client.say('not json');
  const log = control.log.lines.join('\n');
  for (const secret of [control.token, code, cookie.split('=')[1]!]) expect(log).not.toContain(secret);
});
