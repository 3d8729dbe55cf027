import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { JobView } from '../../inspector/protocol.ts';
import { cli, Client, codeOf, cookieOf, served, signIn, StandingClock, type Served } from '../support/control.ts';

const PAUSE = { type: 'PAUSE', job: 'a16z', reason: 'market closed' };

test('the first frame says who is there', async () => {
  const { url, token } = await served();
  const client = new Client(url, { headers: { Authorization: `Bearer ${token}` } });
  expect(await client.next()).toEqual({ type: 'hello', bootId: 'boot-1', seq: 0, version: 1, scope: 'control' });
});

test('a command is answered with before, after and how to take it back', async () => {
  const control = await served();
  const client = await cli(control);
  expect(await client.ask({ id: 'c1', command: PAUSE })).toEqual({ id: 'c1', ok: true, before: { state: 'running' }, after: { state: 'paused' }, undo: 'jobctl unpause a16z' });
  expect(control.runtime.executed).toEqual([{ command: PAUSE, who: 'cli:1', id: 'c1' }]);
});

test('the audit can tell a browser from the CLI', async () => {
  const control = await served();
  const cookie = cookieOf(await signIn(control, codeOf(control.openUrl())));
  const browser = new Client(control.url, { origin: control.url, headers: { Cookie: cookie } });
  await browser.next();
  await browser.ask({ id: 'c1', command: PAUSE });
  expect(control.runtime.executed[0]!.who).toBe('browser:1');
});

test('a command that comes again under its id has its effect once and its answer twice', async () => {
  const control = await served();
  const first = await (await cli(control)).ask({ id: 'same', command: PAUSE });
  const again = await (await cli(control)).ask({ id: 'same', command: PAUSE });
  expect(again).toEqual(first);
  expect(control.runtime.executed).toHaveLength(1);
});

test('a command that the job does not accept now is refused with what it would accept', async () => {
  const control = await served();
  const client = await cli(control);
  expect(await client.ask({ id: '1', command: { type: 'RESUME', job: 'a16z', force: false } })).toEqual({
    id: '1', ok: false, code: 'not_accepted', message: 'a16z is running', accepted: ['PAUSE', 'DRAIN'],
  });
  expect(await client.ask({ id: '2', command: { ...PAUSE, job: 'a16' } })).toMatchObject({ id: '2', ok: false, code: 'unknown_job' });
});

test('an actor is shown with what it accepts, and an unknown one is refused', async () => {
  const client = await cli(await served());
  expect(await client.ask({ id: '1', query: { type: 'actor', path: 'job/a16z/lifecycle' } })).toMatchObject({ id: '1', ok: true, view: { value: 'running', accepts: ['PAUSE', 'DRAIN'] } });
  expect(await client.ask({ id: '2', query: { type: 'actor', path: 'job/x' } })).toMatchObject({ id: '2', ok: false, code: 'unknown_actor' });
  expect(await client.ask({ id: '3', query: { type: 'status' } })).toMatchObject({ id: '3', ok: true, view: { jobs: [] } });
});

test.each([
  ['no JSON', 'PAUSE a16z', 'a frame must be JSON'],
  ['half a frame', '{"id":"1","command":{"type":"PAUSE"', 'a frame must be JSON'],
  ['a list', '[]', 'a frame must be {id, command}'],
  ['null', 'null', 'a frame must be {id, command}'],
  ['no id', JSON.stringify({ command: PAUSE }), 'id '],
  ['an id that is no word', JSON.stringify({ id: 'a b', command: PAUSE }), 'id must be'],
  ['neither command nor query', '{"id":"1"}', 'command: '],
  ['both', JSON.stringify({ id: '1', command: PAUSE, query: { type: 'status' } }), 'Unrecognized key'],
  ['a misspelt command', JSON.stringify({ id: '1', command: { ...PAUSE, type: 'PUASE' } }), 'unknown command "PUASE", did you mean "PAUSE"?'],
  ['a machine event as command', JSON.stringify({ id: '1', command: { type: 'xstate.stop' } }), 'unknown command "xstate.stop"'],
  ['a fact as command', JSON.stringify({ id: '1', command: { type: 'stage.settled', job: 'a16z' } }), 'unknown command "stage.settled"'],
  ['a command with too much in it', JSON.stringify({ id: '1', command: { ...PAUSE, also: 1 } }), 'Unrecognized key: "also"'],
  ['a command with too little', JSON.stringify({ id: '1', command: { type: 'PAUSE', job: 'a16z' } }), 'command.reason: '],
  ['a time that is none', JSON.stringify({ id: '1', command: { ...PAUSE, until: 1e300 } }), 'command.until: '],
  ['__proto__', '{"id":"1","command":{"type":"SEND","path":"job/a16z/lifecycle","event":{"type":"PAUSE","__proto__":{"polluted":1}}}}', '"__proto__" is no name'],
  ['__proto__ in disguise', '{"id":"1","command":{"type":"ADD","job":"a16z","items":[{"key":"k","data":{"\\u005f_proto__":{"polluted":1}}}]}}', '"__proto__" is no name'],
  ['brackets without end', '['.repeat(8_000), 'nested 32 deep'],
  ['data too deep to walk', `{"id":"1","command":{"type":"ADD","job":"a16z","items":[{"key":"k","data":${'['.repeat(6_000)}${']'.repeat(6_000)}}]}}`, 'nested 32 deep'],
])('%s is answered with what is wrong and changes nothing', async (_, frame, message) => {
  const control = await served();
  const client = await cli(control);
  expect(await client.say(frame)).toMatchObject({ ok: false, code: 'bad_request', message: expect.stringContaining(message), accepted: expect.arrayContaining(['PAUSE']) });
  expect(control.runtime.executed).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(await client.ask({ id: 'still', query: { type: 'status' } })).toMatchObject({ id: 'still', ok: true });
});

