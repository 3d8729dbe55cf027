/** So many steps a second, evenly, in the very process that takes them. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What is late is made up for, but never for so long that nothing else gets its turn. */
const TURN_MS = 10;

/** @param step gets its number, from 0. @returns how many were taken: fewer where they take too long */
export async function paced({ perSecond, seconds }: { perSecond: number; seconds: number }, step: (n: number) => void): Promise<number> {
  const begin = performance.now();
  const passed = () => (performance.now() - begin) / 1000;
  let n = 0;
  while (passed() < seconds) {
    const turn = performance.now();
    while (n < passed() * perSecond && performance.now() - turn < TURN_MS) step(n++);
    await sleep(2);
  }
  return n;
}
