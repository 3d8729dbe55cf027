/** Runs one machine as the runtime runs it, recorded and on a simulated clock, with nothing below it and nobody above. */
import { createActor, fromCallback, SimulatedClock, type AnyActorRef, type AnyStateMachine } from 'xstate';
import { createRecorder } from '../../runtime/recorder/recorder.ts';
import { rearm } from '../../runtime/recorder/rearm.ts';
import type { JournalEntry } from '../../runtime/store/types.ts';
import { savedText } from './edges.ts';

/** What is joined to a machine in `actors/`, replaced by nothing: its effects, and what it spawns or invokes. */
export function alone<M extends AnyStateMachine>(machine: M): M {
  const { actions, actors } = machine.implementations as { actions: Record<string, unknown>; actors: Record<string, unknown> };
  const effects = Object.keys(actions).filter((name) => typeof actions[name] === 'function' && !('resolve' in (actions[name] as object)));
  return machine.provide({
    actions: Object.fromEntries(effects.map((name) => [name, () => {}])),
    actors: Object.fromEntries(Object.keys(actors).map((name) => [name, fromCallback(() => {})])),
  } as never) as M;
}

export class Host {
  readonly clock = new SimulatedClock();
  readonly journal: JournalEntry[] = [];
  private readonly machine: AnyStateMachine;
  private actor: AnyActorRef;

  constructor(machine: AnyStateMachine, input: object) {
    this.machine = alone(machine);
    this.actor = this.start({ input });
  }

  send(event: { type: string }): void {
    this.actor.send(event as never);
  }

  /** The process dies and another one starts: only what JSON holds is left, and the clock has gone on by `downMs`. */
  crash(downMs = 0): void {
    const snapshot = JSON.parse(this.saved()) as object;
    this.actor.stop();
    this.clock.increment(downMs);
    this.actor = this.start({ snapshot });
    rearm(this.actor, this.clock.now());
    this.clock.increment(0);
  }

  /** Value and context, as a row would hold them. */
  saved(): string {
    return savedText(this.machine, this.actor.getSnapshot());
  }

  private start(how: { input: object } | { snapshot: object }): AnyActorRef {
    const recorder = createRecorder({ now: () => this.clock.now(), lastSeq: this.journal.length, record: (entry) => this.journal.push(entry) });
    return createActor(recorder.wrap(this.machine), { clock: this.clock, ...how } as never).start();
  }
}
