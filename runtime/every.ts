import type { Clock } from '../actors/ports.ts';

/** Runs `run` every `ms`, the first time after `ms`. */
export function every(clock: Clock, ms: number, run: () => void): { close(): void } {
  let timer = clock.setTimeout(tick, ms);
  function tick(): void {
    run();
    timer = clock.setTimeout(tick, ms);
  }
  return { close: () => clock.clearTimeout(timer) };
}
