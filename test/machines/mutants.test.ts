/**
 * Every machine with one mistake after the other in its configuration. A mistake counts as noticed only when an invariant or a story
 * of the machine's own proof notices it. What nobody notices stands in the proof under `survivors`, each with the reason.
 */
import { describe, expect, test } from 'vitest';
import { mutantsOf } from '../support/mutants.ts';
import { judgeOf } from '../support/verdict.ts';
import { proofs } from './proofs.ts';

const LEAST_NOTICED = 0.8;

describe.each(Object.entries(proofs))('%s', (_, proof) => {
  test('nobody can break it unnoticed', { timeout: 60_000 }, async ({ annotate }) => {
    const judge = judgeOf(proof);
    expect(judge(proof.machine), 'what notices the machine as it is: mend that first').toBeUndefined();
    const mutants = mutantsOf(proof.machine);
    const unnoticed = mutants.filter(({ machine }) => judge(machine) === undefined).map(({ label }) => label);
    const noticed = mutants.length - unnoticed.length;
    await annotate(`${noticed} of ${mutants.length} mutants noticed`);
    expect(unnoticed.sort(), 'mutants that no invariant and no story notices: write one that does, or say in `survivors` why nobody can').toEqual(Object.keys(proof.survivors ?? {}).sort());
    expect(noticed / mutants.length).toBeGreaterThanOrEqual(LEAST_NOTICED);
  });
});
