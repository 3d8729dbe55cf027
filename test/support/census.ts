/** Everything that lives in a simulated runtime: running actors by path, whether anybody owns them or not, and what they hold. */
import type { AnyActorRef } from 'xstate';
import { pathOf } from '../../runtime/recorder/recorder.ts';
import type { SimulatedRuntime } from './simulated-runtime.ts';

type Registering = { _register(id: string, actor: AnyActorRef): string; _unregister(actor: AnyActorRef): void; getAll(): object };

export class Census {
  private readonly run: SimulatedRuntime;
  private readonly running: Set<AnyActorRef>;
  private readonly system: Registering;

  /** Of those that are there already, and of all that begin from now on. */
  constructor(run: SimulatedRuntime) {
    const root = run.alive.tree.root;
    this.run = run;
    this.running = new Set(owned(root));
    this.system = root.system as unknown as Registering;
    const { _register, _unregister } = this.system;
    this.system._register = (id, actor) => (this.running.add(actor), _register(id, actor));
    this.system._unregister = (actor) => (this.running.delete(actor), _unregister(actor));
  }

  take() {
    const { run } = this;
    return {
      running: [...this.running].map(pathOf).toSorted(),
      owned: owned(run.alive.tree.root).map(pathOf).toSorted(),
      named: Object.keys(this.system.getAll()).toSorted(),
      timers: run.time.waiting,
      watches: run.watches,
      seats: run.alive.ledger.seats,
    };
  }
}

/** An actor and all below it, as their parents know them. */
const owned = (actor: AnyActorRef): AnyActorRef[] => [actor, ...Object.values<AnyActorRef>(actor.getSnapshot().children ?? {}).flatMap(owned)];
