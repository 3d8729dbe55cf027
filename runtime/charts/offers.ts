/** What an actor would do with each event that an operator may send, and why not with the rest. */
import { getNextTransitions, type AnyActorRef, type AnyMachineSnapshot, type AnyStateNode, type AnyTransitionDefinition } from 'xstate';
import type { Offer } from '../../inspector/protocol.ts';
import { isOperatorEvent, nameOf } from './chart.ts';

type Way = { from: string; transition: AnyTransitionDefinition };

/** By event, in the order of the alphabet. */
export function offersOf(actor: AnyActorRef): Offer[] {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  const ways = Map.groupBy(waysOf(snapshot.machine.root), ({ transition }) => transition.eventType);
  return [...ways.keys()].filter(isOperatorEvent).sort().map((event) => offerOf(snapshot, event, ways.get(event)!));
}

function offerOf(snapshot: AnyMachineSnapshot, event: string, ways: readonly Way[]): Offer {
  const now = getNextTransitions(snapshot).filter(({ eventType }) => eventType === event);
  const description = (now[0] ?? ways[0]!.transition).description;
  const reason = now.length === 0 ? elsewhere(ways) : refusal(snapshot, event, now);
  return { event, accepted: reason === undefined, ...(reason && { reason }), ...(description && { description }) };
}

/** The guards that stand in the way as it is. One that reads what the event holds cannot be asked before it is sent. */
function refusal(snapshot: AnyMachineSnapshot, type: string, now: readonly AnyTransitionDefinition[]): string | undefined {
  try {
    if (snapshot.can({ type } as never)) return undefined;
  } catch {
    return undefined;
  }
  return `not while ${now.map(({ guard }) => nameOf(guard)).join(' and ')} ${now.length > 1 ? 'are' : 'is'} false`;
}

const elsewhere = (ways: readonly Way[]): string => `only in ${[...new Set(ways.map(({ from }) => from))].join(', ')}`;

function waysOf(node: AnyStateNode): Way[] {
  const own = [...node.transitions.values()].flat().map((transition) => ({ from: node.path.join('.') || node.id, transition }));
  return [...own, ...Object.values(node.states).flatMap(waysOf)];
}
