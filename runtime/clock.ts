/** The one place that touches real time and chance. */
import type { Clock } from '../actors/ports.ts';

const LONGEST = 2 ** 31 - 1;

type Timer = { handle: NodeJS.Timeout };

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  defer: (run) => void setImmediate(run),
  setTimeout(run, ms) {
    const timer: Timer = { handle: setTimeout(fire, Math.min(ms, LONGEST)) };
    let left = ms - LONGEST;
    function fire() {
      if (left <= 0) return run();
      timer.handle = setTimeout(fire, Math.min(left, LONGEST));
      left -= LONGEST;
    }
    return timer;
  },
  clearTimeout: (timer) => clearTimeout((timer as Timer | undefined)?.handle),
  random: () => Math.random(),
};
