/** How a chart stands at present, beyond its states: whether its guards are true, when its timers go off, what it runs. */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { ChildNow, GuardNow, TimerNow } from '../../inspector/protocol.ts';
import { transitionsOf } from './chart.ts';
import { partsOf, truthOf } from './guards.ts';

type Way = { from: string; index: number; transition: AnyTransitionDefinition };

/** Of the transitions that the present states have. */
export function guardsOf(snapshot: AnyMachineSnapshot): GuardNow[] {
  return waysOut(snapshot).flatMap(({ from, index, transition: { guard, eventType } }) => {
    if (guard === undefined) return [];
    const is = truthOf(snapshot, guard, eventType);
    return [{ from, index, ...(is !== undefined && { is }), parts: partsOf(snapshot, guard, eventType) }];
  });
}

/**
 * Of the `after` transitions that the present states have. Deadlines are absolute in context, and a delay is what is left of one: at the
 * beginning of all time it is the deadline itself.
 *
 * @param setAt when XState set the timer of this type of event, in ms since the epoch
 */
export function timersOf(snapshot: AnyMachineSnapshot, setAt: (event: string) => number | undefined = () => undefined): TimerNow[] {
  const { delays } = snapshot.machine.implementations as { delays: Record<string, unknown> };
  return waysOut(snapshot).flatMap(({ from, index, transition }) => {
    const delay = delays[String((transition as { delay?: unknown }).delay)];
    if (typeof delay !== 'function') return [];
    const since = setAt(transition.eventType);
    return [{ from, index, until: delay({ context: snapshot.context, event: { type: 'actor.restored', at: 0 } }) as number, ...(since !== undefined && { since }) }];
  });
}

/** Actors, and what is invoked and is none: `of` is its logic, and its path leads nowhere. `begunAt`: when one began. */
export function childrenOf({ children }: AnyMachineSnapshot, pathOf: (actor: AnyActorRef) => string, begunAt: (actor: AnyActorRef) => number | undefined = () => undefined): ChildNow[] {
  return Object.entries(children as Record<string, AnyActorRef & { src?: unknown }>).map(([id, child]) => {
    const since = begunAt(child);
    return { id, path: pathOf(child), of: typeof child.src === 'string' ? child.src : 'unnamed', isActor: '_nodes' in child.getSnapshot(), ...(since !== undefined && { since }) };
  });
}

const waysOut = ({ status, _nodes }: AnyMachineSnapshot): Way[] => (status === 'active' ? _nodes.flatMap(waysOf) : []);
const waysOf = (node: AnyStateNode): Way[] => transitionsOf(node).map((transition, index) => ({ from: node.id, index, transition }));
