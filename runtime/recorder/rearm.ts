/** XState drops every timer when it restores a snapshot; this sets those of the active states again. */
import type { AnyActorRef } from 'xstate';

/**
 * Deadlines are absolute in context, so each delay is computed as deadline − `at`. The timer gets the id that XState uses:
 * leaving the state cancels it.
 *
 * @param at time of the boot in ms since the epoch
 * @returns how many timers were set
 */
export function rearm(actor: AnyActorRef, at: number): number {
  const snapshot = actor.getSnapshot();
  if (snapshot?.status !== 'active' || !snapshot._nodes) return 0;
  const after = new Map<string, string>(snapshot._nodes.flatMap((node: any) => node.after.map((transition: any) => [transition.eventType, transition.delay])));
  for (const [event, name] of after) {
    const ms = snapshot.machine.implementations.delays[name]({ context: snapshot.context, event: { type: 'actor.restored', at } });
    actor.system.scheduler.schedule(actor as never, actor as never, { type: event }, ms, event);
  }
  return after.size;
}
