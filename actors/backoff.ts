import type { StageSpec } from '../machines/spec.ts';

/**
 * How long to wait before a task is tried again: doubles with each try up to the cap, and half of it is chance, so that
 * what failed together does not come back together.
 *
 * @param tries charged so far, the failed one included (1 or more)
 * @param random in [0, 1)
 * @returns ms
 */
export function backoffMs({ baseMs, capMs }: StageSpec['retry'], tries: number, random: number): number {
  const whole = Math.min(capMs, baseMs * 2 ** (tries - 1));
  return Math.round(whole / 2 + (whole / 2) * random);
}
