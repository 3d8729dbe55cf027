import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machines } from '../../machines/index.ts';
import { fold } from '../../runtime/recorder/fold.ts';
import { Host } from '../support/machines.ts';
import { proofs } from './proofs.ts';

const MINUTE = 60_000;

describe.each(Object.keys(machines).map((src) => [src, proofs[src]!] as const))('%s', (_, { machine, inputs, events }) => {
  // `actor.restored` speaks of children, of which a machine that runs alone has none.
  const sent = events.filter(({ type }) => type !== 'actor.restored').map(({ at, ...event }) => event);
  const step = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...sent) }, { weight: 1, arbitrary: fc.oneof(fc.nat(10), fc.nat(2 * MINUTE)) });
  const history = fc.array(step, { maxLength: 40 });

  test('a host that is killed after every event goes the way of one that is never killed, and its journal folds to where it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...inputs), history, (input, steps) => {
        const [steady, killed] = [new Host(machine, input), new Host(machine, input)];
        for (const step of steps) {
          for (const host of [steady, killed]) {
            if (typeof step === 'number') host.clock.increment(step);
            else host.send(step);
          }
          killed.crash();
          steady.clock.increment(0);
          expect(killed.saved()).toBe(steady.saved());
        }
        for (const host of [steady, killed]) {
          const { value, context } = JSON.parse(host.saved()) as { value: unknown; context: unknown };
          expect(JSON.stringify(fold(machine, host.journal))).toBe(JSON.stringify({ value, context, status: 'active' }));
        }
      }),
      { numRuns: 100 },
    );
  });
});
