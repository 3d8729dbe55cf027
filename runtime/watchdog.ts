/**
 * Says who keeps the event loop from turning, while it does. A handler in the runner's own thread that loops keeps all jobs, `jobctl` and
 * the timers waiting, so only another thread can say it. That one asks the blocked thread through the inspector, which interrupts even an
 * endless loop; until then it costs a counter, four times a second.
 */
import { Worker } from 'node:worker_threads';
import type { Clock, Log } from '../actors/ports.ts';
import { compiledCode } from './compiled.ts';
import { every } from './every.ts';
import { atWork, nameOf } from './handlers/at-work.ts';

export const BEAT_MS = 250;
/** What the thread evaluates here. */
export const QUESTION = 'globalThis[Symbol.for("rivus.blockedBy")]()';
const FRAMES = 50;

/** `place`: where in the operator's files, `handlers/x.ts:12:5`. */
export type Blocker = { who: string; place?: string };
export type Blocked = { ms: number; by: Blocker | undefined };

/** @param clean makes places in the operator's files of frames in bundles */
export function startWatchdog({ clock, log, clean }: { clock: Clock; log: Log; clean(text: string): string }): { close(): void } {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const beating = every(clock, BEAT_MS, () => void Atomics.add(beats, 0, 1));
  Object.assign(globalThis, { [Symbol.for('rivus.blockedBy')]: () => blocker(clean) });
  const thread = new Worker(new URL('./watchdog-thread.ts', import.meta.url), { name: 'watchdog', workerData: { beats }, execArgv: [], env: { ...process.env, ...compiledCode() }, resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 } });
  thread.on('message', ({ ms, by }: Blocked) => log.warn(`${by?.who ?? 'something'} kept everything waiting for ${(ms / 1000).toFixed(1)} s`, by?.place === undefined ? {} : { place: by.place }));
  thread.on('error', (error) => log.warn(`nobody watches the event loop any more: ${error.message}`));
  thread.unref();
  return {
    close() {
      beating.close();
      void thread.terminate();
    },
  };
}

/** Runs in the middle of whatever blocks the loop: it only looks. */
function blocker(clean: (text: string) => string): Blocker {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const frames = new Error().stack!.split('\n').filter((line) => /^\s+at /.test(line));
  Error.stackTraceLimit = limit;
  const places = frames.map((frame) => ({ frame, clean: clean(frame) }));
  const place = places.find(({ frame, clean }) => clean !== frame)?.clean.match(/([^\s(]+:\d+:\d+)\)?$/)?.[1];
  const work = atWork.getStore();
  return { who: work ? nameOf(work) : 'Rivus itself, no handler,', ...(place !== undefined && { place }) };
}
