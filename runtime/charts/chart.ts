/**
 * A machine as data, read from its state nodes: XState's own definition drops `always`, and names what is invoked only in
 * part. Everything that shows a chart lives on this: inspector, documents, `jobctl`.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { Chart, ChartState, ChartTransition } from '../../inspector/protocol.ts';
import { machines } from '../../machines/index.ts';

/** Events that operators send are written in capitals, those between actors are not. */
export const isOperatorEvent = (type: string): boolean => /^[A-Z][A-Z0-9_]*$/.test(type);

/** @throws when no actor row may name it */
export function chartOf(src: string): Chart {
  const known = machines[src];
  if (!known) throw new Error(`there is no machine "${src}"; there are ${Object.keys(machines).join(', ')}`);
  return { machine: src, version: known.version, root: toChart(known.machine) };
}

export const toChart = (machine: AnyStateMachine): ChartState => stateOf(machine.root);

function stateOf(node: AnyStateNode): ChartState {
  const { id, key, type, description, tags, entry, exit, invoke, states } = node;
  const initial = type === 'compound' ? node.initial.target?.[0]?.id : undefined;
  return {
    id,
    key,
    type,
    ...(initial !== undefined && { initial }),
    ...(description && { description }),
    tags: [...tags],
    entry: entry.map(nameOf).filter(isOurs),
    exit: exit.map(nameOf).filter(isOurs),
    invokes: invoke.map((one) => ({ id: one.id, src: nameOf(one.src) })),
    transitions: transitionsOf(node).map(transitionOf),
    states: Object.values(states).map(stateOf),
  };
}

/** XState sets its timers by entry and exit actions: those are shown as `after`. */
const isOurs = (action: string) => action !== 'raise' && action !== 'cancel';

/** Those of its own; what its ancestors do is theirs. */
const transitionsOf = ({ transitions, always }: AnyStateNode): AnyTransitionDefinition[] => [...[...transitions.values()].flat(), ...(always ?? [])];

function transitionOf(transition: AnyTransitionDefinition): ChartTransition {
  const { eventType, target, guard, actions, reenter, description } = transition;
  return {
    ...triggerOf(transition, eventType),
    targets: target?.map(({ id }) => id) ?? [],
    ...(guard !== undefined && { guard: nameOf(guard) }),
    actions: actions.map(nameOf),
    reenter,
    ...(description && { description }),
  };
}

function triggerOf(transition: AnyTransitionDefinition, eventType: string): Pick<ChartTransition, 'kind' | 'event'> {
  const { delay } = transition as { delay?: string | number };
  if (delay !== undefined) return { kind: 'after', event: String(delay) };
  if (eventType === '') return { kind: 'always', event: '' };
  return { kind: isOperatorEvent(eventType) ? 'operator' : 'internal', event: eventType };
}

/** Of an action, a guard or a source: they are named, by our own rule; what XState brings along says its type. */
export function nameOf(implementation: unknown): string {
  if (typeof implementation === 'string') return implementation;
  const { type, name } = implementation as { type?: string; name?: string };
  return type?.replace(/^xstate\./, '') || name || 'unnamed';
}
