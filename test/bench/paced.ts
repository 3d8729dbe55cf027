/** So many steps a second, evenly, in the very process that takes them. */
import { setTimeout as sleep } from 'node:timers/promises';

/** @param step gets its number, from 0. @returns how many were taken */
export async function paced({ perSecond, seconds }: { perSecond: number; seconds: number }, step: (n: number) => void): Promise<number> {
  const begin = performance.now();
  const passed = () => (performance.now() - begin) / 1000;
  let n = 0;
  while (passed() < seconds) {
    while (n < passed() * perSecond) step(n++);
    await sleep(2);
  }
  return n;
}
