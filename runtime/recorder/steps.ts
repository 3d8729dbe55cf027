/** The steps that actors take, for those who watch one. As long as nobody does, an event costs a look at a flag. */
import type { ActorRefLike, AnyTransitionDefinition } from 'xstate';
import type { Taken } from '../../inspector/protocol.ts';
import { transitionsOf } from '../charts/chart.ts';
import type { JournalEntry } from '../store/types.ts';

/** An event that an actor takes; `taken` grows while it does. */
export type Step = { seq: number; at: number; type: string; taken: Taken[] };
/** `end`: the actor has died or was stopped; one of the same path may follow. */
export type Watcher = { step(step: Step): void; end(): void };

export class Steps {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private current = new WeakMap<ActorRefLike, Step>();

  /** Whether anybody watches. */
  get watched(): boolean {
    return this.watchers.size > 0;
  }

  /** Of the actor that has this path, and of those that have it after it. Answers how to end it. */
  watch(path: string, watcher: Watcher): () => void {
    const all = this.watchers.get(path) ?? new Set();
    this.watchers.set(path, all.add(watcher));
    return () => {
      all.delete(watcher);
      if (all.size === 0 && this.watchers.get(path) === all) this.watchers.delete(path);
      if (!this.watched) this.current = new WeakMap();
    };
  }

  begin(actor: ActorRefLike, { seq, at, path, type }: JournalEntry): void {
    const watchers = this.watchers.get(path);
    if (!watchers) return;
    const step: Step = { seq, at, type, taken: [] };
    this.current.set(actor, step);
    for (const watcher of watchers) watcher.step(step);
  }

  take(actor: ActorRefLike, transitions: readonly AnyTransitionDefinition[]): void {
    this.current.get(actor)?.taken.push(...transitions.flatMap(takenOf));
  }

  end(path: string): void {
    this.watchers.get(path)?.forEach((watcher) => watcher.end());
  }
}

/** As the chart numbers them; the way into the first state has no number. */
export function takenOf(transition: AnyTransitionDefinition): Taken[] {
  const index = transitionsOf(transition.source).indexOf(transition);
  return index < 0 ? [] : [{ from: transition.source.id, index }];
}
