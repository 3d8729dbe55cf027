/**
 * Replay: folds the journal of one actor over its machine. No effect runs, nobody is told, nothing is started; the value
 * and context that come out are those that the actor had.
 */
import { createActor, createEmptyActor, type AnyEventObject, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';

export type Folded = { value: unknown; context: unknown; status: string };
/** A journal entry as far as a replay needs it; `event` is JSON text. */
export type Entry = { seq: number; event: string };
/** What a machine wanted done: an action by its name, with its params. */
export type Effect = { type: string; params: unknown };
type Init = AnyEventObject & { input?: { resumed?: Past } };
/** A state that an actor once had. */
export type Past = { value: unknown; context: unknown };

export class Fold {
  /** What the last event asked for; none of it ran. */
  effects: Effect[] = [];
  private readonly machine: AnyStateMachine;
  private snapshot: AnyMachineSnapshot | undefined;
  private scope: ReturnType<typeof inert> | undefined;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
  }

  /** Each `xstate.init` begins a new incarnation; what comes after an end, or before a beginning, is nobody's. */
  apply(event: AnyEventObject): this {
    this.effects = [];
    if (event.type === 'xstate.init') this.begin(event);
    else if (this.snapshot?.status === 'active') this.snapshot = this.stepped(this.snapshot, event);
    return this;
  }

  /** Undefined before its first `xstate.init`. */
  get state(): Folded | undefined {
    return this.snapshot && { value: this.snapshot.value, context: this.snapshot.context, status: this.snapshot.status };
  }

  /** Whether the event would do something now; false also for one that makes a guard throw. */
  takes(event: AnyEventObject): boolean {
    try {
      return this.snapshot?.can(event) ?? false;
    } catch {
      return false;
    }
  }

  private begin({ input }: Init): void {
    const { machine } = this;
    this.scope = inert(machine, input, (effect) => this.effects.push(effect));
    this.snapshot = (input?.resumed ? machine.resolveState(input.resumed as never) : machine.getInitialSnapshot(this.scope as never, input as never)) as AnyMachineSnapshot;
  }

  /** What made the actor throw makes the fold throw: that was its end. */
  private stepped(snapshot: AnyMachineSnapshot, event: AnyEventObject): AnyMachineSnapshot {
    try {
      return this.machine.transition(snapshot, event, this.scope as never) as AnyMachineSnapshot;
    } catch (error) {
      return { ...snapshot, status: 'error', error } as never;
    }
  }
}

/**
 * @param entries of one actor, oldest first
 * @returns the state after the last entry, or undefined when there is no `xstate.init`
 */
export function fold(machine: AnyStateMachine, entries: readonly Entry[]): Folded | undefined {
  const folding = new Fold(machine);
  for (const { event } of entries) folding.apply(JSON.parse(event) as AnyEventObject);
  return folding.state;
}

/** A scope in which spawning registers nothing and sending reaches nobody. */
export function inert(machine: AnyStateMachine, input: unknown, wanted: (effect: Effect) => void = () => {}) {
  const nobody = createEmptyActor();
  const actor = createActor(machine, { parent: nobody, input } as never) as any;
  const system = Object.assign(Object.create(actor.system), {
    get: () => nobody, _sendInspectionEvent() {}, _set() {}, _register: (id: string) => id, _unregister() {},
  });
  const self = new Proxy(actor, { get: (target, key) => (key === '_parent' ? nobody : key === 'system' ? system : target[key]) });
  const actionExecutor = ({ type, params }: Effect) => wanted({ type, params });
  return { self, system, id: '', sessionId: '', defer() {}, logger() {}, stopChild() {}, emit() {}, actionExecutor };
}
