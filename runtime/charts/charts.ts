/**
 * Charts as they are drawn. Machines do not change while a runner lives, so each is laid out once, when somebody first asks for it; the
 * thread that does it, with its 100 MB, ends when nobody has asked for a while.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../actors/ports.ts';
import type { Chart, ChartLayout, ChartState, ChartView } from '../../inspector/protocol.ts';
import { compiledCode } from '../compiled.ts';

/** Who looks at one chart often looks at the next. */
const IDLE_MS = 10_000;

export type LayoutRequest = { id: number; root: ChartState };
export type LayoutReply = { id: number; layout: ChartLayout } | { id: number; message: string };

export class Charts {
  private readonly clock: Clock;
  private readonly views = new Map<string, Promise<ChartView>>();
  private readonly waiting = new Map<number, PromiseWithResolvers<ChartLayout>>();
  private thread: Worker | undefined;
  private idle: unknown;
  private requests = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Whether the thread lives. */
  get works(): boolean {
    return this.thread !== undefined;
  }

  /** One layout for all who ask. What failed is tried again when somebody asks again. */
  view(chart: Chart): Promise<ChartView> {
    const key = `${chart.machine} ${chart.version}`;
    const known = this.views.get(key);
    if (known) return known;
    const view = this.layout(chart.root).then((layout) => ({ chart, layout }));
    this.views.set(key, view);
    view.catch(() => this.views.delete(key));
    return view;
  }

  layout(root: ChartState): Promise<ChartLayout> {
    this.clock.clearTimeout(this.idle);
    const id = ++this.requests;
    const waiting = Promise.withResolvers<ChartLayout>();
    this.waiting.set(id, waiting);
    this.thread ??= this.start();
    this.thread.postMessage({ id, root } satisfies LayoutRequest);
    return waiting.promise;
  }

  close(): void {
    this.clock.clearTimeout(this.idle);
    const { thread } = this;
    this.thread = undefined;
    void thread?.terminate();
    this.fail('the runner stops');
  }

  private start(): Worker {
    const thread = new Worker(new URL('./layout-thread.ts', import.meta.url), { name: 'charts', execArgv: [], env: { ...process.env, ...compiledCode() } });
    thread.on('message', (reply: LayoutReply) => this.hear(reply));
    thread.on('error', (error) => this.ended(thread, error.message));
    thread.on('exit', (code) => this.ended(thread, `it ended with ${code}`));
    thread.unref();
    return thread;
  }

  private hear(reply: LayoutReply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ('layout' in reply) waiting?.resolve(reply.layout);
    else waiting?.reject(new Error(`a chart could not be laid out: ${reply.message}`));
    if (this.waiting.size === 0) this.idle = this.clock.setTimeout(() => this.close(), IDLE_MS);
  }

  private ended(thread: Worker, how: string): void {
    if (this.thread !== thread) return;
    this.thread = undefined;
    this.fail(how);
  }

  private fail(how: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(`the thread that lays out charts is gone: ${how}`));
    this.waiting.clear();
  }
}
