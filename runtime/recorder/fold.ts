/**
 * Replay: folds the journal of one actor over its machine. No effect runs, nobody is told, nothing is started; the value
 * and context that come out are those that the actor had.
 */
import { createActor, createEmptyActor, type AnyEventObject, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import { lifted, type Past, type Versioned } from '../../machines/migrations.ts';

export type Folded = { value: unknown; context: unknown; status: string };
/** A journal entry as far as a replay needs it; `event` is JSON text. */
export type Entry = { seq: number; event: string };
/** What a machine wanted done: an action by its name, with its params. */
export type Effect = { type: string; params: unknown };
type Init = AnyEventObject & { version?: number; input?: { resumed?: Past } };
/** A machine, and where there are snapshots of older versions of it: how they become those of today. */
export type Foldable = { machine: AnyStateMachine } & Partial<Versioned>;

export class Fold {
  /** What the last event asked for; none of it ran. */
  effects: Effect[] = [];
  private readonly known: Foldable;
  private snapshot: AnyMachineSnapshot | undefined;
  private scope: ReturnType<typeof inert> | undefined;
  private input: Init['input'];

  constructor(known: Foldable) {
    this.known = known;
  }

  /**
   * Each `xstate.init` begins a new incarnation; what comes after an end, or before a beginning, is nobody's.
   *
   * @throws when it begins in a state of which today's machine can make nothing
   */
  apply(event: AnyEventObject): this {
    this.effects = [];
    if (event.type === 'xstate.init') this.begin(event);
    else if (this.snapshot?.status === 'active') this.snapshot = this.stepped(this.snapshot, event);
    return this;
  }

  /** Goes on by itself from where this one stands. */
  copy(): Fold {
    const copy = new Fold(this.known);
    if (this.scope) copy.place(this.input);
    copy.snapshot = this.snapshot;
    return copy;
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

  private begin({ version, input }: Init): void {
    const { machine } = this.known;
    this.snapshot = undefined;
    this.place(input);
    this.snapshot = (input?.resumed ? machine.resolveState(this.today(input.resumed, version) as never) : machine.getInitialSnapshot(this.scope as never, input as never)) as AnyMachineSnapshot;
  }

  private place(input: Init['input']): void {
    this.input = input;
    this.scope = inert(this.known.machine, input, (effect) => this.effects.push(effect));
  }

  private today(past: Past, from: number | undefined): Past {
    const { version, migrations = [] } = this.known;
    return version === undefined || from === undefined ? past : lifted({ version, migrations }, structuredClone(past), from);
  }

  /** What made the actor throw makes the fold throw: that was its end. */
  private stepped(snapshot: AnyMachineSnapshot, event: AnyEventObject): AnyMachineSnapshot {
    try {
      return this.known.machine.transition(snapshot, event, this.scope as never) as AnyMachineSnapshot;
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
  const folding = new Fold({ machine });
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
