/** What an actor takes from an operator. */
import { getNextTransitions, type AnyActorRef, type AnyMachineSnapshot } from 'xstate';
import type { ActorView, Offer } from '../../inspector/protocol.ts';
import { activeIn, isOperatorEvent } from '../charts/chart.ts';
import { offersOf } from '../charts/offers.ts';
import { childrenOf, guardsOf, timersOf } from '../charts/present.ts';
import { payloadOf } from '../charts/payload.ts';
import { machines } from '../../machines/index.ts';
import type { Restarts } from '../../machines/restarts.ts';
import { machineNameOf, pathOf } from '../recorder/recorder.ts';
import { deathsOf } from '../store/deaths-view.ts';

/** The operator events for which the actor's present states have a transition; a guard may still refuse one. */
export function acceptedBy(actor: AnyActorRef): string[] {
  return acceptedIn(actor.getSnapshot() as AnyMachineSnapshot);
}

export function acceptedIn(snapshot: AnyMachineSnapshot): string[] {
  const types = getNextTransitions(snapshot).map(({ eventType }) => eventType);
  return [...new Set(types)].filter(isOperatorEvent).sort();
}

/** A guard that reads what the event does not have throws: that is a no. */
export function accepts(actor: AnyActorRef, event: { type: string }): boolean {
  try {
    return acceptedBy(actor).includes(event.type) && (actor.getSnapshot() as AnyMachineSnapshot).can(event as never);
  } catch {
    return false;
  }
}

/** With what its event holds, where somebody has written that down. */
export function withPayload(machine: string, offer: Offer): Offer {
  const payload = payloadOf(machine, offer.event);
  return payload ? { ...offer, payload } : offer;
}

/** `setAt`: when the timer of this type of event was set; `begunAt`: when an actor began. */
type Times = { setAt?(event: string): number | undefined; begunAt?(actor: AnyActorRef): number | undefined };

export function viewOf(actor: AnyActorRef, { setAt, begunAt }: Times = {}): ActorView {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  const { value, context } = snapshot;
  const machine = machineNameOf(actor);
  const parent = (actor as { _parent?: AnyActorRef })._parent?.getSnapshot() as { context: { restarts?: Restarts } } | undefined;
  const restarts = parent?.context.restarts && deathsOf(parent.context.restarts, actor.id);
  return { path: pathOf(actor), machine, version: machines[machine]!.version, value, context, active: activeIn(snapshot), accepts: acceptedBy(actor), offers: offersOf(snapshot).map((offer) => withPayload(machine, offer)), guards: guardsOf(snapshot), timers: timersOf(snapshot, setAt), children: childrenOf(snapshot, pathOf, begunAt), ...(restarts && { restarts }) };
}
