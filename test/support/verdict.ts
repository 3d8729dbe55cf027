/** What gives a machine away that is not as it should be: one of its stories or invariants, never a comparison with the right one. */
import type { AnyStateMachine } from 'xstate';
import { walk } from './edges.ts';
import { brokenIn, sampled } from './histories.ts';
import { brokenBy, brokenLaw } from './laws.ts';
import { alone } from './machines.ts';
import type { Proof } from './proof.ts';
import { tell } from './stories.ts';

/** @returns what noticed that something is wrong, or undefined */
export function verdictOn(proof: Proof, machine: AnyStateMachine): string | undefined {
  const its = alone(machine);
  return byStories(proof, its) ?? byWalk(proof, its) ?? byChance(proof, its);
}

function byStories(proof: Proof, machine: AnyStateMachine): string | undefined {
  for (const [name, story] of Object.entries(proof.stories)) {
    const { problem, steps } = tell(proof, machine, story);
    if (problem !== undefined) return `story: ${name}`;
    const broken = brokenLaw(proof, steps);
    if (broken) return `invariant: ${broken}`;
  }
  return undefined;
}

function byWalk(proof: Proof, machine: AnyStateMachine): string | undefined {
  for (const edge of walk(proof, machine)) {
    const broken = brokenBy(proof, edge);
    if (broken) return `invariant: ${broken}`;
  }
  return undefined;
}

function byChance(proof: Proof, machine: AnyStateMachine): string | undefined {
  for (const history of sampled(proof)) {
    const broken = brokenIn(proof, machine, history);
    if (broken) return `invariant: ${broken}`;
  }
  return undefined;
}
