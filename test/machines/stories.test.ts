import { describe, expect, test } from 'vitest';
import { brokenLaw } from '../support/laws.ts';
import { alone } from '../support/machines.ts';
import { tell } from '../support/stories.ts';
import { proofs } from './proofs.ts';

describe.each(Object.entries(proofs))('%s', (_, proof) => {
  const machine = alone(proof.machine);

  test.each(Object.entries(proof.stories))('%s', (_, story) => {
    const { problem, steps } = tell(proof, machine, story);
    if (problem !== undefined) expect.fail(problem);
    expect(brokenLaw(proof, steps), 'no invariant is broken on the way').toBeUndefined();
    const killed = tell(proof, machine, story, { killed: true }).problem;
    if (killed !== undefined) expect.fail(`killed after every moment:\n${killed}`);
  });
});
