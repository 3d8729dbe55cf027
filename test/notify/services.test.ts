/** Messages as each service takes them: through the real client, to a server on this machine that writes down what it got. */
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import type { NotifyTarget } from '../../machines/spec.ts';
import { realClock } from '../../runtime/clock.ts';
import { httpSpec } from '../../runtime/config/http.ts';
import { createWeb } from '../../runtime/http/web.ts';
import type { Message } from '../../runtime/notify/message.ts';
import { PostOffice } from '../../runtime/notify/post-office.ts';
import { tempFolder } from '../support/temp.ts';
import { webServer } from '../support/web.ts';

const message: Message = {
  id: 'work-1/phone/opened', event: 'incident.opened', incident: 'work-1', risk: 'high', title: 'work is held: Zürich <!channel> @everyone', text: 'work/score: 401\n→ npx jobctl clear-errors work', link: 'http://127.0.0.1:4600/#/job/work',
  command: 'npx jobctl clear-errors work', jobs: ['work'], cause: 'breaker', reason: 'systemic: 401', fingerprint: '0123456789ab', openedAt: Date.parse('2026-11-27T10:00:00Z'), endedAt: null, until: null,
};
const env = { TOKEN: 'sesame-1234', USER_KEY: 'user-key-5678', SECRET: 'hush-hush', PATH: process.env.PATH };
const ok: RequestListener = (_request, response) => response.end('{"status":1}');
const answers = (status: number, text: string, headers = {}): RequestListener => (_request, response) => response.writeHead(status, headers).end(text);

/** Sends it and answers what came of it. `target` gets the address of the server. */
async function send(target: (url: string) => object, { answer = ok, said = message, root = '/' }: { answer?: RequestListener; said?: Message; root?: string } = {}) {
  const { url, seen } = await webServer(answer);
  const web = createWeb({ clock: realClock, spec: () => httpSpec() });
  const office = new PostOffice({ clock: realClock, env, root, fetch: (host) => web.api('notify', host) });
  const delivery = await office.deliver(said, { name: 'phone', minRisk: 'medium', ...target(url) } as NotifyTarget, new AbortController().signal);
  return { delivery, seen, body: () => JSON.parse(seen[0]!.body) };
}

test('pushover: the form of messages.json; what waits for you comes through', async () => {
  const pushover = (server: string) => ({ kind: 'pushover', user: '${USER_KEY}', token: '${TOKEN}', device: 'pixel', server });
  const { delivery, seen } = await send(pushover);
  expect(delivery).toEqual({ ok: true, said: '200 {"status":1}' });
  expect(seen).toMatchObject([{ method: 'POST', url: '/1/messages.json', headers: { 'content-type': 'application/x-www-form-urlencoded' } }]);
  expect(Object.fromEntries(new URLSearchParams(seen[0]!.body))).toEqual({ token: 'sesame-1234', user: 'user-key-5678', title: message.title, message: message.text, priority: '1', url: message.link, url_title: 'Inspector', device: 'pixel' });
  const ended = await send(pushover, { said: { ...message, event: 'incident.ended', text: 'x'.repeat(5000) } });
  const form = new URLSearchParams(ended.seen[0]!.body);
  expect([form.get('priority'), form.get('message')!.length]).toEqual(['-1', 1024]);
});

test('ntfy: JSON to the root of the server, with a token when there is one', async () => {
  const { seen, body } = await send((server) => ({ kind: 'ntfy', topic: 'rivus', server, token: '${TOKEN}' }));
  expect(seen).toMatchObject([{ method: 'POST', url: '/', headers: { authorization: 'Bearer sesame-1234' } }]);
  expect(body()).toEqual({ topic: 'rivus', title: message.title, message: message.text, priority: 5, tags: ['warning'], click: message.link });
});

test('slack: text and blocks, in which nothing of an error means anything', async () => {
  const { seen, body } = await send((url) => ({ kind: 'slack', url: `${url}/services/\${TOKEN}` }));
  expect(seen[0]!.url).toBe('/services/sesame-1234');
  expect(body()).toMatchObject({ text: '🔴 work is held: Zürich &lt;!channel&gt; @everyone', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: expect.stringContaining('→ npx jobctl clear-errors work') } }, { type: 'context' }] });
});

