/** Machines with one mistake each in their configuration, such as a person makes: what proves machines has to notice it. */
import { createMachine, not, type AnyStateMachine, type AnyStateNode, type AnyTransitionDefinition } from 'xstate';

export type Mutant = { label: string; machine: AnyStateMachine };

/** Configurations as they are written, but with a list wherever one may stand. */
type Transition = { target?: string | undefined; guard?: unknown; actions?: unknown[]; reenter?: boolean; description?: string };
type State = {
  entry?: unknown[];
  exit?: unknown[];
  invoke?: (Invoke & Record<string, unknown>)[];
  on?: Record<string, Transition[]>;
  after?: Record<string, Transition[]>;
  always?: Transition[];
  onDone?: Transition[];
  initial?: unknown;
  states?: Record<string, State>;
};
type Invoke = { id?: string; src: unknown; onDone?: Transition[]; onError?: Transition[]; onSnapshot?: Transition[] };
type Edit = { label: string; make(states: State): void };

export function mutantsOf(machine: AnyStateMachine): Mutant[] {
  return editsOf(machine).map(({ label, make }) => {
    const config = listed(machine.config as never);
    make(config);
    return { label, machine: createMachine(config as never, machine.implementations as never) };
  });
}

function editsOf(machine: AnyStateMachine): Edit[] {
  const nodes = [...new Set(nodesBelow(machine.root as AnyStateNode))];
  return nodes.flatMap((node) => {
    const at = (edit: (state: State) => void) => (root: State) => edit(node.path.reduce((state, key) => state.states![key]!, root));
    const written = node.path.reduce((state, key) => state.states![key]!, listed(machine.config as never));
    return [...ofState(node, written), ...listsOf(node, written).flatMap((list) => ofTransitions(list))].map(({ label, make }) => ({ label: `${node.id} ${label}`, make: at(make) }));
  });
}

const nodesBelow = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesBelow)];

function ofState(node: AnyStateNode, { entry = [], exit = [], invoke = [], initial, states = {} }: State): Edit[] {
  const other = typeof initial === 'string' ? nextOf(states, initial) : undefined;
  return [
    ...entry.map((action, i) => ({ label: `entry without ${nameOf(action)}`, make: (state: State) => state.entry!.splice(i, 1) })),
    ...exit.map((action, i) => ({ label: `exit without ${nameOf(action)}`, make: (state: State) => state.exit!.splice(i, 1) })),
    ...invoke.map(({ id, src }, i) => ({ label: `without its ${id ?? String(src)}`, make: (state: State) => state.invoke!.splice(i, 1) })),
    ...(other === undefined ? [] : [{ label: `begins in ${other}, not in ${String(initial)}`, make: (state: State) => void (state.initial = other) }]),
  ].map(({ label, make }) => ({ label, make: (state) => void make(state) }));
}

/** A list of transitions, of which the first that may is taken. */
type List = { name: string; written: Transition[]; defined: readonly AnyTransitionDefinition[]; in(state: State): Transition[]; drop?(state: State): void };

function listsOf({ id, transitions, always = [] }: AnyStateNode, { on = {}, after = {}, always: eventless, onDone, invoke = [] }: State): List[] {
  const of = (type: string) => transitions.get(type) ?? [];
  const ended = (kind: 'onDone' | 'onError' | 'onSnapshot', type: string): List[] =>
    invoke.flatMap((one, i) => (one[kind] ? [{ name: `${kind} of ${one.id}`, written: one[kind], defined: of(`xstate.${type}.${one.id}`), in: (state: State) => state.invoke![i]![kind]! }] : []));
  return [
    ...Object.entries(on).map(([type, written]) => ({ name: type, written, defined: of(type), in: (state: State) => state.on![type]! })),
    ...Object.entries(after).map(([delay, written]) => ({
      name: `after ${delay}`, written, defined: of(`xstate.after.${delay}.${id}`), in: (state: State) => state.after![delay]!, drop: (state: State) => void delete state.after![delay],
    })),
    ...(eventless ? [{ name: 'always', written: eventless, defined: always, in: (state: State) => state.always! }] : []),
    ...(onDone ? [{ name: 'onDone', written: onDone, defined: of(`xstate.done.state.${id}`), in: (state: State) => state.onDone! }] : []),
    ...ended('onDone', 'done.actor'), ...ended('onError', 'error.actor'), ...ended('onSnapshot', 'snapshot'),
  ];
}

