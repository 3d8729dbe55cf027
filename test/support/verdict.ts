/** What gives a machine away that is not as it should be: one of its stories or invariants, never a comparison with the right one. */
import type { AnyStateMachine } from 'xstate';
import { walk } from './edges.ts';
import { brokenIn, sampled } from './histories.ts';
import { brokenBy, brokenLaw } from './laws.ts';
import { alone } from './machines.ts';
import type { Proof } from './proof.ts';
import { tell } from './stories.ts';

/**
 * Looks at one machine after the other. The story that noticed a mistake is told first to the next machine: mistakes that stand beside each
 * other are mostly noticed by the same one.
 *
 * @returns what noticed that something is wrong with the machine, or undefined
 */
export function judgeOf(proof: Proof): (machine: AnyStateMachine) => string | undefined {
  const stories = Object.entries(proof.stories);
  return (machine) => {
    const its = alone(machine);
    return byStories(proof, stories, its) ?? byWalk(proof, its) ?? byChance(proof, its);
  };
}

function byStories(proof: Proof, stories: [name: string, story: Proof['stories'][string]][], machine: AnyStateMachine): string | undefined {
  for (const [at, [name, story]] of stories.entries()) {
    const { problem, steps } = tell(proof, machine, story);
    const broken = problem === undefined ? brokenLaw(proof, steps) : undefined;
    if (problem === undefined && broken === undefined) continue;
    stories.unshift(...stories.splice(at, 1));
    return broken === undefined ? `story: ${name}` : `invariant: ${broken}`;
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
