/** A connection to the running runner: commands and live reads, each with its answer. */
import WebSocket from 'ws';
import type { Clock } from '../../actors/ports.ts';
import type { AnswerFrame, ClientFrame, Command, Query, Refused, ServerFrame } from '../../inspector/protocol.ts';
import { TokenBucket } from '../control/token-bucket.ts';
import { EXIT, Failure, type ExitCode } from './failure.ts';

const CONNECT_MS = 3_000;
const ANSWER_MS = 30_000;
/** A little below what the server takes, so that a long `add` is never refused for its speed. */
const PACE = { perSecond: 45, burst: 90 };

const UNKNOWN_EFFECT = '`npx jobctl status` shows whether it took effect';

export type Answered = Extract<AnswerFrame, { ok: true }>;

export class Connection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #waiting = new Map<string, { resolve(answer: AnswerFrame): void; reject(error: unknown): void }>();
  /** Resolves when the runner has ended the connection, or it broke. */
  readonly ended: Promise<void>;

  private constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#bucket = new TokenBucket(clock, PACE);
    socket.on('message', (data) => this.#received(JSON.parse(String(data)) as ServerFrame));
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.ended.then(() => this.#fail());
  }

  /** Connects with the runner's token; a failure with exit code 3 when nobody answers there. */
  static async open({ url, token }: { url: string; token: string }, clock: Clock): Promise<Connection> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, {
      headers: { Authorization: `Bearer ${token}` },
      handshakeTimeout: CONNECT_MS,
      perMessageDeflate: false,
    });
    const connection = new Connection(socket, clock);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.on('error', (cause) => reject(new Failure(EXIT.stopped, 'unreachable', `the runner does not answer at ${url}: ${cause.message}`, { cause })));
    });
    return connection;
  }

  /** Sends a command; `id` makes it idempotent. A refusal is thrown. */
  command(id: string, command: Command): Promise<Answered> {
    return this.#ask({ id, command });
  }

  query(id: string, query: Query): Promise<Answered> {
    return this.#ask({ id, query });
  }

  close(): void {
    this.#socket.close();
  }

  async #ask(frame: ClientFrame): Promise<Answered> {
    while (!this.#bucket.take()) await this.#pause(this.#bucket.wait());
    const answer = await this.#exchange(frame);
    if (answer.ok) return answer;
    throw refused(answer);
  }

  #exchange(frame: ClientFrame): Promise<AnswerFrame> {
    return new Promise((resolve, reject) => {
      const late = this.#clock.setTimeout(() => {
        this.#waiting.delete(frame.id);
        reject(new Failure(EXIT.failed, 'no_answer', `the runner did not answer within ${ANSWER_MS / 1000} s`, { hint: UNKNOWN_EFFECT }));
      }, ANSWER_MS);
      const settled = <T>(then: (value: T) => void) => (value: T) => {
        this.#clock.clearTimeout(late);
        then(value);
      };
      this.#waiting.set(frame.id, { resolve: settled(resolve), reject: settled(reject) });
      this.#socket.send(JSON.stringify(frame));
    });
  }

  #received(frame: ServerFrame): void {
    if (!('id' in frame) || frame.id === null) return;
    this.#waiting.get(frame.id)?.resolve(frame);
    this.#waiting.delete(frame.id);
  }

  #fail(): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new Failure(EXIT.failed, 'connection_lost', 'the connection to the runner broke before it answered', { hint: UNKNOWN_EFFECT }));
    }
    this.#waiting.clear();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
  }
}

const EXIT_OF: Record<Refused['code'], ExitCode> = {
  bad_request: EXIT.usage,
  unknown_job: EXIT.notFound,
  unknown_actor: EXIT.notFound,
  unknown_item: EXIT.notFound,
  unknown_machine: EXIT.notFound,
  unknown_error: EXIT.notFound,
  unknown_revision: EXIT.notFound,
  unknown_selection: EXIT.notFound,
  unknown_past: EXIT.notFound,
  not_accepted: EXIT.notAccepted,
  invalid_config: EXIT.invalidConfig,
  unauthorized: EXIT.failed,
  too_large: EXIT.usage,
  rate_limited: EXIT.failed,
  not_stored: EXIT.failed,
  internal: EXIT.failed,
};

function refused({ code, message, accepted }: Refused): Failure {
  const hint = accepted.length > 0 ? `accepted now: ${accepted.join(', ')}` : undefined;
  return new Failure(EXIT_OF[code], code, message, { ...(hint && { hint }), accepted });
}
