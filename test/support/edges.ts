/** Walks a machine along every edge that its events open, without an actor: nothing runs, nobody is told. */
import { createActor, type AnyMachineSnapshot, type AnyStateMachine, type AnyStateNode, type AnyTransitionDefinition } from 'xstate';
import { getStateNodes } from 'xstate/graph';
import { inert } from '../../runtime/recorder/fold.ts';

/** What a machine has to be given so that a walk meets all of it. */
export type Proof = {
  machine: AnyStateMachine;
  /** What it may start with. */
  inputs: readonly object[];
  /** One of each kind that makes a difference; without `at` they happen at 1. The machine's own timers are added. */
  events: readonly { type: string; at?: number; [payload: string]: unknown }[];
  /** When its timers fire. */
  timersAt?: number;
  /** Keeps the walk finite: states with the same text count as one. */
  abstract(snapshot: AnyMachineSnapshot): unknown;
};

export type Edge = { state: AnyMachineSnapshot; event: { type: string; at: number }; next: AnyMachineSnapshot };
type Walk = { states: AnyMachineSnapshot[]; edges: Edge[]; taken: Set<AnyTransitionDefinition> };

const MOST_STATES = 5_000;

/** Breadth first from the initial states; every event is sent in every state, whether it is accepted there or not. */
export function walk(proof: Proof): Walk {
  const { machine, inputs, abstract } = proof;
  const taken = new Set<AnyTransitionDefinition>();
  const scope = inert(machine, inputs[0]);
  scope.system._sendInspectionEvent = (inspection: { _transitions?: AnyTransitionDefinition[] }) => inspection._transitions?.forEach((one) => taken.add(one));
  const states = inputs.map((input) => machine.getInitialSnapshot(scope as never, input as never) as AnyMachineSnapshot);
  // Which keys the context has, and in which order, shows in its text.
  const nameOf = (state: AnyMachineSnapshot) => JSON.stringify([abstract(state), Object.keys(state.context)]);
  const known = new Set(states.map(nameOf));
  const edges: Edge[] = [];
  for (const state of states) {
    for (const event of eventsOf(proof)) {
      const next = machine.transition(state, event, scope as never) as AnyMachineSnapshot;
      if (next === state) continue;
      edges.push({ state, event, next });
      const name = nameOf(next);
      if (next.status !== 'active' || known.has(name)) continue;
      known.add(name);
      states.push(next);
      if (states.length > MOST_STATES) throw new Error(`${machine.id} has more than ${MOST_STATES} states: its abstraction is too fine`);
    }
  }
  return { states, edges, taken };
}

/** The events of a proof with their time, and those that the machine's timers send. */
export const eventsOf = ({ machine, events, timersAt = 1 }: Proof): Edge['event'][] => [
  ...events.map((event) => ({ at: 1, ...event })),
  ...new Set(nodesOf(machine).flatMap(({ after }) => after.map(({ eventType }) => eventType))).values().map((type) => ({ type, at: timersAt })),
];

export const nodesOf = (machine: AnyStateMachine): AnyStateNode[] => getStateNodes(machine as never) as AnyStateNode[];

/** Every transition that a machine declares, forbidden ones included. */
export const declaredBy = (machine: AnyStateMachine): AnyTransitionDefinition[] =>
  [machine.root as AnyStateNode, ...nodesOf(machine)].flatMap(({ transitions, always }) => [...[...transitions.values()].flat(), ...(always ?? [])]);

export const labelOf = ({ source, eventType, target, guard }: AnyTransitionDefinition): string =>
  `${source.id} ── ${eventType || 'always'} ──▶ ${target?.map(({ id }) => id).join() ?? 'itself'}${guard ? ' (guarded)' : ''}`;

/** As a row would hold it: without its children. */
export const savedText = (machine: AnyStateMachine, state: AnyMachineSnapshot): string =>
  JSON.stringify(machine.getPersistedSnapshot({ ...state, children: {} } as never));

/** What a restart makes of a saved state, before anything has been started. */
export const restored = (machine: AnyStateMachine, text: string): AnyMachineSnapshot =>
  createActor(machine, { snapshot: JSON.parse(text), input: undefined } as never).getSnapshot() as AnyMachineSnapshot;

/** The edges that lead elsewhere once their source was saved as JSON and restored. */
export function brokenByRestore({ machine, inputs }: Proof, edges: readonly Edge[]): string[] {
  const scope = inert(machine, inputs[0]);
  return edges.flatMap(({ state, event, next }) => {
    const after = machine.transition(restored(machine, savedText(machine, state)), event, scope as never) as AnyMachineSnapshot;
    const [got, want] = [after, next].map((one) => savedText(machine, one));
    return got === want ? [] : [`${event.type}: ${got} is not ${want}`];
  });
}

/** Delays that the active states of a snapshot would wait for at `at`, by event. */
export const delaysOf = (state: AnyMachineSnapshot, at: number): Map<string, number> =>
  new Map(
    (state._nodes as AnyStateNode[]).flatMap(({ after }) =>
      after.map(({ eventType, delay }) => [eventType, (state.machine.implementations.delays[delay as string] as (args: object) => number)({ context: state.context, event: { type: 'actor.restored', at } })]),
    ),
  );
