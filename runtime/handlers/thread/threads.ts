/**
 * The threads of one version of a stage: one for each attempt that runs, used again while they are healthy, gone when they are idle.
 *
 * An attempt whose thread ends (an exit, too much memory, an end by force) fails alone: it is the item that leads there. When three
 * different attempts in a row end so, it is the code, and the job is held: their tasks are ready again when it is mended.
 */
import type { Claim, Outcome, Result } from '../../../actors/ports.ts';
import { BundleError } from '../bundle-error.ts';
import type { Given } from '../context.ts';
import { toMicroUsd } from '../money.ts';
import type { World } from '../world.ts';
import { Ended, ThreadDeath } from './deaths.ts';
import { HandlerThread, type Loaded } from './handler-thread.ts';
import type { Assignment } from './messages.ts';

const IDLE_MS = 10_000;
const DEATHS_IN_A_ROW = 3;

export class Threads {
  private readonly assignment: Assignment;
  private readonly world: World;
  private readonly importTimeoutMs: number;
  private readonly idle = new Map<HandlerThread, unknown>();
  private readonly busy = new Set<HandlerThread>();
  private deaths = 0;
  private closed = false;

  constructor(assignment: Assignment, world: World, importTimeoutMs = 10_000) {
    this.assignment = assignment;
    this.world = world;
    this.importTimeoutMs = importTimeoutMs;
  }

  /** Starts the first one. Rejects with `BundleError`. */
  async load(): Promise<Loaded> {
    const thread = this.start();
    const loaded = await this.loadedIn(thread);
    this.rest(thread);
    return loaded;
  }

  /** Never rejects. */
  async run(claim: Claim, given: Given): Promise<Result> {
    const signal = typeof given === 'function' ? given() : given;
    const thread = this.take();
    try {
      await this.loadedIn(thread);
      const result = await thread.run(claim, signal);
      this.deaths = 0;
      return { ...reviewed(result, claim, this.world), costMicroUsd: this.spent(claim) };
    } catch (error) {
      return { outcome: this.outcomeOf(error as Error, signal), costMicroUsd: this.spent(claim), artifacts: [] };
    } finally {
      this.rest(thread);
    }
  }

  /** By itself, and here on its behalf; micro-dollars. */
  private spent(claim: Claim): number {
    return toMicroUsd(this.world.meters.get(claim)?.spent ?? 0);
  }

  /** Nobody starts an attempt here any more: the idle ones end now, the others after theirs. */
  retire(): void {
    this.closed = true;
    for (const thread of this.idle.keys()) this.dismiss(thread);
  }

  /** All end now. */
  close(): void {
    this.retire();
    for (const thread of this.busy) thread.end(new Ended('Rivus stops'));
  }

  private start(): HandlerThread {
    const thread = new HandlerThread(this.assignment, this.world);
    this.busy.add(thread);
    return thread;
  }

  private take(): HandlerThread {
    const [thread] = this.idle.keys();
    if (!thread) return this.start();
    this.world.clock.clearTimeout(this.idle.get(thread));
    this.idle.delete(thread);
    this.busy.add(thread);
    return thread;
  }

  private rest(thread: HandlerThread): void {
    this.busy.delete(thread);
    if (thread.healthy && !this.closed) this.idle.set(thread, this.world.clock.setTimeout(() => this.dismiss(thread), IDLE_MS));
    else thread.end(new Ended('it is not needed any more'));
  }

  private dismiss(thread: HandlerThread): void {
    this.world.clock.clearTimeout(this.idle.get(thread));
    this.idle.delete(thread);
    thread.end(new Ended('it is not needed any more'));
  }

  /** Watched from here: no timer fires in a thread that loops. */
  private async loadedIn(thread: HandlerThread): Promise<Loaded> {
    const { clock } = this.world;
    const { job } = this.assignment;
    const late = () => thread.end(new ThreadDeath(`${job.handler} was not loaded within ${this.importTimeoutMs / 1000} s: what does it wait for at its top level?`));
    const timer = clock.setTimeout(late, this.importTimeoutMs);
    try {
      return await thread.loaded;
    } catch (error) {
      this.busy.delete(thread);
      throw new BundleError((error as Error).message, undefined, error);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  private outcomeOf({ name, message }: Error, { aborted, reason }: AbortSignal): Outcome {
    const error = { name, message };
    if (aborted) return (reason as Error | undefined)?.name === 'TimeoutError' ? { kind: 'failed', class: 'transient', error } : { kind: 'interrupted' };
    if (name === 'BundleError') return { kind: 'failed', class: 'code_bug', error };
    this.deaths += 1;
    return { kind: 'failed', class: this.deaths >= DEATHS_IN_A_ROW ? 'code_bug' : 'item_specific', error };
  }
}

/** A thread knows the rules of Rivus; the operator's are known here. */
function reviewed(result: Result, { job, stage }: Claim, { doctor }: World): Result {
  return result.outcome.kind === 'failed' ? { ...result, outcome: doctor.review(result.outcome, { job, stage }) } : result;
}
