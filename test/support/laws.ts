/** What must be true of a machine: what must be true of every one, and its own invariants. */
import { machines } from '../../machines/index.ts';
import { delaysOf } from './edges.ts';
import type { Invariants, Proof, Step } from './proof.ts';

type State = Step['after'];

const OF_EVERY_MACHINE: Invariants<State> = {
  'nothing ends or breaks it': ({ after }) => after.status === 'active',
  'a state with a timer is only entered when its end is known': ({ after, event }) => [...delaysOf(after, event.at).values()].every((ms) => Number.isFinite(ms) && ms >= 0),
};

/** Its context is what the runtime would take from a row. */
function shapeOf({ machine }: Proof): Invariants<State> {
  const known = Object.values(machines).find((one) => one.machine.id === machine.id);
  return known ? { 'its context is what its schema says': ({ after }) => known.context.safeParse(after.context).success } : {};
}

const known = new WeakMap<Proof, [name: string, holds: (step: Step) => boolean][]>();

function lawsOf(proof: Proof) {
  if (!known.has(proof)) known.set(proof, Object.entries({ ...OF_EVERY_MACHINE, ...shapeOf(proof), ...proof.invariants }));
  return known.get(proof)!;
}

/** The name of a law that this step breaks. */
export const brokenBy = (proof: Proof, step: Step): string | undefined => lawsOf(proof).find(([, holds]) => !holds(step))?.[0];

/**
 * The name of a law that this history breaks.
 *
 * @param steps from `xstate.init` on
 * @param looked how many of them were looked at before
 */
export function brokenLaw(proof: Proof, steps: readonly Step[], looked = 0): string | undefined {
  for (const step of steps.slice(looked)) {
    const broken = brokenBy(proof, step);
    if (broken) return broken;
  }
  return Object.entries(proof.histories ?? {}).find(([, holds]) => !holds(steps))?.[0];
}
