/**
 * Bundles in a process of its own: the bundler's memory, some 80 MB, goes when it has been idle for a while, and while the
 * runner starts it works beside it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../actors/ports.ts';
import { compiledCode } from '../compiled.ts';
import { BundleError } from './bundle-error.ts';
import type { Bundle } from './bundle.ts';
import type { Sources } from './sources.ts';

/** An edit is often followed by the next one. */
const IDLE_MS = 5_000;

export type BundleRequest = { id: number; root: string; handler: string; stage: string };
export type BundleReply = { id: number; bundle: Bundle } | { id: number; message: string; sources: Sources };

type Waiting = PromiseWithResolvers<Bundle> & { request: BundleRequest; triedBefore: boolean };

export class Bundler {
  private readonly clock: Clock;
  private readonly waiting = new Map<number, Waiting>();
  private readonly asked: BundleRequest[] = [];
  private process: ChildProcess | undefined;
  private idle: unknown;
  private requests = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Starts the process now: it is about to be used. */
  getReady(): void {
    this.process ??= this.start();
    this.rest();
  }

  /** As `bundleStage`. */
  readonly bundle = (root: string, handler: string, stage: string): Promise<Bundle> => {
    this.requests += 1;
    const waiting: Waiting = { ...Promise.withResolvers<Bundle>(), request: { id: this.requests, root, handler, stage }, triedBefore: false };
    this.ask(waiting);
    return waiting.promise;
  };

  close(): void {
    this.clock.clearTimeout(this.idle);
    this.process?.kill('SIGKILL');
    this.process = undefined;
  }

  private ask(waiting: Waiting): void {
    this.clock.clearTimeout(this.idle);
    this.waiting.set(waiting.request.id, waiting);
    this.process ??= this.start();
    if (this.asked.push(waiting.request) === 1) queueMicrotask(() => this.send());
  }

  /**
   * What was asked for in one turn, the last first. Of the stages of a job that is the end of the line: what the first one hands on finds
   * somebody, and does not pile up before a stage that has no code yet.
   */
  private send(): void {
    for (const request of this.asked.splice(0).toReversed()) this.process?.send(request);
  }

  private start(): ChildProcess {
    const child = fork(fileURLToPath(new URL('./bundler-process.ts', import.meta.url)), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, ...compiledCode() } });
    child.on('message', (reply) => this.hear(reply as BundleReply));
    child.once('exit', (code, signal) => this.ended(child, `${signal ?? code}`));
    // It keeps nobody alive: who waits for a bundle has other reasons to live.
    child.unref();
    child.channel?.unref();
    return child;
  }

  private hear(reply: BundleReply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ('bundle' in reply) waiting?.resolve(reply.bundle);
    else waiting?.reject(new BundleError(reply.message, reply.sources));
    if (this.waiting.size === 0) this.rest();
  }

  private rest(): void {
    this.clock.clearTimeout(this.idle);
    this.idle = this.clock.setTimeout(() => this.close(), IDLE_MS);
  }

  /** What it had not answered is asked of a new one, once: a file that kills the bundler must not do so for ever. */
  private ended(child: ChildProcess, how: string): void {
    if (this.process !== child) return;
    this.process = undefined;
    const unanswered = [...this.waiting.values()];
    this.waiting.clear();
    for (const waiting of unanswered) {
      const { request, triedBefore } = waiting;
      if (triedBefore) waiting.reject(new BundleError(`the bundler ended with ${how} on ${request.handler}`));
      else this.ask({ ...waiting, triedBefore: true });
    }
  }
}
