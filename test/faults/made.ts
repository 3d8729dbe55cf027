/** Faults of the table in docs/operations.md as tests, each made as often as time allows here. */
import { expect, test } from 'vitest';
import type { Fault } from '../prove/faults/fault.ts';
import { missing } from '../prove/faults/tools.ts';

const PATIENCE_MS = 90_000;

export function made(faults: readonly Fault[]): void {
  for (const { name, needs, quick, inject } of faults) {
    const why = needs && missing(needs);
    if (why) console.warn(`skipped: ${name}: ${why}`);
    test.skipIf(why !== undefined)(name, async () => {
      const { injected, wrong } = await inject(quick);
      expect(wrong).toEqual([]);
      expect(injected).toBeGreaterThan(0);
    }, PATIENCE_MS);
  }
}
