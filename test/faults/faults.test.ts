/** Each fault of the table in docs/operations.md, made as often as time allows here. */
import { expect, test } from 'vitest';
import { faults } from '../prove/faults/faults.ts';
import { missing } from '../prove/faults/tools.ts';

const PATIENCE_MS = 90_000;

for (const { name, needs, quick, inject } of faults) {
  const why = needs && missing(needs);
  if (why) console.warn(`skipped: ${name}: ${why}`);
  test.skipIf(why !== undefined)(name, async () => {
    const { injected, wrong } = await inject(quick);
    expect(wrong).toEqual([]);
    expect(injected).toBeGreaterThan(0);
  }, PATIENCE_MS);
}
