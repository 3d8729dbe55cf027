/** A control server on a free port, a runner for it that is one real lifecycle actor, and clients of several kinds. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { createActor, createMachine, type AnyEventObject } from 'xstate';
import type { Clock, Log } from '../../actors/ports.ts';
import type { Assets } from '../../inspector/asset.ts';
import type { AnswerFrame, Answer, Command, ServerFrame, StatusView } from '../../inspector/protocol.ts';
import { realClock } from '../../runtime/clock.ts';
import type { ControlledRuntime } from '../../runtime/control/controlled.ts';
import type { Read, ReadQuery } from '../../runtime/control/queries.ts';
import { startControl, type Control, type ControlOptions } from '../../runtime/control/server.ts';
import { tempFolder } from './temp.ts';

const lifecycle = createMachine({
  initial: 'running',
  states: {
    running: { on: { PAUSE: 'paused', DRAIN: 'draining' } },
    paused: { on: { PAUSE: 'paused', RESUME: 'running' } },
    draining: { on: { RESUME: 'running', 'work.finished': 'drained' } },
    drained: { on: { RESUME: 'running' } },
  },
});
const OPERATOR_EVENTS = ['PAUSE', 'RESUME', 'DRAIN'];

/** One job, `a16z`, and every command that reached it. `failNext` makes it throw once; `silent` makes it answer never. */
export class OneJob implements ControlledRuntime {
  readonly bootId = 'boot-1';
  readonly jobs = [{ id: 'a16z', accepts: ['a16z.example/**'] }];
  readonly executed: { command: Command; who: string; id: string }[] = [];
  failNext = false;
  silent = false;
  /** Called when a STOP was executed. */
  stopping: () => void = () => {};
  readonly #actor = createActor(lifecycle).start();
  readonly #answers = new Map<string, Answer>();
  readonly #keys = new Set<string>();

  get state(): string {
    return String(this.#actor.getSnapshot().value);
  }

  seq = (): number => this.executed.length;

  async execute(command: Command, who: string, id: string): Promise<Answer> {
    if (this.failNext) {
      this.failNext = false;
      throw new Error('secret detail');
    }
    if (this.silent) return new Promise(() => {});
    const known = this.#answers.get(id);
    if (known) return known;
    this.executed.push({ command, who, id });
    const answer = this.#apply(command);
    this.#answers.set(id, answer);
    return answer;
  }

  #apply(command: Command): Answer {
    const accepted = OPERATOR_EVENTS.filter((type) => this.#actor.getSnapshot().can({ type }));
    if ('job' in command && command.job !== 'a16z') return { ok: false, code: 'unknown_job', message: `no job "${command.job}"`, accepted: [] };
    if (command.type === 'ADD') return this.#add(command.items.map((item) => item.key));
    if (command.type === 'STOP') {
      setImmediate(this.stopping);
      return { ok: true, before: { state: 'running' }, after: { state: 'stopping' } };
    }
    const event: AnyEventObject = command.type === 'SEND' ? command.event : command;
    if (!this.#actor.getSnapshot().can(event)) return { ok: false, code: 'not_accepted', message: `a16z is ${this.state}`, accepted };
    const before = { state: this.state };
    this.#actor.send(event);
    return { ok: true, before, after: { state: this.state }, undo: 'jobctl unpause a16z' };
  }

  #add(keys: readonly string[]): Answer {
    const fresh = keys.filter((key) => !this.#keys.has(key));
    for (const key of keys) this.#keys.add(key);
    return { ok: true, before: { state: this.state }, after: { state: this.state, counts: { new: fresh.length, seen: keys.length - fresh.length } } };
  }

  actor(path: string) {
    if (path !== 'job/a16z/lifecycle') return undefined;
    return { path, machine: 'lifecycle', version: 1, value: this.state, context: {}, accepts: OPERATOR_EVENTS.filter((type) => this.#actor.getSnapshot().can({ type })) };
  }

  follow() {
    return () => {};
  }

  status(): StatusView {
    return { runner: { state: 'running' }, jobs: [] };
  }

  artifact() {
    return undefined;
  }

  async read(query: ReadQuery): Promise<Read> {
    if (query.type === 'status') return { ok: true, view: this.status() };
    if (query.type === 'why') return { ok: true, view: { explanations: [] } };
    const view = query.type === 'actor' ? this.actor(query.path) : undefined;
    return view ? { ok: true, view } : { ok: false, code: 'unknown_actor', message: 'there is no such thing', accepted: [] };
  }
}

/** Stands still until it is told to go on; what is due then runs in order. */
export class StandingClock implements Clock {
  #now = 1_800_000_000_000;
  #timers = new Set<{ at: number; run: () => void }>();

  now = () => this.#now;
  monotonic = () => this.#now;
  defer = (run: () => void) => void setImmediate(run);
  random = () => 0.5;
  setTimeout = (run: () => void, ms: number) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return timer;
  };
  clearTimeout = (timer: unknown) => void this.#timers.delete(timer as { at: number; run: () => void });

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = next.at;
      this.#timers.delete(next);
      next.run();
    }
    this.#now = end;
  }
}

/** Keeps what was logged, as `level message`. */
export class Lines implements Log {
  readonly lines: string[] = [];
  debug = (message: string) => void this.lines.push(`debug ${message}`);
  info = (message: string) => void this.lines.push(`info ${message}`);
  warn = (message: string) => void this.lines.push(`warn ${message}`);
  error = (message: string) => void this.lines.push(`error ${message}`);
}

export type Served = Control & { runtime: OneJob; dataDir: string; log: Lines; token: string };

/** Stands for the inspector where it does not matter what it shows. */
export const assets: Assets = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: '<!doctype html><title>Rivus</title><script type="module" src="/assets/app.js"></script>' }],
  ['/assets/app.js', { type: 'text/javascript; charset=utf-8', body: 'export {};' }],
]);

