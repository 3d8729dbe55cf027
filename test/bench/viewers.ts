/**
 * Those who look at a runner while it works: clients of its control port in a process of their own, each of which watches one actor, as a browser with a
 * chart open does, and asks for the state of everything every two seconds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import type { Runner } from '../../runtime/runner.ts';
import type { Project } from './project.ts';

const ASK_MS = 2_000;
const WATCHED = 'job/bench/stage/fetch';
/** `patches`, `moves`: frames that came without being asked for. */
export type Seen = { patches: number; moves: number; lost: number };

export type Viewers = { leave(): Promise<Seen> };

/** Resolves when all of them are connected and watch the actor. */
export async function attach(runner: Runner, { dataDir }: Project, count: number, watched = WATCHED): Promise<Viewers> {
  const child = fork(fileURLToPath(import.meta.url), [runner.url, path.join(dataDir, 'runner.token'), String(count), watched]);
  await once(child, 'message');
  return {
    async leave() {
      child.send('leave');
      const [seen] = (await once(child, 'message')) as [Seen];
      await once(child, 'exit');
      return seen;
    },
  };
}

async function view(url: string, token: string, count: number, watched: string): Promise<void> {
  const seen: Seen = { patches: 0, moves: 0, lost: 0 };
  const sockets = await Promise.all(Array.from({ length: count }, () => opened(url, token, seen, watched)));
  const asking = setInterval(() => sockets.forEach((socket) => ask(socket, { type: 'status' })), ASK_MS);
  process.send!('attached');
  process.once('message', () => {
    clearInterval(asking);
    seen.lost = sockets.filter(({ readyState }) => readyState !== WebSocket.OPEN).length;
    sockets.forEach((socket) => socket.terminate());
    process.send!(seen, () => process.disconnect());
  });
}

async function opened(url: string, token: string, seen: Seen, watched: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { Authorization: `Bearer ${token}` } });
  await once(socket, 'open');
  socket.on('message', (frame) => {
    const { type } = JSON.parse(String(frame)) as { type?: string };
    if (type === 'patch') seen.patches += 1;
    if (type === 'moved') seen.moves += 1;
  });
  ask(socket, { type: 'watch', path: watched });
  return socket;
}

let asked = 0;
const ask = (socket: WebSocket, query: object): void => socket.send(JSON.stringify({ id: String(++asked), query }));

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url, tokenFile, count, watched] = process.argv.slice(2);
  await view(url!, readFileSync(tokenFile!, 'utf8').trim(), Number(count), watched!);
}
