import { expect, test } from 'vitest';
import { createActor, createMachine, fromCallback, SimulatedClock, spawnChild, stopChild, type AnyActorRef, type AnyStateMachine } from 'xstate';
import { createRecorder } from '../../runtime/recorder/recorder.ts';
import { safeInspector } from '../../runtime/recorder/safe-inspector.ts';

const boom = () => {
  throw new Error('boom');
};

const spawn = (src: string, path: string) => spawnChild(src, { id: src, systemId: path });
const reap = stopChild(({ event }) => (event as unknown as { actorId: string }).actorId);

/** A parent that spawns `middle` when told to, and reaps it when it has died. `middle` spawns a worker, which invokes a leaf. */
function family(middle: object) {
  const clock = new SimulatedClock();
  const recorder = createRecorder({ now: () => clock.now(), lastSeq: 0, record: () => {} });
  const leaves = { begun: 0, ended: 0 };
  const leaf = fromCallback(() => ((leaves.begun += 1), () => void (leaves.ended += 1)));
  const worker = recorder.wrap(createMachine({ id: 'worker', invoke: { src: 'leaf', id: 'leaf' } }).provide({ actors: { leaf } } as never) as AnyStateMachine);
  const between = recorder.wrap(createMachine(middle as never).provide({ actors: { worker } } as never) as AnyStateMachine);
  const parent = recorder.wrap(
    createMachine({
      id: 'parent',
      on: { BEGIN: { actions: spawn('middle', 'middle') }, 'xstate.error.actor.*': { actions: reap } } as never,
    }).provide({ actors: { middle: between } } as never) as AnyStateMachine,
  );
  const root = createActor(parent, { clock, inspect: recorder.inspect }).start() as AnyActorRef;
  return { root, leaves, named: () => Object.keys(root.system.getAll()).sort() };
}

test.each([
  ['in a transition', { id: 'middle', entry: spawn('worker', 'middle/worker'), on: { GO: { actions: boom } } }],
  ['in a transition in which it spawned another one', { id: 'middle', on: { GO: { actions: [spawn('worker', 'middle/worker'), boom] } } }],
  ['in the entry action of its first state', { id: 'middle', entry: [spawn('worker', 'middle/worker'), boom] }],
  ['in a guard, before it has begun', { id: 'middle', initial: 'a', entry: spawn('worker', 'middle/worker'), states: { a: { always: { guard: boom, target: 'b' } }, b: {} } }],
  ['as it is initialised', { id: 'middle', context: boom, entry: spawn('worker', 'middle/worker') }],
])('what a machine spawned that dies %s ends with it, and its path is free again', (_, middle) => {
  const { root, leaves, named } = family(middle);
  for (let n = 0; n < 3; n++) {
    root.send({ type: 'BEGIN' });
    (root.system.get('middle') as AnyActorRef | undefined)?.send({ type: 'GO' });
    expect([root.getSnapshot().status, named(), leaves.begun - leaves.ended]).toEqual(['active', [], 0]);
  }
});

test.each(['@xstate.event', '@xstate.microstep', '@xstate.action', '@xstate.snapshot'])('an inspector that throws at %s is heard of once, and the actor goes on', (type) => {
  const errors: string[] = [];
  const inspect = safeInspector((event) => {
    if (event.type === type) throw new Error('out of order');
  }, ({ message }) => errors.push(message));
  const actor = createActor(createMachine({ initial: 'a', states: { a: { on: { NEXT: 'b' } }, b: { entry: () => {}, on: { NEXT: 'a' } } } }), { inspect }).start();
  for (let n = 0; n < 3; n++) actor.send({ type: 'NEXT' });
  expect([actor.getSnapshot().status, actor.getSnapshot().value, errors]).toEqual(['active', 'b', ['out of order']]);
});