function ofTransitions({ name, written, defined, in: listIn, drop }: List): Edit[] {
  const one = written.length === 1;
  const edits = written.flatMap((transition, i) => {
    const which = one ? name : `${name} (${i + 1})`;
    const onIt = (make: (transition: Transition) => unknown) => (state: State) => void make(listIn(state)[i]!);
    const last = i === written.length - 1;
    return [
      { label: `${which} dropped`, make: (state: State) => void listIn(state).splice(i, 1) },
      ...elsewhere(defined[i]).map(({ label, target }) => ({ label: `${which} ${label}`, make: onIt((to) => (to.target = target)) })),
      ...(transition.guard === undefined ? [] : [{ label: `${which} if not ${nameOf(transition.guard)}`, make: onIt((to) => (to.guard = not(to.guard as never))) }]),
      ...(transition.reenter ? [{ label: `${which} without entering again`, make: onIt((to) => delete to.reenter) }] : []),
      ...(transition.actions ?? []).map((action, k) => ({ label: `${which} without ${nameOf(action)}`, make: onIt((to) => to.actions!.splice(k, 1)) })),
      ...(last ? [] : [{ label: `${which} after the next`, make: (state: State) => void listIn(state).splice(i, 2, ...listIn(state).slice(i, i + 2).reverse()) }]),
    ];
  });
  return one || !drop ? edits : [{ label: `${name} dropped`, make: drop }, ...edits];
}

/** The next of the target's siblings; staying, where it has none. */
function elsewhere(definition: AnyTransitionDefinition | undefined): { label: string; target: string | undefined }[] {
  const target = definition?.target?.[0];
  if (!target) return [];
  const key = target.parent && nextOf(target.parent.states, target.key);
  return [key === undefined ? { label: 'stays', target: undefined } : { label: `to ${key}, not to ${target.key}`, target: `#${target.parent!.states[key]!.id}` }];
}

function nextOf(states: object, key: string): string | undefined {
  const keys = Object.keys(states);
  return keys.length < 2 ? undefined : keys[(keys.indexOf(key) + 1) % keys.length];
}

function nameOf(named: unknown): string {
  if (typeof named === 'string') return named;
  const { type, params } = named as { type?: string; params?: unknown };
  return [type ?? (named as { name?: string }).name ?? 'it', ...(params && typeof params !== 'function' ? [JSON.stringify(params)] : [])].join(' ');
}

// ---------------------------------------------------------------- a copy with lists

const asList = <T>(one: T | readonly T[] | undefined): T[] => (one === undefined ? [] : Array.isArray(one) ? [...one] : [one as T]);

function listed(state: Record<string, any>): State {
  const lists = (from: Record<string, unknown>): Record<string, Transition[]> => Object.fromEntries(Object.entries(from).map(([key, written]) => [key, asList(written).map(transition)]));
  const copied: Record<string, any> = { ...state };
  for (const key of ['on', 'after']) if (state[key]) copied[key] = lists(state[key]);
  for (const key of ['entry', 'exit']) if (state[key]) copied[key] = asList(state[key]);
  for (const key of ['always', 'onDone']) if (state[key]) copied[key] = asList(state[key]).map(transition);
  if (state['invoke']) copied['invoke'] = asList(state['invoke']).map((one: Record<string, unknown>) => ({ ...one, ...lists(onlyEndings(one)) }));
  if (state['states']) copied['states'] = Object.fromEntries(Object.entries<Record<string, any>>(state['states']).map(([key, below]) => [key, listed(below)]));
  return copied;
}

const onlyEndings = (invoke: Record<string, unknown>) => Object.fromEntries(Object.entries(invoke).filter(([key]) => ['onDone', 'onError', 'onSnapshot'].includes(key)));

const transition = (written: unknown): Transition => {
  const one = typeof written === 'string' ? { target: written } : { ...(written as Transition) };
  return { ...one, ...(one.actions !== undefined && { actions: asList(one.actions) }) };
};
