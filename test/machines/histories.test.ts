import { describe, test } from 'vitest';
import { fold } from '../../runtime/recorder/fold.ts';
import { lawfulByChance, survivesByChance } from '../support/histories.ts';
import { alone, type Host } from '../support/machines.ts';
import { proofs } from './proofs.ts';

describe.each(Object.entries(proofs))('%s', (_, proof) => {
  const machine = alone(proof.machine);
  const foldOf = ({ journal }: Host) => JSON.stringify(fold(machine, journal));
  const stateOf = ({ snapshot: { value, context, status } }: Host) => JSON.stringify({ value, context, status });

  test('a host that is killed after every event goes the way of one that is never killed, and its journal folds to where it is', () => {
    survivesByChance(proof, machine, 100, (killed, steady) => {
      killed.crash();
      killed.wait(0);
      if (killed.saved() !== steady.saved()) return `killed after every event, it is\n  ${killed.saved()}\nnever killed, it is\n  ${steady.saved()}`;
      return foldOf(killed) === stateOf(killed) ? undefined : `its journal folds to\n  ${foldOf(killed)}\nnot to\n  ${stateOf(killed)}`;
    });
  });

  test('no history breaks an invariant, whenever the process dies and however long it is dead', () => {
    lawfulByChance(proof, machine, 100);
  });
});
