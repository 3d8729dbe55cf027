/** Attacks of somebody who is let in: frames that are too large, too many, broken or nonsense. */
import { once } from 'node:events';
import fc from 'fast-check';
import type WebSocket from 'ws';
import { COMMAND_TYPES, MAX_FRAME_BYTES } from '../../../inspector/protocol.ts';
import { inRounds, Tally, type Attack, type Target } from './attack.ts';
import { ask, bearer, bytes, client, exchange, frame, ownHost, request, statusOf } from './raw.ts';

const [TOO_LARGE, BROKEN, NOT_TEXT, FLOOD, BAD_UTF8] = [1009, 1002, 1003, 1008, 1007];

/** Asks as any other client would; the answer, in ms. */
async function asOthers(target: Target): Promise<number> {
  const socket = await client(target);
  const asked = performance.now();
  await ask(socket, { query: { type: 'actors' } });
  socket.terminate();
  return performance.now() - asked;
}

/** Frames of any size, answered in turn; the texts do not matter. */
async function say(socket: WebSocket, text: string): Promise<string | undefined> {
  const answer = new Promise<string | undefined>((resolve) => {
    const hear = (data: Buffer): void => {
      if (String(data).startsWith('{"type":')) return;
      done(String(data));
    };
    const gone = (): void => done(undefined);
    function done(value: string | undefined): void {
      socket.off('message', hear).off('close', gone);
      resolve(value);
    }
    socket.on('message', hear).on('close', gone);
  });
  socket.send(text);
  return answer;
}

const nearly = fc.record(
  {
    id: fc.oneof(fc.constantFrom('1', 'x-2', '', '__proto__'), fc.anything()),
    command: fc.record({ type: fc.constantFrom(...COMMAND_TYPES.filter((type) => !['STOP', 'ADD'].includes(type)), 'xstate.stop', 'toString', '__proto__'), job: fc.constantFrom('', 'nobody', '../x', '__proto__'), reason: fc.anything(), path: fc.constantFrom('nobody', 'job/nobody'), event: fc.anything(), extra: fc.anything() }, { requiredKeys: ['type'] }),
    query: fc.record({ type: fc.constantFrom('status', 'actor', 'why', 'actors', 'chart', 'events', 'items', 'item', 'watch', 'x'), path: fc.anything(), machine: fc.anything(), job: fc.anything(), limit: fc.anything() }, { requiredKeys: ['type'] }),
  },
  { requiredKeys: [] },
);
const json = (value: unknown): string => {
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? 'undefined';
  } catch {
    return '{}';
  }
};
/** A command that is whole belongs to an operator, so each of these lacks something or speaks of what is not there. */
const nonsense = fc.oneof(fc.string(), fc.json(), nearly.map(json), fc.tuple(nearly.map(json), fc.nat(300)).map(([text, cut]) => text.slice(0, cut)), fc.string({ unit: 'binary' })).filter((text) => !/"RELOAD"|"PAUSE"/.test(text) && text !== '');