test.each(['xstate.stop', 'xstate.init', 'xstate.done.actor.x', 'xstate.error.actor.x', 'xstate.after.1.x', 'work.finished', 'pause', 'PAUSE.now', 'xstate', '*', '', 'ＰＡＵＳＥ'])(
  'SEND takes no event "%s": it is not written as an operator writes',
  async (type) => {
    const control = await served();
    const client = await cli(control);
    expect(await client.ask({ id: '1', command: { type: 'SEND', path: 'job/a16z/lifecycle', event: { type } } })).toMatchObject({ ok: false, code: 'bad_request' });
    expect(control.runtime.executed).toEqual([]);
  },
);

test('a name with "constructor" in it is data like any other', async () => {
  const control = await served();
  const client = await cli(control);
  await client.ask({ id: '1', command: { type: 'SEND', path: 'job/a16z/lifecycle', event: { type: 'PAUSE', constructor: { prototype: { polluted: 1 } } } } });
  expect(control.runtime.state).toBe('paused');
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('brackets inside a text are no depth', async () => {
  const client = await cli(await served());
  expect(await client.ask({ id: '1', command: { ...PAUSE, reason: `"${'[{'.repeat(40)}` } })).toMatchObject({ ok: true, after: { state: 'paused' } });
});

test('a failure inside the runner is told without its details and ends nothing', async () => {
  const control = await served();
  const client = await cli(control);
  control.runtime.failNext = true;
  const answer = await client.ask({ id: '1', command: PAUSE });
  expect(answer).toMatchObject({ id: '1', ok: false, code: 'internal' });
  expect(JSON.stringify(answer)).not.toContain('secret detail');
  expect(control.log.lines).toEqual([expect.stringMatching(/^error /)]);
  expect(await client.ask({ id: '2', command: PAUSE })).toMatchObject({ ok: true });
});

// ---------------------------------------------------------------- limits

/** Writes bytes past the client's own framing. */
function tcp(client: Client): Socket {
  return (client.socket as unknown as { _socket: Socket })._socket;
}

/** The other client lives on and nothing was executed. */
async function unharmed(control: Served, other: Client) {
  expect(await other.ask({ id: 'unharmed', query: { type: 'status' } })).toMatchObject({ ok: true });
  expect(control.runtime.executed).toEqual([]);
}

test.each([
  ['a frame of more than 16 KB', 1009, (client: Client) => client.socket.send('x'.repeat(16 * 1024 + 1))],
  ['a binary frame', 1003, (client: Client) => client.socket.send(Buffer.from('{}'))],
  ['broken UTF-8', 1007, (client: Client) => client.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })],
  ['a message in more than 16 fragments', 1008, (client: Client) => Array.from({ length: 40 }, () => client.socket.send('a', { fin: false }))],
  ['a frame without mask', 1002, (client: Client) => tcp(client).write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]))],
  ['compressed frames that nobody agreed on', 1002, (client: Client) => tcp(client).write(Buffer.from([0xc1, 0x82, 0, 0, 0, 0, 0x7b, 0x7d]))],
])('%s ends that connection and no other', async (_, code, misbehave) => {
  const control = await served();
  const other = await cli(control);
  const client = await cli(control);
  misbehave(client);
  expect(await client.closed).toBe(code);
  await unharmed(control, other);
});

