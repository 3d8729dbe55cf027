import { describe, test } from 'vitest';
import { lawfulByChance, survivesByChance } from '../support/histories.ts';
import { alone } from '../support/machines.ts';
import { proofs } from './proofs.ts';

const RUNS = 80;

describe.each(Object.entries(proofs))('%s', (_, proof) => {
  const machine = alone(proof.machine);

  test('a host that is killed after every event goes the way of one that is never killed, and its journal folds to where it is', () => {
    survivesByChance(proof, machine, RUNS);
  });

  test('no history breaks an invariant, whenever the process dies and however long it is dead', () => {
    lawfulByChance(proof, machine, RUNS);
  });
});
