/** Runs one machine as the runtime runs it, recorded and on a simulated clock, with nothing below it and nobody above. */
import { createActor, fromCallback, SimulatedClock, type AnyActorRef, type AnyMachineSnapshot, type AnyStateMachine, type AnyTransitionDefinition, type InspectionEvent } from 'xstate';
import { createRecorder } from '../../runtime/recorder/recorder.ts';
import type { Effect } from '../../runtime/recorder/fold.ts';
import { rearm } from '../../runtime/recorder/rearm.ts';
import type { JournalEntry } from '../../runtime/store/types.ts';
import { savedText } from './edges.ts';
import type { Step } from './proof.ts';

/** What is joined to a machine in `actors/`, replaced by nothing: its effects, and what it spawns or invokes. */
export function alone<M extends AnyStateMachine>(machine: M): M {
  const { actions, actors } = machine.implementations as { actions: Record<string, unknown>; actors: Record<string, unknown> };
  const effects = Object.keys(actions).filter((name) => typeof actions[name] === 'function' && !('resolve' in (actions[name] as object)));
  const provided = machine.provide({
    actions: Object.fromEntries(effects.map((name) => [name, () => {}])),
    actors: Object.fromEntries(Object.keys(actors).map((name) => [name, fromCallback(() => {})])),
  } as never) as M;
  return Object.assign(provided, { options: { ...provided.options, maxIterations: MOST_MICROSTEPS } });
}

export type Restarted = { missing?: readonly string[]; [payload: string]: unknown };
/** A machine whose transitions without events go round in circles ends there. */
const MOST_MICROSTEPS = 100;
/** More steps than that for one thing that happens: it never comes to rest. */
const MOST_STEPS = 1_000;

type Begin = { input: object } | { saved: string; at: number };

export class Host {
  readonly clock = new SimulatedClock();
  readonly journal: JournalEntry[] = [];
  /** Of all its lives. */
  readonly steps: Step[] = [];
  /** Every transition that was taken, by its microsteps. */
  readonly taken = new Set<AnyTransitionDefinition>();
  private readonly machine: AnyStateMachine;
  private restless = 0;
  private actor: AnyActorRef;

  /** @param machine `alone` */
  constructor(machine: AnyStateMachine, begin: Begin) {
    this.machine = machine;
    if ('at' in begin) this.clock.set(begin.at);
    else this.clock.set((begin.input as { at?: number }).at ?? 0);
    this.actor = this.start(begin);
  }

  get snapshot(): AnyMachineSnapshot {
    return this.actor.getSnapshot() as AnyMachineSnapshot;
  }

  /** What it died of. */
  get error(): string | undefined {
    const { status, error } = this.snapshot as AnyMachineSnapshot & { error?: unknown };
    return status === 'error' ? String(error) : undefined;
  }

  send(event: { type: string }): void {
    this.restless = 0;
    this.actor.send(event as never);
  }

  /** An event at its time. One of its own timers is not sent, but waited for. */
  meet(event: Step['event']): void {
    const ms = event.at - this.clock.now();
    if (ms > 0 || event.type.startsWith('xstate.after.')) this.clock.increment(ms);
    if (event.type === 'actor.restored') this.crash(0, event['missing']);
    if (!event.type.startsWith('xstate.after.')) this.send(event);
  }

  /** Timers end that are due then. */
  wait(ms: number): void {
    this.restless = 0;
    this.clock.increment(ms);
  }

  /** The process dies and another one starts: only what JSON holds is left, and the clock has gone on by `downMs`. */
  crash(downMs = 0, missing: readonly string[] = []): void {
    const saved = this.deeplySaved(missing);
    this.actor.stop();
    this.clock.increment(downMs);
    this.actor = this.start({ saved, at: this.clock.now() });
  }

  /** As the runtime starts again: each actor is told, and which of its children no row gives back. */
  restart(downMs: number, { missing = [], ...told }: Restarted = {}): void {
    this.crash(downMs, missing);
    this.send({ type: 'actor.restored', missing, standings: {}, ...told } as never);
    this.clock.increment(0);
  }

  /** Value and context, as a row would hold them. */
  saved(): string {
    return savedText(this.snapshot);
  }

  /** With its children. */
  deeplySaved(missing: readonly string[] = []): string {
    const { children, ...own } = this.actor.getPersistedSnapshot() as unknown as { children: object };
    return JSON.stringify({ ...own, children: Object.fromEntries(Object.entries(children).filter(([id]) => !missing.includes(id))) });
  }

  private start(begin: Begin): AnyActorRef {
    const recorder = createRecorder({ now: () => this.clock.now(), lastSeq: this.journal.length, record: (entry) => this.journal.push(entry) });
    const how = 'saved' in begin ? { snapshot: JSON.parse(begin.saved) as object } : begin;
    const actor = createActor(this.watched(recorder.wrap(this.machine)), { clock: this.clock, inspect: this.inspect, ...how } as never);
    actor.subscribe({ error: () => {} });
    actor.start();
    if ('saved' in begin) rearm(actor, begin.at);
    return actor;
  }

  /** The same machine; each event that it takes is a step. */
  private watched<M extends AnyStateMachine>(machine: M): M {
    const note = (before: AnyMachineSnapshot | null, event: object, scope: { actionExecutor(action: Effect): void }, go: (scope: never) => unknown) => {
      const effects: Effect[] = [];
      const listening = { ...scope, actionExecutor: (action: Effect) => (effects.push({ type: action.type, params: action.params }), scope.actionExecutor(action)) };
      const push = (after: unknown) => this.steps.push({ before, event: { at: this.clock.now(), ...event } as Step['event'], after: after as AnyMachineSnapshot, effects });
      try {
        if ((this.restless += 1) > MOST_STEPS) throw new Error(`${this.machine.id} never comes to rest`);
        const after = go(listening as never);
        push(after);
        return after as never;
      } catch (error) {
        push({ ...before, status: 'error', error });
        throw error;
      }
    };
    return Object.assign(Object.create(machine) as M, {
      transition: (snapshot: AnyMachineSnapshot, event: { type: string }, scope: never) =>
        event.type === 'xstate.stop' ? machine.transition(snapshot as never, event as never, scope) : note(snapshot, event, scope, (listening) => machine.transition(snapshot as never, event as never, listening)),
      getInitialSnapshot: (scope: never, input: object) => note(null, { type: 'xstate.init', input }, scope, (listening) => machine.getInitialSnapshot(listening, input as never)),
    });
  }

  private readonly inspect = (inspection: InspectionEvent) => {
    if (inspection.type === '@xstate.microstep') for (const transition of inspection._transitions) this.taken.add(transition);
  };
}
