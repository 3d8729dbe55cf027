/**
 * Replay: folds the journal of one actor over its machine. No effect runs, nobody is told, nothing is started; the value
 * and context that come out are those that the actor had.
 */
import { createActor, createEmptyActor, type AnyEventObject, type AnyStateMachine } from 'xstate';

export type Folded = { value: unknown; context: unknown; status: string };
/** A journal entry as far as a replay needs it; `event` is JSON text. */
export type Entry = { seq: number; event: string };

/**
 * @param entries of one actor, oldest first; each `xstate.init` begins a new incarnation
 * @returns the state after the last entry, or undefined when there is no `xstate.init`
 */
export function fold(machine: AnyStateMachine, entries: readonly Entry[]): Folded | undefined {
  let snapshot: any;
  let scope: any;
  for (const { event: text } of entries) {
    const event = JSON.parse(text) as AnyEventObject & { input?: unknown };
    if (event.type === 'xstate.init') {
      scope = inert(machine, event.input);
      snapshot = machine.getInitialSnapshot(scope, event.input as never);
    } else if (snapshot?.status === 'active') {
      snapshot = stepped(machine, snapshot, event, scope);
    }
  }
  return snapshot && { value: snapshot.value, context: snapshot.context, status: snapshot.status };
}

/** What made the actor throw makes the fold throw: that was its end. */
function stepped(machine: AnyStateMachine, snapshot: any, event: AnyEventObject, scope: any) {
  try {
    return machine.transition(snapshot, event, scope);
  } catch (error) {
    return { ...snapshot, status: 'error', error };
  }
}

/** A scope in which spawning registers nothing and sending reaches nobody. */
export function inert(machine: AnyStateMachine, input: unknown) {
  const nobody = createEmptyActor();
  const actor = createActor(machine, { parent: nobody, input } as never) as any;
  const system = Object.assign(Object.create(actor.system), {
    get: () => nobody, _sendInspectionEvent() {}, _set() {}, _register: (id: string) => id, _unregister() {},
  });
  const self = new Proxy(actor, { get: (target, key) => (key === '_parent' ? nobody : key === 'system' ? system : target[key]) });
  return { self, system, id: '', sessionId: '', defer() {}, logger() {}, stopChild() {}, emit() {}, actionExecutor() {} };
}
