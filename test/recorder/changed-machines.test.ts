/** What XState does, and what Rivus does, with a snapshot whose machine has got a region, a child or a substate since. */
import { assign, createActor, fromCallback, setup, SimulatedClock, type AnyStateMachine } from 'xstate';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { inflate, Unusable, usable } from '../../runtime/recorder/restore.ts';
import { rearm } from '../../runtime/recorder/rearm.ts';
import type { Migration } from '../../machines/migrations.ts';
import type { StoredActorRow } from '../../runtime/store/types.ts';
import { otherMachine } from '../support/other-machine.ts';

let happened: string[] = [];
beforeEach(() => void (happened = []));
const note = (what: string) => () => void happened.push(what);

const base = setup({
  types: { context: {} as { entered: number } },
  actors: { child: fromCallback(note('the child runs')) },
  actions: { enter: assign({ entered: ({ context }) => context.entered + 1 }), tell: note('it was told') },
  delays: { aWhile: () => 1_000 },
});
const CONTEXT = { entered: 0 };
const entering = { entry: ['enter', 'tell'] as const, after: { aWhile: { actions: note('the timer fired') } } };

const machineOf = (states: object) => base.createMachine({ id: 'm', context: CONTEXT, type: 'parallel', states } as never) as unknown as AnyStateMachine;
const ENTERED = { ...entering, invoke: { src: 'child', id: 'child' } };
/** `value`: of before. `today`: where that is now. */
const MACHINES: Record<string, { machine: AnyStateMachine; value: unknown; today: unknown }> = {
  'a region more': {
    machine: machineOf({ a: { initial: 'on', states: { on: {} } }, b: { initial: 'fresh', states: { fresh: ENTERED } } }),
    value: { a: 'on' },
    today: { a: 'on', b: 'fresh' },
  },
  'a substate in what was a leaf': {
    machine: machineOf({ a: { initial: 'on', states: { on: { initial: 'first', states: { first: ENTERED } } } } }),
    value: { a: 'on' },
    today: { a: { on: 'first' } },
  },
  'a child more in an active state': {
    machine: machineOf({ a: { initial: 'on', states: { on: ENTERED } } }),
    value: { a: 'on' },
    today: { a: 'on' },
  },
};

const rowOf = (value: unknown): StoredActorRow => ({ path: 'supervisor', parent: null, id: 'x', src: 'm', version: 1, seq: 1, mark: null, snapshot: JSON.stringify({ status: 'active', value, context: CONTEXT, historyValue: {}, children: {} }) });
const known = (machine: AnyStateMachine, migrations?: Migration[]) => otherMachine('m', { machine, context: z.strictObject({ entered: z.number() }), path: /^supervisor$/, version: migrations ? 2 : 1, ...(migrations && { migrations }) });

test.each(Object.entries(MACHINES))('%s: XState enters it silently: no entry action, no timer, no child', (_, { machine, value, today }) => {
  const clock = new SimulatedClock();
  const actor = createActor(machine, { clock, snapshot: JSON.parse(rowOf(value).snapshot) } as never).start();
  clock.increment(5_000);
  expect([actor.getSnapshot().value, actor.getSnapshot().context, happened]).toEqual([today, CONTEXT, []]);
});

test.each(Object.entries(MACHINES).filter(([, { value, today }]) => JSON.stringify(value) !== JSON.stringify(today)))('%s: Rivus takes no snapshot that does not say where it stands', (_, { machine, value }) => {
  known(machine);
  expect(() => usable(rowOf(value))).toThrow(Unusable);
  expect(() => usable(rowOf(value))).toThrow(/says too little: today it is .* and no migration leads there/);
});

test.each(Object.entries(MACHINES))('%s: after a migration its timers are set and its children run; entry actions are the migration’s business', (_, { machine, value, today }) => {
  known(machine, [{ to: 2, because: 'there is more of it', lift: () => ({ value: today, context: { entered: 1 } }) }]);
  const clock = new SimulatedClock();
  const actor = createActor(machine, { clock, snapshot: inflate([usable(rowOf(value))]) } as never).start();
  rearm(actor, clock.now());
  clock.increment(5_000);
  expect([actor.getSnapshot().value, actor.getSnapshot().context, happened]).toEqual([today, { entered: 1 }, ['the child runs', 'the timer fired']]);
});
