/**
 * Who was spawned by whom, as XState itself does not keep it. A machine that dies by throwing leaves its children alive; one that
 * dies while it starts leaves some that never run, and whose path is taken for ever. Here they end with it, when its parent hears
 * that it has died.
 */
import type { ActorRefLike, AnyActorRef } from 'xstate';

const STOPPED = 2;
/** What XState does when a parent stops a child, and keeps to itself. */
type Inner = AnyActorRef & { _parent?: ActorRefLike; _processingStatus: number; _stop(): void; system: { _unregister(actor: AnyActorRef): void } };

export class Family {
  private readonly children = new WeakMap<ActorRefLike, Set<Inner>>();

  add(actor: ActorRefLike): void {
    const child = actor as Inner;
    if (!child._parent) return;
    const siblings = this.children.get(child._parent) ?? new Set();
    for (const sibling of siblings) if (sibling._processingStatus === STOPPED) siblings.delete(sibling);
    this.children.set(child._parent, siblings.add(child));
  }

  /** Ends all below an actor, the lowest first. */
  endBelow(actor: ActorRefLike): void {
    for (const child of this.children.get(actor) ?? []) {
      this.endBelow(child);
      child.system._unregister(child);
      child._stop();
    }
    this.children.delete(actor);
  }
}
