/**
 * A machine as data, read from its state nodes: XState's own definition drops `always`, and names what is invoked only in
 * part. Everything that shows a chart lives on this: inspector, documents, `jobctl`.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { Chart, ChartState, ChartTransition } from '../../inspector/protocol.ts';
import { machineNamed, machines } from '../../machines/index.ts';
import { called, nameOf } from './called.ts';

/** Events that operators send are written in capitals, those between actors are not. */
export const isOperatorEvent = (type: string): boolean => /^[A-Z][A-Z0-9_]*$/.test(type);

/** @throws when no actor row may name it */
export function chartOf(src: string): Chart {
  const known = machineNamed(src);
  if (!known) throw new Error(`there is no machine "${src}"; there are ${Object.keys(machines).join(', ')}`);
  return { machine: src, version: known.version, root: toChart(known.machine) };
}

export const toChart = (machine: AnyStateMachine): ChartState => stateOf(machine.root);

/** Ids of the states in which a snapshot is, each before those within it. */
export const activeIn = ({ _nodes }: AnyMachineSnapshot): string[] => _nodes.map(({ id }) => id);

function stateOf(node: AnyStateNode): ChartState {
  const { id, key, type, description, tags, entry, exit, invoke, states, history, meta } = node;
  return {
    id,
    key,
    type,
    ...initialOf(node),
    ...(type === 'history' && { history: history || ('shallow' as const) }),
    ...(description && { description }),
    ...(meta !== undefined && { meta }),
    tags: [...tags],
    entry: entry.filter(isOurs).map(called),
    exit: exit.filter(isOurs).map(called),
    invokes: invoke.map((one) => ({ id: one.id, src: nameOf(one.src), ...(one.systemId !== undefined && { systemId: one.systemId }) })),
    transitions: transitionsOf(node).map(transitionOf),
    states: Object.values(states).map(stateOf),
  };
}

/** Of a history state: where it leads when there is no past yet. */
function initialOf(node: AnyStateNode): Pick<ChartState, 'initial' | 'initialActions'> {
  if (node.type === 'history') return defaultOf(node);
  if (node.type !== 'compound') return {};
  const { target, actions } = node.initial;
  return { ...(target?.[0] && { initial: target[0].id }), ...(actions.length > 0 && { initialActions: actions.map(called) }) };
}

function defaultOf({ config, parent, machine }: AnyStateNode): Pick<ChartState, 'initial'> {
  const { target } = config as { target?: string };
  if (target === undefined) return {};
  const node = target.startsWith('#') ? machine.getStateNodeById(target) : target.split('.').reduce<AnyStateNode | undefined>((below, key) => below?.states[key], parent);
  return node ? { initial: node.id } : {};
}

/** XState sets its timers by entry and exit actions: those are shown as `after`. */
function isOurs(action: unknown): boolean {
  const { type, id, sendId } = action as { type?: string; id?: unknown; sendId?: unknown };
  return !((type === 'xstate.raise' || type === 'xstate.cancel') && String(id ?? sendId).startsWith('xstate.after.'));
}

/** Those of its own, in the order in which they are numbered; what its ancestors do is theirs. */
export const transitionsOf = ({ transitions, always }: AnyStateNode): AnyTransitionDefinition[] => [...[...transitions.values()].flat(), ...(always ?? [])];

function transitionOf(transition: AnyTransitionDefinition): ChartTransition {
  const { eventType, target, guard, actions, reenter, description, meta } = transition;
  return {
    ...triggerOf(transition, eventType),
    targets: target?.map(({ id }) => id) ?? [],
    ...(guard !== undefined && { guard: called(guard) }),
    actions: actions.map(called),
    reenter,
    ...(isForbidden(transition) && { forbidden: true as const }),
    ...(description && { description }),
    ...(meta !== undefined && { meta }),
  };
}

/** The event is taken, so that no state around hears of it, and nothing comes of it. */
export const isForbidden = ({ target, actions, reenter }: AnyTransitionDefinition): boolean => !target && actions.length === 0 && !reenter;

const XSTATES: [prefix: string, kind: ChartTransition['kind']][] = [['xstate.done.', 'done'], ['xstate.error.', 'error'], ['xstate.snapshot.', 'internal']];

function triggerOf(transition: AnyTransitionDefinition, eventType: string): Pick<ChartTransition, 'kind' | 'event'> {
  const { delay } = transition as { delay?: string | number };
  if (delay !== undefined) return { kind: 'after', event: String(delay) };
  if (eventType === '') return { kind: 'always', event: '' };
  const [, kind] = XSTATES.find(([prefix]) => eventType.startsWith(prefix)) ?? [];
  if (kind) return { kind, event: eventType };
  if (eventType === '*' || eventType.endsWith('.*')) return { kind: 'wildcard', event: eventType };
  return { kind: isOperatorEvent(eventType) ? 'operator' : 'internal', event: eventType };
}