test('a frame of exactly 16 KB is read', async () => {
  const client = await cli(await served());
  const frame = JSON.stringify({ id: '1', query: { type: 'status' } });
  expect(await client.say(frame.padEnd(16 * 1024))).toMatchObject({ id: '1', ok: true });
});

test('more than 100 messages at once are refused, 50 a second go on, and a flood ends the connection', async () => {
  const clock = new StandingClock();
  const control = await served({ clock });
  const other = await cli(control);
  const client = await cli(control);
  const ask = (id: string) => client.ask({ id, query: { type: 'status' } });
  for (let i = 0; i < 100; i++) expect(await ask(`a${i}`)).toMatchObject({ ok: true });
  expect(await ask('b')).toMatchObject({ id: 'b', ok: false, code: 'rate_limited', message: expect.stringContaining('in 20 ms') });
  clock.advance(1_000);
  for (let i = 0; i < 50; i++) expect(await ask(`c${i}`)).toMatchObject({ ok: true });
  expect(await ask('d')).toMatchObject({ ok: false, code: 'rate_limited' });
  for (let i = 0; i < 400; i++) client.socket.send(JSON.stringify({ id: `e${i}`, command: PAUSE }));
  expect(await client.closed).toBe(1008);
  await unharmed(control, other);
});

test('the 129th client is turned away until another leaves', async () => {
  const control = await served();
  const clients = await Promise.all(Array.from({ length: 128 }, () => cli(control)));
  const status = async () => {
    const client = new Client(control.url, { headers: { Authorization: `Bearer ${control.token}` } });
    return Promise.race([client.next().then(() => 101), once(client.socket, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode)]);
  };
  expect(await status()).toBe(503);
  clients[0]!.socket.close();
  await clients[0]!.closed;
  expect(await status()).toBe(101);
});

test('who does not answer a ping within 20 s is gone, who answers stays', async () => {
  const clock = new StandingClock();
  const control = await served({ clock });
  const silent = await cli(control, { autoPong: false });
  const alive = await cli(control);
  const pinged = Promise.all([once(silent.socket, 'ping'), once(alive.socket, 'ping')]);
  clock.advance(20_000);
  await pinged;
  // The answer to this came after the pong on the same connection.
  await alive.ask({ id: '1', query: { type: 'status' } });
  clock.advance(20_000);
  expect(await silent.closed).toBe(1006);
  expect(await alive.ask({ id: '2', query: { type: 'status' } })).toMatchObject({ ok: true });
});

const job = (id: string): JobView => ({ id, state: 'running', holds: [], reason: null, resumeAt: null, costToday: 0, reservedToday: 0, unpricedToday: 0, softLimit: false, dailyCostLimit: null, breaker: { state: 'closed' }, stages: [] });

test('who does not read is cut off above 4 MB, and the others get every patch', async () => {
  const control = await served();
  const slow = await cli(control);
  const fast = await cli(control);
  tcp(slow).pause();
  const wide = Array.from({ length: 100 }, () => job('x'.repeat(1000)));
  let seq = 0;
  while (!control.log.lines.some((line) => line.includes('does not read'))) {
    control.broadcast({ seq: ++seq, jobs: wide });
    expect(await fast.next()).toMatchObject({ type: 'patch', seq });
    expect(seq).toBeLessThan(1_000);
  }
  tcp(slow).resume();
  expect(await slow.closed).toBe(1006);
  expect(control.log.lines).toEqual([expect.stringMatching(/^warn control: cli:1 does not read what it is sent and was cut off/)]);
});

// ---------------------------------------------------------------- patches, the end

test('patches tell since when they count, so that a client sees a gap', async () => {
  const control = await served();
  const client = await cli(control);
  control.broadcast({ seq: 5, jobs: [job('a')] });
  control.broadcast({ seq: 9, jobs: [job('b')] });
  expect(await client.next()).toEqual({ type: 'patch', since: 0, seq: 5, jobs: [job('a')] });
  expect(await client.next()).toEqual({ type: 'patch', since: 5, seq: 9, jobs: [job('b')] });
});

test('a stop says goodbye to every client and gives the port back', async () => {
  const control = await served();
  const polite = await cli(control);
  const deaf = await cli(control);
  tcp(deaf).pause();
  await control.close();
  expect(await polite.closed).toBe(1001);
  const again = await served({ port: control.port });
  expect(again.port).toBe(control.port);
  tcp(deaf).resume();
  expect([1001, 1006]).toContain(await deaf.closed);
});
