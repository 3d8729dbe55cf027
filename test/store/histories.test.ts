/** Random histories of a job with a diamond of stages, in which the process dies now and then. */
import fc from 'fast-check';
import { test } from 'vitest';
import { deskWith, jobSpec } from '../support/store.ts';
import { invariants, NEEDS, step, take, type Run } from '../support/store-histories.ts';

test('after any history the counts are exact, what is in flight is running, and ready is what has all it needs', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }), (history) => {
      const run: Run = { desk: deskWith(jobSpec('job', NEEDS)), inFlight: [], old: [] };
      for (const action of history) {
        take(run, action);
        invariants(run);
      }
    }),
    { numRuns: 50 },
  );
});
