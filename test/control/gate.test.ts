import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { codeOf, cookieOf, head, raw, served, signIn, statusOf, UPGRADE } from '../support/control.ts';

const OWN = ['127.0.0.1', 'localhost', 'jobs.localhost'];
/** `P` stands for the port. */
const FOREIGN = [
  'evil.example', 'evil.example:P', '127.0.0.1', 'localhost', '127.0.0.1:1', '127.0.0.1:P0', '127.0.0.1:0P', 'LOCALHOST:P', 'Localhost:P', 'localhost.:P', 'LOCALHOST.',
  'localhost6:P', 'localhost.localdomain:P', '127.1:P', '127.0.0.2:P', '127.0.0.1.:P', '127.0.0.1.nip.io:P', '0x7f.0.0.1:P', '0x7f000001:P', '2130706433:P', '017700000001:P',
  '0.0.0.0:P', '0:P', '[::1]:P', '[::ffff:127.0.0.1]:P', '[::]:P', 'a.localhost:P', 'jobs.localhost.evil.example:P', 'xjobs.localhost:P', 'jobs.localhost', 'user@127.0.0.1:P',
  'user:pass@localhost:P', '127.0.0.1:P@evil.example', '127.0.0.1:P/', '127.0.0.1:P evil', 'localhost:P,evil.example', 'evil.example,localhost:P', 'localhost:P#', 'localhost:P?', '%6cocalhost:P',
  'ｌocalhost:P', '127。0。0。1:P', '-', '*', 'null', 'localhost: P', ':P',
];

test('only the three names of this machine are served, with the port, written exactly so', async () => {
  const { port } = await served();
  const answered = async (host: string) => statusOf(await raw(port, head('GET / HTTP/1.1', `Host: ${host.replace('P', String(port))}`, 'Connection: close')));
  for (const name of OWN) expect([name, await answered(`${name}:P`)]).toEqual([name, 200]);
  for (const host of FOREIGN) expect([host, [400, 403]]).toEqual([host, expect.arrayContaining([await answered(host)])]);
});

test('a WebSocket is refused under a foreign Host even with the token', async () => {
  const { port, token } = await served();
  const upgraded = async (host: string) => statusOf(await raw(port, head('GET /ws HTTP/1.1', `Host: ${host.replace('P', String(port))}`, `Authorization: Bearer ${token}`, ...UPGRADE)));
  for (const host of FOREIGN) expect([host, [400, 403]]).toEqual([host, expect.arrayContaining([await upgraded(host)])]);
});

test.each([
  ['no Host', (_: number) => head('GET / HTTP/1.1', 'Connection: close'), 400],
  ['an empty Host', () => head('GET / HTTP/1.1', 'Host:', 'Connection: close'), 403],
  ['two Hosts, the good one first', (port: number) => head('GET / HTTP/1.1', `Host: localhost:${port}`, 'Host: evil.example', 'Connection: close'), 403],
  ['two Hosts, the good one last', (port: number) => head('GET / HTTP/1.1', 'Host: evil.example', `Host: localhost:${port}`, 'Connection: close'), 403],
  ['the same Host twice', (port: number) => head('GET / HTTP/1.1', `Host: localhost:${port}`, `Host: localhost:${port}`, 'Connection: close'), 403],
  ['a target that is a whole URL', (port: number) => head(`GET http://localhost:${port}/ HTTP/1.1`, `Host: localhost:${port}`, 'Connection: close'), 400],
  ['a foreign URL as target', (port: number) => head('GET http://evil.example/ HTTP/1.1', `Host: localhost:${port}`, 'Connection: close'), 400],
  ['the target *', (port: number) => head('OPTIONS * HTTP/1.1', `Host: localhost:${port}`, 'Connection: close'), 400],
  ['HTTP/1.0 without Host', () => head('GET / HTTP/1.0'), 403],
])('%s is refused', async (_, request, status) => {
  const { port } = await served();
  expect(statusOf(await raw(port, request(port)))).toBe(status);
});

test('a WebSocket needs its own Origin and a cookie, or no Origin and the token', async () => {
  const control = await served();
  const { port, token, url } = control;
  const cookie = cookieOf(await signIn(control, codeOf(control.openUrl())));
  const host = `127.0.0.1:${port}`;
  const upgraded = async (...lines: string[]) => statusOf((await raw(port, `${head('GET /ws HTTP/1.1', `Host: ${host}`, ...UPGRADE, ...lines)}\x88\x80\0\0\0\0`)));
  const bearer = `Authorization: Bearer ${token}`;
  expect(await upgraded(bearer)).toBe(101);
  expect(await upgraded(`Origin: ${url}`, `Cookie: ${cookie}`)).toBe(101);

  expect(await upgraded()).toBe(401);
  expect(await upgraded(`Cookie: ${cookie}`)).toBe(401);
  expect(await upgraded(`Origin: ${url}`)).toBe(401);
  expect(await upgraded(`Authorization: Bearer ${token}x`)).toBe(401);
  expect(await upgraded(`Authorization: Basic ${token}`)).toBe(401);
  const origins = ['null', 'http://evil.example', `https://${host}`, `http://localhost:${port}`, `http://${host}.evil.example`, `http://${host}/`, `http://127.0.0.1:${port + 1}`, 'http://127.0.0.1', 'file://', ''];
  for (const origin of origins) expect([origin, await upgraded(`Origin: ${origin}`, `Cookie: ${cookie}`, bearer)]).toEqual([origin, 403]);
});

