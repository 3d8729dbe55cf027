/** HTTP and WebSocket by hand: what no well-behaved client would send. */
import { once } from 'node:events';
import net from 'node:net';
import WebSocket from 'ws';

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

/** Writes `text` as it is, and answers all that comes back until the server ends the connection. */
export async function exchange(port: number, text: string | Buffer): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

export const request = (line: string, ...headers: string[]): string => [line, ...headers, '', ''].join('\r\n');
export const upgrade = (...headers: string[]): string => request('GET /ws HTTP/1.1', ...headers, ...UPGRADE);
/** 0 when the connection ended without an answer. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

/** The status of a plain request. */
export async function status(port: number, line: string, ...headers: string[]): Promise<number> {
  return statusOf(await exchange(port, request(`${line} HTTP/1.1`, ...headers, 'Connection: close')));
}

export const ownHost = (port: number): string => `Host: 127.0.0.1:${port}`;
export const bearer = (token: string): string => `Authorization: Bearer ${token}`;

/** A connected client that has heard its hello. */
export async function client({ port, token }: { port: number; token: string }): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { Authorization: `Bearer ${token}` }, perMessageDeflate: false });
  socket.on('error', () => {});
  await once(socket, 'message');
  return socket;
}

let asked = 0;
/** The answer to one frame, whatever else comes before it. Rejects when the connection ends without. */
export function ask(socket: WebSocket, body: { query: object } | { command: object }): Promise<{ ok: boolean; view?: unknown }> {
  const id = `ask-${++asked}`;
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('the connection ended before the answer came'));
    socket.once('close', gone);
    socket.on('message', function hear(data: Buffer) {
      const answer = JSON.parse(String(data)) as { id?: string; ok: boolean };
      if (answer.id !== id) return;
      socket.off('message', hear).off('close', gone);
      resolve(answer);
    });
    socket.send(JSON.stringify({ id, ...body }));
  });
}

/** Sends bytes past the framing of `ws`; answers the code with which the server closed. */
export async function bytes(target: { port: number; token: string }, data: Buffer): Promise<number> {
  const socket = await client(target);
  const closed = once(socket, 'close');
  const { _socket: tcp } = socket as unknown as { _socket: net.Socket };
  tcp.write(data);
  return Number((await closed)[0]);
}

/** A frame from a client; its mask is four zeroes, which leave the payload as it is. @param length what it says of itself, if that is a lie */
export function frame(payload: Buffer | string, { opcode = 1, fin = true, masked = true, reserved = 0, length }: { opcode?: number; fin?: boolean; masked?: boolean; reserved?: number; length?: bigint } = {}): Buffer {
  const body = Buffer.from(payload as string);
  const size = length ?? BigInt(body.length);
  const head = Buffer.alloc(10);
  head[0] = (fin ? 0x80 : 0) | reserved | opcode;
  head[1] = (masked ? 0x80 : 0) | 127;
  head.writeBigUInt64BE(size, 2);
  const short = size < 126n ? Buffer.from([head[0], (masked ? 0x80 : 0) | Number(size)]) : head;
  return Buffer.concat([short, ...(masked ? [Buffer.alloc(4)] : []), body]);
}
