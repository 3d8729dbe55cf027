/** A clock that goes faster than the real one: half an hour in minutes. */
import type { Page } from 'playwright-core';
import type { Clock } from '../../actors/ports.ts';

export function hurried(clock: Clock, speed: number): Clock {
  const fast = (read: () => number): (() => number) => {
    const begun = read();
    return () => begun + (read() - begun) * speed;
  };
  const now = fast(clock.now);
  return {
    ...clock,
    now: () => Math.round(now()),
    monotonic: fast(clock.monotonic),
    setTimeout: (run, ms) => clock.setTimeout(run, ms / speed),
  };
}

/** The same for what a page loads from now on. Frames are still painted by the real clock. */
export async function hurryPage(page: Page, speed: number): Promise<void> {
  await page.addInitScript(`
    const [begun, now, wait, repeat] = [Date.now(), Date.now.bind(Date), setTimeout.bind(window), setInterval.bind(window)];
    Date.now = () => begun + Math.round((now() - begun) * ${speed});
    window.setTimeout = (run, ms, ...rest) => wait(run, ms / ${speed}, ...rest);
    window.setInterval = (run, ms, ...rest) => repeat(run, ms / ${speed}, ...rest);
  `);
}
