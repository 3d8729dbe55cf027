/** Walks a machine along every edge that its events open, without an actor: nothing runs, nobody is told. */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { getStateNodes } from 'xstate/graph';
import { inert, type Effect } from '../../runtime/recorder/fold.ts';
import { changesBetween } from '../../runtime/travel/changes.ts';
import type { Proof, Step } from './proof.ts';

/** A state, the time in it, and the edge by which it was reached first. */
export type Place = { state: AnyMachineSnapshot; at: number; by?: Edge };
/** `from` is undefined where the machine begins. */
export type Edge = Step & { from?: Place; to: Place };

/** A walk that comes so far ends: the abstraction of the proof is too fine. */
export const MOST_PLACES = 1_000;

/**
 * Breadth first from the initial states; every event is sent in every state, whether it is accepted there or not. Time passes only as
 * events and timers say, so that an actor can go every way that is walked here.
 */
export function* walk({ inputs, events, abstract }: Proof, machine: AnyStateMachine): Generator<Edge> {
  let effects: Effect[] = [];
  const scope = inert(machine, inputs[0], (effect) => effects.push(effect)) as never;
  const places = new Map<string, Place>();

  const reach = (edge: Omit<Edge, 'to' | 'effects'>): Edge => {
    // Which keys the context has, and in which order, shows in its text.
    const name = JSON.stringify([abstract(edge.after), Object.keys(edge.after.context ?? {})]);
    const to = places.get(name) ?? { state: edge.after, at: edge.event.at };
    const reached = { ...edge, effects, to };
    effects = [];
    if (edge.after.status === 'active' && !places.has(name) && places.size < MOST_PLACES) places.set(name, Object.assign(to, { by: reached }));
    return reached;
  };

  for (const input of inputs) {
    const after = machine.getInitialSnapshot(scope, input as never) as AnyMachineSnapshot;
    yield reach({ before: null, event: { type: 'xstate.init', at: (input as { at?: number }).at ?? 0, input }, after });
  }
  for (const from of places.values()) {
    for (const event of openAt(from, events)) yield reach({ from, before: from.state, event, after: stepped(machine, from.state, event, scope) });
  }
}

/** What made an actor throw is its end. */
function stepped(machine: AnyStateMachine, state: AnyMachineSnapshot, event: Step['event'], scope: never): AnyMachineSnapshot {
  try {
    return machine.transition(state, event, scope) as AnyMachineSnapshot;
  } catch (error) {
    return { ...state, status: 'error', error } as never;
  }
}

/** Every event that may come next, with its time: the timer that ends first, and what comes before it. */
function openAt({ state, at }: Place, events: Proof['events']): Step['event'][] {
  const timers = [...delaysOf(state, at)].map(([type, ms]) => ({ type, at: at + ms })).sort((a, b) => a.at - b.at);
  const end = timers[0]?.at ?? Infinity;
  return [...events.map(({ later = 0, ...event }) => ({ ...event, at: at + later })).filter((event) => event.at <= end), ...timers.slice(0, 1)];
}

export const nodesOf = (machine: AnyStateMachine): AnyStateNode[] => getStateNodes(machine as never) as AnyStateNode[];

/** Every transition that a machine declares, forbidden ones included. */
export const declaredBy = (machine: AnyStateMachine): AnyTransitionDefinition[] =>
  [machine.root as AnyStateNode, ...nodesOf(machine)].flatMap(({ transitions, always }) => [...[...transitions.values()].flat(), ...(always ?? [])]);

export const labelOf = ({ source, eventType, target, guard }: AnyTransitionDefinition): string =>
  `${source.id} ── ${eventType || 'always'} ──▶ ${target?.map(({ id }) => id).join() ?? 'itself'}${guard ? ' (guarded)' : ''}`;

/** As a row would hold it: without its children. */
export const savedText = ({ status, value, context }: AnyMachineSnapshot): string => JSON.stringify({ status, value, context });

/** Delays that the active states of a snapshot would wait for at `at`, by event. */
export const delaysOf = (state: AnyMachineSnapshot, at: number): Map<string, number> =>
  new Map(
    (state._nodes as AnyStateNode[]).flatMap(({ after }) =>
      after.map(({ eventType, delay }) => [eventType, (state.machine.implementations.delays[delay as string] as (args: object) => number)({ context: state.context, event: { type: 'actor.restored', at } })]),
    ),
  );

/** Where one state is not like another, as lines; both as `savedText`. */
export const differences = (got: string, want: string): string =>
  changesBetween(JSON.parse(want), JSON.parse(got)).map(({ at, before, after }) => `  ${at}: ${JSON.stringify(after)}, not ${JSON.stringify(before)}`).join('\n') || '  only in the order of its keys';

/** What a step made of a state, as lines. */
export const made = ({ before, after }: Pick<Step, 'before' | 'after'>): string => {
  const changes = changesBetween(before ? JSON.parse(savedText(before)) : {}, JSON.parse(savedText(after)));
  return changes.map(({ at, before, after }) => `  ${at}: ${JSON.stringify(before) ?? 'nothing'} → ${JSON.stringify(after) ?? 'nothing'}`).join('\n') || '  nothing';
};

/** The events that lead to a place, one a line. */
export const wayTo = ({ by }: Place): string[] => (by ? [...(by.from ? wayTo(by.from) : []), said(by.event)] : []);

/** What a line has room for. */
const LONGEST_PAYLOAD = 160;

export function said({ type, at, ...payload }: Step['event']): string {
  const text = Object.keys(payload).length > 0 ? JSON.stringify(payload) : '';
  return `${String(at).padStart(7)} ms  ${type} ${text.length > LONGEST_PAYLOAD ? `${text.slice(0, LONGEST_PAYLOAD)}…` : text}`.trimEnd();
}
