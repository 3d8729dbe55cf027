/** All clients that are connected: their number is bounded, patches go to each, the silent ones are reaped. */
import type { WebSocket } from 'ws';
import type { Clock, Log } from '../../actors/ports.ts';
import type { ConnectionView, Patch, PatchFrame } from '../../inspector/protocol.ts';
import type { Identity } from './auth.ts';
import type { ControlledRuntime } from './controlled.ts';
import { ControlSession } from './session.ts';

const MOST_CLIENTS = 128;
const PING_MS = 20_000;
const GOING_AWAY = 1001;
/** What a client gets to say goodbye. */
const FAREWELL_MS = 300;

export class Clients {
  readonly #world: { clock: Clock; log: Log; runtime: ControlledRuntime };
  readonly #sessions = new Map<WebSocket, { session: ControlSession; about: ConnectionView }>();
  #connections = 0;
  #patched: number;
  #timer: unknown;

  constructor(world: { clock: Clock; log: Log; runtime: ControlledRuntime }) {
    this.#world = world;
    this.#patched = world.runtime.seq();
    this.#pingAll();
  }

  get any(): boolean {
    return this.#sessions.size > 0;
  }

  get full(): boolean {
    return this.#sessions.size >= MOST_CLIENTS;
  }

  /** In the order in which they came. */
  get all(): ConnectionView[] {
    return [...this.#sessions.values()].map(({ about }) => about);
  }

  welcome(socket: WebSocket, { who, scope }: Identity): void {
    this.#connections += 1;
    const name = `${who}:${this.#connections}`;
    this.#sessions.set(socket, { session: new ControlSession({ ...this.#world, socket, scope, who: name }), about: { who: name, scope, since: this.#world.clock.now() } });
    socket.on('close', () => this.#sessions.delete(socket));
  }

  broadcast(patch: Patch): void {
    const frame: PatchFrame = { type: 'patch', since: this.#patched, ...patch };
    this.#patched = patch.seq;
    if (this.#sessions.size === 0) return;
    const text = Buffer.from(JSON.stringify(frame));
    for (const { session } of this.#sessions.values()) session.patch(text);
  }

  /** Resolves when every client is gone: the polite ones by themselves, the others cut off. */
  async close(): Promise<void> {
    const { clock } = this.#world;
    clock.clearTimeout(this.#timer);
    const sockets = [...this.#sessions.keys()];
    const gone = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    for (const socket of sockets) socket.close(GOING_AWAY, 'the runner stops');
    const farewell = clock.setTimeout(() => sockets.forEach((socket) => socket.terminate()), FAREWELL_MS);
    await gone;
    clock.clearTimeout(farewell);
  }

  #pingAll(): void {
    this.#timer = this.#world.clock.setTimeout(() => {
      for (const { session } of this.#sessions.values()) session.ping();
      this.#pingAll();
    }, PING_MS);
  }
}
