/**
 * One client of the control server, from its hello to its end. A client that floods, sends too much at once or does not
 * read what it is sent is cut off; the others do not notice.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock, Log } from '../../actors/ports.ts';
import { PROTOCOL_VERSION, type AnswerFrame, type ClientFrame, type Scope, type ServerFrame } from '../../inspector/protocol.ts';
import type { ControlledRuntime } from './controlled.ts';
import { readFrame, refusal } from './frames.ts';
import { unknownActor, type Read } from './queries.ts';
import { TokenBucket } from './token-bucket.ts';
import { Watch } from './watch.ts';

const RATE = { perSecond: 50, burst: 100 };
/** So many refused messages in a row are no slip but a flood. */
const PATIENCE = 200;
const MOST_IN_FLIGHT = 64;
const MOST_BUFFERED_BYTES = 4 * 1024 * 1024;

const POLICY_VIOLATION = 1008;
const TEXT_ONLY = 1003;

/** `who` is what the audit says of its commands. */
export type Client = { clock: Clock; log: Log; runtime: ControlledRuntime; socket: WebSocket; who: string; scope: Scope };

export class ControlSession {
  readonly #client: Client;
  readonly #bucket: TokenBucket;
  readonly #watch: Watch;
  #refusedInARow = 0;
  #inFlight = 0;
  #wantsPatches = true;
  /** Whether it has answered the last ping. */
  #alive = true;

  constructor(client: Client) {
    this.#client = client;
    this.#bucket = new TokenBucket(client.clock, RATE);
    const { socket, runtime, clock, scope } = client;
    this.#watch = new Watch({ clock, watched: runtime, send: (frame) => this.#send(frame) });
    socket.on('close', () => this.#watch.end());
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('pong', () => (this.#alive = true));
    // A protocol error (too large, bad UTF-8, too many fragments) closes the socket by itself.
    socket.on('error', (error) => client.log.debug(`control: ${client.who}: ${error.message}`));
    this.#send({ type: 'hello', bootId: runtime.bootId, seq: runtime.seq(), version: PROTOCOL_VERSION, scope });
  }

  /** A frame that is text already, so that it is written once for all clients. */
  patch(frame: Buffer): void {
    if (this.#wantsPatches) this.sendText(frame);
  }

  sendText(frame: Buffer | string): void {
    const { socket, log, who } = this.#client;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      log.warn(`control: ${who} does not read what it is sent and was cut off`, { bufferedBytes: socket.bufferedAmount });
      return socket.terminate();
    }
    socket.send(frame, { binary: false });
  }

  /** Called at every ping interval: who did not answer the last one is gone. */
  ping(): void {
    const { socket } = this.#client;
    if (!this.#alive) return socket.terminate();
    this.#alive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }

  #send(frame: ServerFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  #received(data: RawData, isBinary: boolean): void {
    const { socket } = this.#client;
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary) return socket.close(TEXT_ONLY, 'frames must be text');
    const read = readFrame(data.toString());
    if (!this.#bucket.take() || this.#inFlight >= MOST_IN_FLIGHT) return this.#refuse(read.ok ? read.frame.id : read.answer.id);
    this.#refusedInARow = 0;
    if (!read.ok) return this.#send(read.answer);
    void this.#answer(read.frame);
  }

  #refuse(id: string | null): void {
    if (++this.#refusedInARow > PATIENCE) return this.#client.socket.close(POLICY_VIOLATION, 'too many messages');
    this.#send(refusal(id, 'rate_limited', `more than ${RATE.perSecond} messages a second: send it again in ${this.#bucket.wait()} ms`));
  }

  async #answer(frame: ClientFrame): Promise<void> {
    this.#inFlight += 1;
    try {
      this.#send('command' in frame ? await this.#execute(frame) : await this.#read(frame));
    } catch (error) {
      this.#client.log.error('control: a frame could not be answered', { who: this.#client.who, error: String(error) });
      this.#send(refusal(frame.id, 'internal', 'the runner failed to answer; its log says why'));
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #execute({ id, command }: Extract<ClientFrame, { command: unknown }>): Promise<AnswerFrame> {
    const { runtime, scope, who } = this.#client;
    if (scope === 'read') return refusal(id, 'unauthorized', 'this link only reads; `npx jobctl open` gives one that controls');
    return { id, ...(await runtime.execute(command, who, id)) };
  }

  async #read({ id, query }: Extract<ClientFrame, { query: unknown }>): Promise<AnswerFrame> {
    const { runtime } = this.#client;
    if (query.type === 'patches') return { id, ok: true, view: { wanted: (this.#wantsPatches = query.wanted) } };
    if (query.type === 'watch') return { id, ...this.#watched(query.path) };
    return { id, ...(await runtime.read(query)) };
  }

  #watched(path: string | null): Read {
    const actor = path === null ? undefined : this.#client.runtime.actor(path);
    if (path !== null && !actor) return unknownActor(path);
    if (path === null) this.#watch.end();
    else if (this.#client.socket.readyState === this.#client.socket.OPEN) this.#watch.begin(path);
    return { ok: true, view: { actor: actor ?? null } };
  }
}
