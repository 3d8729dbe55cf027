/**
 * Wraps every machine once: each event gets its time as it is taken from the mailbox, errors become JSON, and the
 * event goes to the journal with the actor that sent it and the journal entry that caused it.
 *
 * The journal is written at dequeue, not by inspection: an inspector also sees events for finished actors, which nobody
 * receives. Inspection only supplies source and cause, at enqueue.
 */
import type { ActorRefLike, AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, AnyStateNode, InspectionEvent } from 'xstate';
import { machines } from '../../machines/index.ts';
import type { Past } from '../../machines/migrations.ts';
import type { JournalEntry } from '../store/types.ts';
import { encoded } from './encoded.ts';
import { Family } from './family.ts';
import { markOf } from './mark.ts';
import { rearm } from './rearm.ts';
import { invokedIn } from './restore.ts';
import { Steps } from './steps.ts';

type Marked = { status: string; value: unknown; context: unknown };
type Placed = { systemId?: string; id: string; _parent?: ActorRefLike };

/** Path of an actor: its `systemId`; the root is `supervisor`, and what a machine invokes lies below it. */
export function pathOf(actor: ActorRefLike): string {
  const { systemId, id, _parent } = actor as ActorRefLike & Placed;
  return systemId ?? (_parent ? `${pathOf(_parent)}/${id}` : 'supervisor');
}

/** Name of its machine, as `machines/index.ts` has it. */
export function machineNameOf(actor: ActorRefLike): string {
  const { src } = actor as { src?: unknown };
  return typeof src === 'string' ? src : 'supervisor';
}

const CHILD_DIED = 'xstate.error.actor.';

type Origin = { source: string | null; cause: number | null };

type RecorderOptions = { now: () => number; lastSeq: number; record: (entry: JournalEntry) => void; onDeath?: (path: string, error: { name?: string; message?: string; stack?: string }) => void };
export type Recorder = ReturnType<typeof createRecorder>;

/**
 * @param now ms since the epoch
 * @param lastSeq the newest entry in the stored journal
 * @param record receives every entry, in order
 * @param onDeath hears of every actor that died, when its parent does
 */
