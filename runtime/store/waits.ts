/** How often somebody waited how long, in steps of a fifth: bounded however many waits there are. */

/** By the number of the step. */
export type Waits = Record<string, number>;

const STEPS_PER_DOUBLING = 4;

/** `ms` below 1 is no wait. */
export function addWait(waits: Waits, ms: number, n = 1): void {
  const step = ms < 1 ? 0 : 1 + Math.floor(Math.log2(ms) * STEPS_PER_DOUBLING);
  waits[step] = (waits[step] ?? 0) + n;
}

/** In ms, at most a fifth too long; undefined where nobody came. */
export function waitAt(waits: Waits, share: number): number | undefined {
  const steps = Object.entries(waits).map(([step, n]) => [Number(step), n] as const).toSorted(([a], [b]) => a - b);
  let left = share * steps.reduce((sum, [, n]) => sum + n, 0);
  for (const [step, n] of steps) if ((left -= n) <= 0) return step === 0 ? 0 : Math.round(2 ** (step / STEPS_PER_DOUBLING));
  return undefined;
}
