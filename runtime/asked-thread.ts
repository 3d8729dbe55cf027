/**
 * A thread that answers questions, for what would keep the runner's own thread too long. It is there from the first question on, and ends
 * when nobody has asked for a while.
 */
import { parentPort, Worker } from 'node:worker_threads';
import type { Clock } from '../actors/ports.ts';
import { compiledCode, keepCompiledCode } from './compiled.ts';

type Asked<Question> = { id: number; question: Question };
type Reply<Answer> = { id: number; answer: Answer } | { id: number; message: string };

/** `file`: what runs in it. `task`: what it does, for the error when it is gone. `data`: its `workerData`. */
export type AskedThreadOptions = { clock: Clock; file: URL; name: string; task: string; idleMs: number; data?: unknown };

export class AskedThread<Question, Answer> {
  private readonly options: AskedThreadOptions;
  private readonly waiting = new Map<number, PromiseWithResolvers<Answer>>();
  private thread: Worker | undefined;
  private idle: unknown;
  private count = 0;

  constructor(options: AskedThreadOptions) {
    this.options = options;
  }

  /** Whether the thread lives. */
  get works(): boolean {
    return this.thread !== undefined;
  }

  /** Rejects when it cannot be answered, or the thread ends before it is. */
  ask(question: Question): Promise<Answer> {
    this.options.clock.clearTimeout(this.idle);
    const id = ++this.count;
    const waiting = Promise.withResolvers<Answer>();
    this.waiting.set(id, waiting);
    this.thread ??= this.start();
    this.thread.postMessage({ id, question } satisfies Asked<Question>);
    return waiting.promise;
  }

  /** Who waits hears of it at once; settles when the thread is gone. It may be asked again. */
  async close(): Promise<void> {
    this.options.clock.clearTimeout(this.idle);
    const { thread } = this;
    this.thread = undefined;
    this.fail('the runner stops');
    await thread?.terminate();
  }

  private start(): Worker {
    const { file, name, data } = this.options;
    const thread = new Worker(file, { name, workerData: data, execArgv: [], env: { ...process.env, ...compiledCode() } });
    thread.on('message', (reply: Reply<Answer>) => this.hear(reply));
    thread.on('error', (error) => this.ended(thread, error.message));
    thread.on('exit', (code) => this.ended(thread, `it ended with ${code}`));
    thread.unref();
    return thread;
  }

  private hear(reply: Reply<Answer>): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ('answer' in reply) waiting?.resolve(reply.answer);
    else waiting?.reject(new Error(reply.message));
    if (this.waiting.size === 0) this.idle = this.options.clock.setTimeout(() => void this.close(), this.options.idleMs);
  }

  private ended(thread: Worker, how: string): void {
    if (this.thread !== thread) return;
    this.thread = undefined;
    this.fail(how);
  }

  private fail(how: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(`the thread that ${this.options.task} is gone: ${how}`));
    this.waiting.clear();
  }
}

/** For the file that runs in the thread. What it throws, or rejects with, is what the asker hears. */
export function answering<Question, Answer>(answer: (question: Question) => Answer | Promise<Answer>): void {
  const reply = (message: Reply<Answer>): void => parentPort!.postMessage(message);
  parentPort!.on('message', async ({ id, question }: Asked<Question>) => {
    try {
      reply({ id, answer: await answer(question) });
    } catch (error) {
      reply({ id, message: error instanceof Error ? error.message : String(error) });
    }
  });
  keepCompiledCode();
}
