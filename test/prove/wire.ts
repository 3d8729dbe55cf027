/** A plain connection to a runner that may die at any moment: what is not answered by then is answered by nobody. */
import WebSocket from 'ws';
import type { AnswerFrame, ClientFrame, JobView, ServerFrame, StatusView } from '../../inspector/protocol.ts';

export class Wire {
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  isClosed = false;
  /** Hears how the jobs stand, whenever something has changed. */
  onPatch: (jobs: readonly JobView[]) => void = () => {};
  private readonly socket: WebSocket;
  private readonly waiting = new Map<string, (answer: AnswerFrame | undefined) => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.closed.then(() => {
      this.isClosed = true;
      for (const answer of this.waiting.values()) answer(undefined);
    });
    socket.on('message', (data) => this.hear(JSON.parse(String(data)) as ServerFrame));
  }

  /** Undefined when nobody answers there any more. */
  static async open({ url, token }: { url: string; token: string }): Promise<Wire | undefined> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, { headers: { Authorization: `Bearer ${token}` }, perMessageDeflate: false });
    // What breaks it also closes it.
    socket.on('error', () => {});
    const wire = new Wire(socket);
    await Promise.race([new Promise((resolve) => socket.once('open', resolve)), wire.closed]);
    return wire.isClosed ? undefined : wire;
  }

  /** The answer, or undefined when the connection was gone before it came. */
  ask(frame: ClientFrame): Promise<AnswerFrame | undefined> {
    if (this.isClosed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.waiting.set(frame.id, resolve);
      this.socket.send(JSON.stringify(frame), () => {});
    });
  }

  /** How they stand now; undefined when the connection is gone. */
  async jobs(): Promise<readonly JobView[] | undefined> {
    const answer = await this.ask({ id: 'status', query: { type: 'status' } });
    return answer?.ok && 'view' in answer ? (answer.view as StatusView).jobs : undefined;
  }

  close(): void {
    this.socket.terminate();
  }

  private hear(frame: ServerFrame): void {
    if ('type' in frame) return frame.type === 'patch' ? this.onPatch(frame.jobs) : undefined;
    if (frame.id === null) return;
    this.waiting.get(frame.id)?.(frame);
    this.waiting.delete(frame.id);
  }
}