test('what another site may make a browser send changes nothing', async () => {
  const control = await served();
  const code = codeOf(control.openUrl());
  const post = (headers: Record<string, string>, body = JSON.stringify({ code })) => fetch(`${control.url}/session`, { method: 'POST', headers, body }).then((response) => response.status);
  const json = { 'Content-Type': 'application/json' };
  expect(await post({ ...json, Origin: 'http://evil.example' })).toBe(403);
  expect(await post({ ...json, Origin: 'null' })).toBe(403);
  expect(statusOf(await raw(control.port, `${head('POST /session HTTP/1.1', `Host: 127.0.0.1:${control.port}`, 'Content-Type: application/json', 'Sec-Fetch-Site: cross-site', 'Content-Length: 2')}{}`))).toBe(403);
  expect(await post({ 'Content-Type': 'text/plain' })).toBe(415);
  expect(await post({ 'Content-Type': 'application/x-www-form-urlencoded' })).toBe(415);
  expect(await post({ 'Content-Type': 'application/jsonp' })).toBe(415);
  expect(await post({ ...json, Origin: control.url })).toBe(204);
});

test.each([
  ['GET', '/nothing', 404],
  ['GET', '/../../etc/passwd', 404],
  ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404],
  ['GET', '/..%5c..%5cpackage.json', 404],
  ['GET', '/assets/app.js%00.html', 404],
  ['GET', '//assets/app.js', 404],
  ['GET', '/package.json', 404],
  ['GET', '/constructor', 404],
  ['GET', '/__proto__', 404],
  ['GET', '/ws', 404],
  ['GET', '/session', 401],
  ['GET', '/code', 405],
  ['OPTIONS', '/', 405],
  ['OPTIONS', '/session', 405],
  ['POST', '/', 405],
  ['DELETE', '/session', 405],
  ['TRACE', '/', 405],
  ['constructor', '/session', 400],
])('%s %s is answered with %i', async (method, target, status) => {
  const { port } = await served();
  const response = await raw(port, head(`${method} ${target} HTTP/1.1`, `Host: localhost:${port}`, 'Connection: close'));
  expect(statusOf(response)).toBe(status);
  if (status !== 400) expect(JSON.parse(response.split('\r\n\r\n')[1]!)).toMatchObject({ ok: false, code: expect.any(String), message: expect.any(String) });
});

test('every answer forbids scripts of others, framing and sniffing, and allows no origin', async () => {
  const { url, port } = await served();
  const upgrade = await raw(port, head('GET /ws HTTP/1.1', `Host: localhost:${port}`, ...UPGRADE));
  const rejected = new Headers(upgrade.split('\r\n\r\n')[0]!.split('\r\n').slice(1).map((line) => line.split(': ', 2) as [string, string]));
  const answers = await Promise.all(['/', '/assets/app.js', '/session', '/nothing'].map(async (target) => (await fetch(url + target)).headers));
  for (const headers of [...answers, rejected]) {
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';.*frame-ancestors 'none'; require-trusted-types-for 'script'/);
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

test('headers and bodies that are too large are refused', async () => {
  const { port } = await served();
  const post = (...lines: string[]) => head('POST /session HTTP/1.1', `Host: localhost:${port}`, 'Content-Type: application/json', ...lines);
  expect(statusOf(await raw(port, head('GET / HTTP/1.1', `Host: localhost:${port}`, `X: ${'x'.repeat(9000)}`)))).toBe(431);
  expect(statusOf(await raw(port, post('Content-Length: 100000') + 'x'.repeat(5000)))).toBe(413);
  expect(statusOf(await raw(port, `${post('Transfer-Encoding: chunked')}2000\r\n${'x'.repeat(0x2000)}\r\n`))).toBe(413);
  expect(statusOf(await raw(port, `${post('Content-Length: 3')}{]}`))).toBe(400);
});

test.runIf(process.platform === 'linux')('it listens on the loopback interface alone', async () => {
  const { port } = await served();
  const listening = execFileSync('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === '0A' && local.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`));
  expect(listening.map(([, local]) => local!.split(':')[0])).toEqual(['0100007F']);
});

test('another address than loopback is refused before anything listens', async () => {
  await expect(served({ host: '0.0.0.0' })).rejects.toThrow('opens on 127.0.0.1 only, not on "0.0.0.0"');
});

test('a port that is taken is named with the way out', async () => {
  const { port } = await served();
  await expect(served({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 cannot be opened: another program has it; take another with --port N`);
});
