/** The one place that touches real time and chance. */
import type { Clock } from '../actors/ports.ts';

const LONGEST_MS = 2 ** 31 - 1;
/** Waits of so long are for a time of day as well. */
const LONG_MS = 2_000;
const LOOK_MS = 5_000;
/** Clocks are adjusted all the time; who sets one moves it by more. */
const SET_MS = 1_000;

type Timer = { handle: NodeJS.Timeout; /** By the monotonic clock. */ due: number; run(): void };

/** Long waits: each ends when either clock says that its time is over. */
const long = new Set<Timer>();
let ahead = Date.now() - performance.now();
let looking = false;

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  defer: (run) => void setImmediate(run),
  setTimeout(run, ms) {
    // One that needs no watching is no more than Node's own.
    if (ms < LONG_MS) return { handle: setTimeout(run, ms) };
    const timer: Timer = { handle: undefined!, due: performance.now() + ms, run };
    long.add(timer);
    arm(timer);
    watch();
    return timer;
  },
  clearTimeout(timer) {
    long.delete(timer as Timer);
    clearTimeout((timer as Timer | undefined)?.handle);
  },
  random: () => Math.random(),
};

function arm(timer: Timer): void {
  clearTimeout(timer.handle);
  const left = timer.due - performance.now();
  timer.handle = setTimeout(() => {
    if (left > LONGEST_MS) return arm(timer);
    long.delete(timer);
    timer.run();
  }, Math.min(Math.max(0, left), LONGEST_MS));
}

/**
 * Timers know nothing of a clock that was set forward, nor of the hours that a laptop has slept: what was due meanwhile is due
 * now. Set back, they end when they would have ended.
 */
function watch(): void {
  if (looking) return;
  looking = true;
  setTimeout(() => {
    looking = false;
    const now = Date.now() - performance.now();
    const forward = now - ahead;
    if (Math.abs(forward) >= SET_MS) ahead = now;
    if (forward >= SET_MS) for (const timer of long) arm(Object.assign(timer, { due: timer.due - forward }));
    if (long.size > 0) watch();
  }, LOOK_MS).unref();
}