export const sockets: readonly Attack[] = [
  inRounds({
    name: 'frames above 16 KB, or that say they are',
    quick: 1,
    full: 50,
    outcome: 'the connection is closed with 1009; others are answered',
    async round(target, tally) {
      for (const size of [MAX_FRAME_BYTES + 1, 70_000, 1_000_000]) tally.note(`${size} bytes`, (await bytes(target, frame('x'.repeat(size)))) === TOO_LARGE);
      for (const length of [2n ** 20n, 2n ** 31n, 2n ** 52n]) tally.note(`a frame that claims ${length} bytes`, (await bytes(target, frame('x', { length }))) === TOO_LARGE);
      tally.note('more in fragments', (await bytes(target, Buffer.concat([frame('x'.repeat(9_000), { fin: false }), frame('x'.repeat(9_000), { opcode: 0 })]))) === TOO_LARGE);
      await asOthers(target);
    },
  }),
  inRounds({
    name: 'a message in more fragments than anybody needs',
    quick: 1,
    full: 50,
    outcome: 'the connection is closed; others are answered',
    async round(target, tally) {
      for (const parts of [17, 1_000]) {
        const code = await bytes(target, Buffer.concat([frame('{', { fin: false }), ...Array.from({ length: parts }, () => frame(' ', { opcode: 0, fin: false }))]));
        tally.note(`${parts} fragments: ${code}`, [FLOOD, TOO_LARGE, BROKEN].includes(code));
      }
      await asOthers(target);
    },
  }),
  inRounds({
    name: 'frames that break the protocol: no mask, reserved bits, wrong opcodes, bad UTF-8, binary',
    quick: 1,
    full: 50,
    outcome: 'the connection is closed with the code of the protocol; others are answered',
    async round(target, tally) {
      const broken: [string, Buffer, number][] = [
        ['without a mask', frame('{}', { masked: false }), BROKEN], ['reserved bits', frame('{}', { reserved: 0x40 }), BROKEN], ['a reserved opcode', frame('{}', { opcode: 5 }), BROKEN], ['a continuation of nothing', frame('{}', { opcode: 0 }), BROKEN],
        ['a long ping', frame('x'.repeat(126), { opcode: 9 }), BROKEN], ['a ping in parts', frame('x', { opcode: 9, fin: false }), BROKEN], ['half a close code', frame('x', { opcode: 8 }), BROKEN], ['bad UTF-8', frame(Buffer.from([0xc3, 0x28])), BAD_UTF8], ['binary', frame('{}', { opcode: 2 }), NOT_TEXT],
      ];
      for (const [what, data, code] of broken) tally.note(what, (await bytes(target, data)) === code);
      await asOthers(target);
    },
  }),
  {
    name: 'a flood of messages',
    quick: 1,
    full: 20,
    async run(target, times) {
      const tally = new Tally();
      let slowest = 0;
      for (let n = 0; n < times; n++) {
        const socket = await client(target);
        const closed = once(socket, 'close');
        for (let sent = 0; sent < 5_000; sent++) socket.send('{"id":"f","query":{"type":"status"}}');
        slowest = Math.max(slowest, await asOthers(target));
        tally.note('5,000 messages at once', Number((await closed)[0]) === FLOOD);
      }
      return tally.outcome(`each is told to slow down, then closed with 1008; another client was answered meanwhile after at most ${Math.ceil(slowest)} ms`);
    },
  },
  {
    name: 'messages of nonsense, some of them nearly right',
    quick: 300,
    full: 100_000,
    async run(target, times) {
      const tally = new Tally();
      const before = await target.state();
      const texts = fc.sample(nonsense, times);
      // One connection may say 50 a second; so many speak in turn.
      const speakers = await Promise.all(Array.from({ length: Math.min(64, Math.ceil(times / 50)) }, () => client(target)));
      const each = speakers.map(async (first, n) => {
        let socket = first;
        for (let at = n, said = 0; at < texts.length; at += speakers.length, said++) {
          if (said > 0 && said % 90 === 0) {
            socket.terminate();
            socket = await client(target);
          }
          const answer = await say(socket, texts[at]!);
          tally.note(`${JSON.stringify(texts[at])} was answered with ${answer}`, answer !== undefined && /"ok":(true|false)/.test(answer) && !answer.includes('"internal"'));
        }
        socket.terminate();
      });
      await Promise.all(each);
      tally.note(`the jobs stand as before`, (await target.state()) === before);
      return tally.outcome('each gets an answer; nothing changes');
    },
  },
  {
    name: 'connections that begin a request and never end it',
    // Each takes as long as the runner's patience.
    quick: 0,
    full: 100,
    async run(target, times) {
      const tally = new Tally();
      const begun = Array.from({ length: times }, async (_, n) => {
        const text = request('POST /items HTTP/1.1', ownHost(target.port), bearer(target.token), 'Content-Type: application/json', 'Content-Length: 9');
        const answer = await exchange(target.port, n % 2 === 0 ? text.slice(0, -2) : `${text}{`);
        tally.note(answer, [0, 408].includes(statusOf(answer)));
      });
      const slowest = await asOthers(target);
      await Promise.all(begun);
      return tally.outcome(`408 after 5 to 11 s; another client was answered meanwhile after ${Math.ceil(slowest)} ms`);
    },
  },
];