export function createRecorder({ now, lastSeq, record, onDeath = () => {} }: RecorderOptions) {
  let seq = lastSeq;
  const lastOf = new WeakMap<ActorRefLike, number>();
  const origins = new WeakMap<object, Origin>();
  const timers = new Map<string, { setAt: number; cause: number | null }>();
  const dirty = new Set<AnyActorRef>();
  const resumed = new WeakSet<AnyActorRef>();
  const startedBy = new WeakMap<ActorRefLike, number>();
  const begunAt = new WeakMap<ActorRefLike, number>();
  const marks = new WeakMap<object, string>();
  const family = new Family();
  const steps = new Steps();

  function note(actor: AnyActorRef, event: AnyEventObject & { at: number }, { source, cause }: Origin): JournalEntry {
    seq += 1;
    lastOf.set(actor, seq);
    const entry = { seq, at: event.at, path: pathOf(actor), type: event.type, event: JSON.stringify(event), source, cause, state: null };
    record(entry);
    if (steps.watched) steps.begin(actor, entry);
    return entry;
  }

  function bury(dead: ActorRefLike | undefined, error: unknown): void {
    if (!dead) return;
    family.endBelow(dead);
    if (steps.watched) steps.end(pathOf(dead));
    onDeath(pathOf(dead), typeof error === 'object' && error !== null ? error : { message: String(error) });
  }

  /** What died of it has no state to compare with. */
  function mark(entry: JournalEntry, state: Marked): void {
    if (state.status === 'active') entry.state = markOf(state);
  }

  function stopped(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: AnyEventObject, scope: { self: AnyActorRef }): never {
    if (steps.watched) steps.end(pathOf(scope.self));
    return machine.transition(snapshot, event, scope as never) as never;
  }

  /** An actor that begins in a state that it once had: no entry action runs, what its states invoke is started. */
  function resumedIn(machine: AnyStateMachine, past: Past, scope: { self: AnyActorRef }): unknown {
    resumed.add(scope.self);
    return machine.restoreSnapshot({ status: 'active', ...past, children: invokedIn(machine, past) } as never, scope as never);
  }

  /** The same machine, recorded. Its `provide` stays recorded too. */
  function wrap<M extends AnyStateMachine>(machine: M): M {
    return Object.assign(Object.create(machine) as M, {
      transition(snapshot: never, event: AnyEventObject, scope: { self: AnyActorRef }) {
        if (event.type === 'xstate.stop') return stopped(machine, snapshot, event, scope);
        const stamped = encoded({ ...event, at: event['at'] ?? now() }) as AnyEventObject & { at: number };
        const entry = note(scope.self, stamped, origins.get(event) ?? { source: null, cause: null });
        if (stamped.type.startsWith(CHILD_DIED)) bury((snapshot as AnyMachineSnapshot).children[stamped['actorId']], stamped['error']);
        const next = machine.transition(snapshot, stamped, scope as never);
        mark(entry, next);
        if (next !== snapshot) dirty.add(scope.self);
        return next;
      },
      getInitialSnapshot(scope: { self: AnyActorRef }, input: { at?: number; resumed?: Past } | undefined) {
        const parent = (scope.self as { _parent?: AnyActorRef })._parent;
        const origin = parent ? { source: pathOf(parent), cause: lastOf.get(parent) ?? null } : { source: null, cause: null };
        const name = machineNameOf(scope.self);
        const entry = note(scope.self, encoded({ type: 'xstate.init', machine: name, version: machines[name]?.version, input, at: input?.at ?? now() }) as never, origin);
        dirty.add(scope.self);
        const first = (input?.resumed ? resumedIn(machine, input.resumed, scope) : machine.getInitialSnapshot(scope as never, input as never)) as Marked;
        mark(entry, first);
        return first as never;
      },
      /** XState looks through all of a context for actors, an eighth of the time in which a tree is restored: ours name none, see `restore.ts`. */
      restoreSnapshot(this: M, { context, ...snapshot }: Past, scope: never) {
        return Object.assign(machine.restoreSnapshot.call(this, { ...snapshot, context: {} } as never, scope), { context }) as never;
      },
      start(snapshot: never, scope: { self: AnyActorRef }) {
        machine.start?.(snapshot);
        // XState has set no timers for states that it did not enter.
        if (resumed.delete(scope.self)) rearm(scope.self, now());
      },
      provide: (implementations: never) => wrap(machine.provide(implementations)),
    });
  }

  /**
   * After a restore: the actor is not where its journal leads to. It has no past (its row could not be used), or that of an
   * older machine: `lifted` is its version. The journal begins again with the state that it has.
   */
  function beginsAnew(actor: AnyActorRef, lifted?: number): void {
    const { value, context } = actor.getSnapshot() as Marked;
    const [name, at] = [machineNameOf(actor), now()];
    const event = { type: 'xstate.init', machine: name, version: machines[name]?.version, ...(lifted !== undefined && { lifted }), input: { at, resumed: { value, context } }, at };
    note(actor, encoded(event) as never, { source: null, cause: null }).state = markOf({ value, context });
    dirty.add(actor);
  }

  /** As `actor.send`, from nobody. What a machine takes in no state changes nothing: that is only written down, at a tenth of the time. */
  function tell(actor: AnyActorRef, event: AnyEventObject & { at: number }): void {
    const { logic } = actor as AnyActorRef & { logic: AnyStateMachine };
    const snapshot = actor.getSnapshot() as Marked;
    if (snapshot.status !== 'active' || logic.events.includes(event.type)) return actor.send(event);
    note(actor, event, { source: null, cause: null }).state = marks.get(snapshot) ?? markOf(snapshot);
    dirty.add(actor);
  }

  /** Learns who sent an event and why. Never throws: an inspector that throws wedges a mailbox for ever. */
  function inspect(inspection: InspectionEvent) {
    if (inspection.type === '@xstate.actor') begins(inspection.actorRef);
    if (inspection.type === '@xstate.microstep' && steps.watched) steps.take(inspection.actorRef, inspection._transitions);
    if (inspection.type !== '@xstate.event') return;
    const { event, sourceRef, actorRef } = inspection;
    if (event.type.startsWith('xstate.after.'))
      origins.set(event, { source: pathOf(actorRef), cause: timers.get(`${pathOf(actorRef)} ${event.type}`)?.cause ?? null });
    else if (sourceRef && !origins.has(event)) origins.set(event, { source: pathOf(sourceRef), cause: lastOf.get(sourceRef) ?? startedBy.get(sourceRef) ?? null });
  }

  /** What a state invokes speaks because of the event that led to that state; what is there all the time, a pump, because of nothing that is known. */
  function begins(actor: ActorRefLike): void {
    family.add(actor);
    begunAt.set(actor, now());
    const { _parent: parent, id } = actor as ActorRefLike & Placed;
    const cause = parent && lastOf.get(parent);
    if (cause !== undefined && isOfAState((parent as AnyActorRef & { logic: AnyStateMachine }).logic, id)) startedBy.set(actor, cause);
  }

  /** The cause of an `after` is the event that entered its state: it is known when the timer is set. */
  function hookTimers(system: AnyActorRef['system']) {
    const { scheduler } = system;
    const schedule = scheduler.schedule.bind(scheduler);
    scheduler.schedule = (source, target, event, delay, id) => {
      timers.set(`${pathOf(source)} ${event.type}`, { setAt: now(), cause: lastOf.get(source) ?? null });
      schedule(source, target, event, delay, id);
    };
  }

  /** Actors whose snapshot changed since the last call. */
  function takeDirty(): AnyActorRef[] {
    const actors = [...dirty];
    dirty.clear();
    return actors;
  }

  return {
    wrap,
    inspect,
    hookTimers,
    takeDirty,
    beginsAnew,
    tell,
    steps,
    /** Number of the last event that an actor has processed. */
    lastOf: (actor: AnyActorRef): number => lastOf.get(actor) ?? 0,
    /** When the timer that sends the actor this type of event was set last, in ms since the epoch. */
    timerSetAt: (actor: AnyActorRef, event: string): number | undefined => timers.get(`${pathOf(actor)} ${event}`)?.setAt,
    /** When an actor began, or was restored by this run, in ms since the epoch. */
    begunAt: (actor: ActorRefLike): number | undefined => begunAt.get(actor),
    /** After a restore: the event that the actor's snapshot holds, and the mark of that. */
    remember(actor: AnyActorRef, seq: number, mark: string | undefined): void {
      lastOf.set(actor, seq);
      if (mark !== undefined) marks.set(actor.getSnapshot(), mark);
    },
    /** Says who sends an event that no actor sends: an operator, a pump. */
    from: <E extends object>(event: E, origin: Origin): E => (origins.set(event, origin), event),
    get seq() {
      return seq;
    },
  };
}

/** Whether a state within the machine invokes it, and not the machine as long as it lives. */
const isOfAState = ({ root }: AnyStateMachine, id: string): boolean => statesOf(root).some(({ invoke }) => invoke.some((one) => one.id === id));
const statesOf = ({ states }: AnyStateNode): AnyStateNode[] => Object.values(states).flatMap((state) => [state, ...statesOf(state)]);