/** Closed when the running test has ended. */
export async function served(options: Partial<ControlOptions> = {}): Promise<Served> {
  const runtime = new OneJob();
  const log = new Lines();
  const dataDir = options.dataDir ?? tempFolder();
  const control = await startControl({ clock: realClock, port: 0, dataDir, runtime, log, assets, ...options });
  onTestFinished(() => control.close());
  return { ...control, runtime, dataDir, log, token: tokenIn(dataDir) };
}

export const tokenIn = (dataDir: string): string => readFileSync(path.join(dataDir, 'runner.token'), 'utf8').trim();

/** Writes `text` to the port as it is and answers all that comes back until the server ends the connection. */
export async function raw(port: number, text: string | Buffer): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

/** An HTTP request head, lines as given, and the end of it. */
export const head = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
export const statusOf = (response: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1]);

export const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

/** A client of the protocol. Frames are kept until somebody asks for them. */
export class Client {
  readonly socket: WebSocket;
  readonly #frames: ServerFrame[] = [];
  #arrived: () => void = () => {};
  /** The close code. */
  readonly closed: Promise<number>;

  constructor(url: string, options: WebSocket.ClientOptions) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { perMessageDeflate: false, ...options });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', (code) => resolve(code)));
    this.socket.on('message', (data) => {
      this.#frames.push(JSON.parse(String(data)) as ServerFrame);
      this.#arrived();
    });
    onTestFinished(() => this.socket.terminate());
  }

  async next(): Promise<ServerFrame> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
    return this.#frames.shift()!;
  }

  /** Sends any text and answers the next frame. */
  async say(text: string): Promise<AnswerFrame> {
    this.socket.send(text);
    return (await this.next()) as AnswerFrame;
  }

  ask(frame: unknown): Promise<AnswerFrame> {
    return this.say(JSON.stringify(frame));
  }
}

/** Connected by bearer, its hello already read. */
export async function cli({ url, token }: Pick<Served, 'url' | 'token'>, options: WebSocket.ClientOptions = {}): Promise<Client> {
  const client = new Client(url, { headers: { Authorization: `Bearer ${token}` }, ...options });
  await client.next();
  return client;
}

/** Exchanges a code for a cookie, as the page does. */
export function signIn({ url }: Pick<Control, 'url'>, code: string): Promise<Response> {
  return fetch(`${url}/session`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: url }, body: JSON.stringify({ code }) });
}

export const codeOf = (openUrl: string): string => new URL(openUrl).hash.slice('#c='.length);
export const cookieOf = (response: Response): string => response.headers.get('set-cookie')!.split(';')[0]!;
