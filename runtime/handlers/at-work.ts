/**
 * Which attempt the code that runs now belongs to, however many `await`s and timers ago it was started. An error that nobody caught is
 * led back to its attempt by this, and a handler that blocks the event loop is named.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export type AtWork = {
  readonly job: string;
  readonly stage: string;
  /** The item's; undefined while the module is loaded. */
  readonly key: string | undefined;
  /** Ends the attempt as if this had been thrown. False when there is none, or not any more. */
  fail(thrown: unknown): boolean;
};

export const atWork = new AsyncLocalStorage<AtWork>();

/** For what the runtime does on behalf of an attempt, and of others as well: a flush is nobody's. */
export const outside = <Value>(run: () => Value): Value => atWork.exit(run);

/** `job "watch" stage "fetch" item "k1"` */
export const nameOf = ({ job, stage, key }: Pick<AtWork, 'job' | 'stage' | 'key'>): string => `job "${job}" stage "${stage}"${key === undefined ? ' (its handler is being loaded)' : ` item "${key}"`}`;
