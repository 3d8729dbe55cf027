/** One worker thread with one version of a stage in it, as the runner holds it. It runs an attempt at a time, and can be ended whatever it does. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Claim, Result } from '../../../actors/ports.ts';
import { compiledCode } from '../../compiled.ts';
import type { VersionHashes } from '../facets.ts';
import type { World } from '../world.ts';
import { Ended, OutOfMemory, type ThreadDeath } from './deaths.ts';
import { LIMIT_MB, RESOURCE_LIMITS, watchMemory } from './memory.ts';
import type { Assignment, FromThread, ToThread } from './messages.ts';
import { servedEffects, type Effects } from './served-effects.ts';
import { toWire } from './wire-error.ts';

/** Between asking an attempt to end and ending its thread. */
const GRACE_MS = 1_000;
const NO_EFFECTS: Effects = {};

export type Loaded = { hashes: VersionHashes; needs: readonly string[]; maxCost: number | undefined };

export class HandlerThread {
  /** Rejects with a message for the operator. */
  readonly loaded: Promise<Loaded>;
  /** It may take another attempt. */
  healthy = true;
  private readonly world: World;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly loading = Promise.withResolvers<Loaded>();
  private running: PromiseWithResolvers<Result> | undefined;
  private effects: Effects = NO_EFFECTS;
  private death: ThreadDeath | undefined;

  constructor(assignment: Assignment, world: World) {
    const { port1, port2 } = new MessageChannel();
    this.world = world;
    this.port = port1;
    this.loaded = this.loading.promise;
    this.loaded.catch(() => {});
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: `${assignment.job.id}/${assignment.stage.name}`,
      workerData: { port: port2, assignment },
      transferList: [port2],
      resourceLimits: RESOURCE_LIMITS,
      env: { ...Object.fromEntries(Object.entries(world.env).filter((entry): entry is [string, string] => entry[1] !== undefined)), ...compiledCode() },
      execArgv: [],
    });
    port1.on('message', (message: FromThread) => void this.hear(message));
    this.worker.on('error', (error) => (this.death = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? new OutOfMemory(LIMIT_MB) : new Ended(error.message)));
    this.worker.on('exit', (code) => this.gone(this.death ?? new Ended(`it called process.exit(${code})`)));
    // Neither keeps the runner alive: it ends them.
    this.worker.unref();
    port1.unref();
  }

  /**
   * Rejects with a `ThreadDeath` when the thread has gone before the attempt was over. `signal`: the attempt is asked to end, and its
   * thread is ended when that does not help.
   */
  async run(claim: Claim, signal: AbortSignal): Promise<Result> {
    const { needs } = await this.loaded;
    const ending = new AbortController();
    const { clock, store } = this.world;
    let grace: unknown;
    const abort = () => {
      const { name = 'Error', message = '' } = (signal.reason ?? {}) as Partial<Error>;
      this.tell({ type: 'abort', name, message });
      grace = clock.setTimeout(() => this.end(new Ended(`it did not end within ${GRACE_MS} ms after it was asked to`)), GRACE_MS);
    };
    this.effects = servedEffects(this.world, { claim, signal: AbortSignal.any([signal, ending.signal]) });
    this.running = Promise.withResolvers();
    this.tell({ type: 'run', claim, prev: needs.length > 0 ? store.outputs.ofItem(claim.itemId, needs) : {} });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    const unwatch = watchMemory(this.worker, clock, () => this.end(new OutOfMemory(LIMIT_MB)));
    try {
      return await this.running.promise;
    } finally {
      unwatch();
      clock.clearTimeout(grace);
      signal.removeEventListener('abort', abort);
      ending.abort(new Ended('its attempt is over'));
    }
  }

  /** At once, also out of an endless loop. */
  end(death: ThreadDeath): void {
    this.healthy = false;
    this.death ??= death;
    void this.worker.terminate();
  }

  private async hear(message: FromThread): Promise<void> {
    switch (message.type) {
      case 'loaded':
        return this.loading.resolve(message);
      case 'unloadable':
        this.loading.reject(new Error(message.message));
        return this.end(new Ended(message.message));
      case 'tainted':
        this.healthy = false;
        return;
      case 'ended':
        return this.running?.resolve(message.result);
      case 'say':
        return void this.effects[message.effect]?.(...message.given);
      case 'call':
        return this.answer(message);
    }
  }

  private async answer({ id, effect, given }: FromThread & { type: 'call' }): Promise<void> {
    try {
      this.tell({ type: 'answer', id, value: await this.effects[effect]!(...given) });
    } catch (error) {
      this.tell({ type: 'refusal', id, error: toWire(error) });
    }
  }

  private tell(message: ToThread): void {
    this.port.postMessage(message);
  }

  private gone(death: ThreadDeath): void {
    this.healthy = false;
    this.port.close();
    this.loading.reject(death);
    this.running?.reject(death);
  }
}
