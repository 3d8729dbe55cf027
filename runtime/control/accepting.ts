/** What an actor takes from an operator. */
import { getNextTransitions, type AnyActorRef, type AnyMachineSnapshot } from 'xstate';
import type { ActorView } from '../../inspector/protocol.ts';
import { machines } from '../../machines/index.ts';
import { pathOf } from '../recorder/recorder.ts';

const BY_OPERATOR = /^[A-Z][A-Z0-9_]*$/;

/** The operator events for which the actor's present states have a transition; a guard may still refuse one. */
export function acceptedBy(actor: AnyActorRef): string[] {
  const types = getNextTransitions(actor.getSnapshot() as AnyMachineSnapshot).map(({ eventType }) => eventType);
  return [...new Set(types)].filter((type) => BY_OPERATOR.test(type)).sort();
}

/** A guard that reads what the event does not have throws: that is a no. */
export function accepts(actor: AnyActorRef, event: { type: string }): boolean {
  try {
    return acceptedBy(actor).includes(event.type) && (actor.getSnapshot() as AnyMachineSnapshot).can(event as never);
  } catch {
    return false;
  }
}

export function viewOf(actor: AnyActorRef): ActorView {
  const { value, context } = actor.getSnapshot() as AnyMachineSnapshot;
  const src = (actor as { src?: unknown }).src;
  const machine = typeof src === 'string' ? src : 'supervisor';
  return { path: pathOf(actor), machine, version: machines[machine]!.version, value, context, accepts: acceptedBy(actor) };
}