test('discord: content and an embed, and nobody is mentioned', async () => {
  const { body, delivery } = await send((url) => ({ kind: 'discord', url: `${url}/api/webhooks/1/\${TOKEN}` }), { answer: answers(204, '') });
  expect(delivery.ok).toBe(true);
  expect(body()).toEqual({
    content: message.title, allowed_mentions: { parse: [] },
    embeds: [{ title: message.title, description: message.text, url: message.link, color: 0xe74c3c, timestamp: '2026-11-27T10:00:00.000Z' }],
  });
});

test('webhook: a shape that stays, signed, with an id by which a second one is known', async () => {
  const { seen, body } = await send((url) => ({ kind: 'webhook', url: `${url}/hook`, secret: '${SECRET}', headers: { 'X-Team': 'a' } }));
  const { headers, body: text } = seen[0]!;
  expect(body()).toEqual({ version: 1, ...message, openedAt: '2026-11-27T10:00:00.000Z', endedAt: null, until: null });
  expect(headers).toMatchObject({ 'idempotency-key': message.id, 'content-type': 'application/json', 'x-team': 'a' });
  expect(headers['x-rivus-signature']).toBe(`sha256=${createHmac('sha256', 'hush-hush').update(`${headers['x-rivus-timestamp'] as string}.${text}`).digest('hex')}`);
});

test('exec: a program gets its arguments as they are, the message as JSON and in its environment', async () => {
  const root = tempFolder({ 'tell.mjs': 'import fs from "node:fs"; fs.writeFileSync("told.json", JSON.stringify({ args: process.argv.slice(2), title: process.env.RIVUS_TITLE, message: JSON.parse(fs.readFileSync(0, "utf8")) })); console.log("told");' });
  const { delivery } = await send(() => ({ kind: 'exec', command: [process.execPath, 'tell.mjs', '$(id)', '; ls'] }), { root });
  expect(delivery).toEqual({ ok: true, said: 'told' });
  expect(JSON.parse(fs.readFileSync(path.join(root, 'told.json'), 'utf8'))).toMatchObject({ args: ['$(id)', '; ls'], title: message.title, message: { version: 1, id: message.id, openedAt: '2026-11-27T10:00:00.000Z' } });
  expect((await send(() => ({ kind: 'exec', command: ['rivus-no-such-program'] }), { root })).delivery).toMatchObject({ ok: false, again: false, reason: expect.stringContaining('no such program') });
  expect((await send(() => ({ kind: 'exec', command: ['sh', '-c', 'echo broken >&2; exit 3'] }), { root })).delivery).toMatchObject({ ok: false, again: true, reason: expect.stringContaining('broken') });
});

const hook = (url: string) => ({ kind: 'webhook', url });
test.each([
  ['503 is tried again', hook, answers(503, 'down'), { ok: false, again: true, reason: 'answered 503 down' }],
  ['429 is tried again when it says', hook, answers(429, 'slow', { 'retry-after': '120' }), { ok: false, again: true, retryAt: expect.any(Number) }],
  ['401 is in vain', hook, answers(401, 'bad\ntoken'), { ok: false, again: false, reason: 'answered 401 bad token' }],
  ['a redirect is not followed', hook, answers(302, '', { location: 'http://127.0.0.1:1/' }), { ok: false, again: false }],
  ['nobody there is tried again', () => ({ kind: 'webhook', url: 'http://127.0.0.1:1/' }), ok, { ok: false, again: true }],
  ['a metadata service is never asked', () => ({ kind: 'webhook', url: 'http://169.254.169.254/' }), ok, { ok: false, again: false, reason: expect.stringContaining('metadata') }],
  ['a variable that is not set', () => ({ kind: 'slack', url: '${NOT_SET}' }), ok, { ok: false, again: false, reason: expect.stringContaining('NOT_SET is not set') }],
  ['what is no address', () => ({ kind: 'slack', url: '${TOKEN}' }), ok, { ok: false, again: false }],
  ['a secret in an answer is struck out', (url: string) => ({ kind: 'slack', url: `${url}/\${TOKEN}` }), answers(404, 'no /sesame-1234 here'), { reason: 'answered 404 no /‹TOKEN› here' }],
])('%s', async (_what, target, answer, delivery) => {
  expect((await send(target, { answer })).delivery).toMatchObject(delivery);
});
