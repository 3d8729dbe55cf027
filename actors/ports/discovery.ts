/** Where work is found. */
import type { JobSpec } from '../../machines/spec.ts';
import type { Http } from '../http.ts';
import type { Llm } from '../llm.ts';
import type { Log } from './world.ts';

/**
 * One thing that a strategy found. `filtered` says why it is not taken (the key is recorded all the same).
 * `revision` names the state of its source; a filtered key is looked at again when it changes.
 */
export type Candidate = { key: string; data: unknown; priority?: number; title?: string; filtered?: string; revision?: string };

export const DECISIONS = ['new', 'seen', 'filtered', 'over_max_pending'] as const;
export type Decision = (typeof DECISIONS)[number];
export type FoundReceipt = Record<'new' | 'seen' | 'filtered', number>;

/** What a strategy may use. Nothing else: no globals. */
export type SourceContext = {
  job: string;
  signal: AbortSignal;
  log: Log;
  now(): number;
  /** Resolves in the next turn of the event loop: called between the parts of long work, so that nobody waits for all of it. */
  turn(): Promise<void>;
  /** Folder of jobs.yaml, absolute: relative paths in options start here. */
  root: string;
  /** Guarded, paced and cached like `ctx.http`; it ends with the poll. A feed that has not changed is answered with `notModified`. */
  http: Http;
  /** As in a stage. Its calls are the job's own, and no item's: they count for the limits of the job and of the whole runner. */
  llm: Llm;
  /** What costs money without `llm`, such as a search that is paid for. */
  cost: {
    /**
     * Holds so many US dollars, the most that a call can cost, before it is made. What has not ended with the poll counts as spent.
     * @throws BudgetRefused when a limit would be passed; then the job is held until there is room for it, and looks again
     */
    reserve(most: number): Promise<{ settle(cost: number): void; release(): void }>;
  };
  /** JSON that the strategy stored at its last finished poll of this job, or undefined. */
  cursor(): unknown;
  /** Stores a cursor. It is written together with the candidates yielded before. */
  saveCursor(value: unknown): void;
  /** Reads outputs of another job that were committed after `since`, in order of commit. */
  outputs(query: OutputQuery): OutputRow[];
};

export type OutputQuery = { job: string; stage?: string; since: number; limit: number };
/** `seq` rises with every commit of an output, also when an item is reprocessed. `output` is parsed JSON. */
export type OutputRow = { seq: number; itemId: number; key: string; stage: string; data: unknown; output: unknown; hash: string; priority: number };

/** A discovery strategy: its name, its own options, one async generator of candidates. */
export interface Strategy<Options = Record<string, unknown>> {
  name: string;
  /** A zod object schema; what jobs.yaml may say under `discovery` beside `strategy` and `every`. */
  options: { parse(value: unknown): Options };
  discover(options: Options, source: SourceContext): AsyncGenerator<Candidate, void, void>;
  /** Jobs whose commits wake this one (for chaining); none by default. */
  upstream?(options: Options): string[];
}

/** What comes out of a poll, in order. A cursor covers every candidate before it: commit it together with them, or later. */
export type Found = { candidate: Candidate } | { cursor: string };

export interface Sources {
  /**
   * Starts a poll. The generator may be left suspended for as long as the queue is full; `signal` closes it, also then.
   * It throws what the strategy throws, and ends quietly when it was closed.
   */
  poll(job: JobSpec, signal: AbortSignal): AsyncGenerator<Found, void, void>;
  /** Jobs that this one reads from: it wants to be polled when one of them has finished something. */
  upstream(job: JobSpec): string[];
}
