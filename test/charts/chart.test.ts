import fs from 'node:fs';
import { createActor, createMachine } from 'xstate';
import { describe, expect, test } from 'vitest';
import type { ChartState } from '../../inspector/protocol.ts';
import { lifecycleMachine } from '../../machines/lifecycle.ts';
import { chartOf, toChart } from '../../runtime/charts/chart.ts';
import { offersOf } from '../../runtime/charts/offers.ts';
import { withReference } from '../../runtime/charts/page.ts';
import { alone } from '../support/machines.ts';
import { declaredBy, nodesOf } from '../support/edges.ts';
import { proofs } from '../machines/proofs.ts';

const all = (state: ChartState): ChartState[] => [state, ...state.states.flatMap(all)];

describe.each(Object.entries(proofs))('the chart of %s', (_, { machine }) => {
  const states = all(toChart(machine));

  test('has every state and every transition', () => {
    expect(states.map(({ id }) => id)).toEqual([machine.root.id, ...nodesOf(machine).map(({ id }) => id)].filter((id, at, ids) => ids.indexOf(id) === at));
    expect(states.flatMap(({ transitions }) => transitions)).toHaveLength(declaredBy(machine).length);
    const ids = new Set(states.map(({ id }) => id));
    for (const { targets } of states.flatMap(({ transitions }) => transitions)) for (const target of targets) expect(ids).toContain(target);
  });

  test('says why of every transition, and names whatever it names', () => {
    for (const { id, transitions, entry, exit, invokes } of states) {
      for (const { event, description, guard, actions } of transitions) {
        expect(description, `${id} ${event}`).toBeTruthy();
        expect([guard, ...actions]).not.toContain('unnamed');
      }
      expect([...entry, ...exit, ...invokes.map(({ src }) => src)]).not.toContain('unnamed');
    }
  });
});

test('a chart tells events, timers and what happens by itself apart', () => {
  const machine = createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: { tags: 'calm', on: { GO: { guard: 'may', target: 'b', actions: ['note', 'tell'] }, 'a.fact': {} }, always: { guard: 'must', target: 'b' } },
      b: { type: 'parallel', entry: 'greet', exit: 'part', invoke: { src: 'pump', id: 'pump' }, after: { aWhile: 'a' }, states: { x: {}, y: { initial: 'z', states: { z: { type: 'final' } } } } },
    },
  });
  const [a, b] = toChart(machine).states as [ChartState, ChartState];
  expect(a).toMatchObject({ id: 'm.a', key: 'a', type: 'atomic', tags: ['calm'] });
  expect(a.transitions).toEqual([
    { kind: 'operator', event: 'GO', targets: ['m.b'], guard: 'may', actions: ['note', 'tell'], reenter: false },
    { kind: 'internal', event: 'a.fact', targets: [], actions: [], reenter: false },
    { kind: 'always', event: '', targets: ['m.b'], guard: 'must', actions: [], reenter: false },
  ]);
  expect(b).toMatchObject({ type: 'parallel', entry: ['greet'], exit: ['part'], invokes: [{ id: 'pump', src: 'pump' }] });
  expect(b.transitions.filter(({ kind }) => kind === 'after')).toEqual([{ kind: 'after', event: 'aWhile', targets: ['m.a'], actions: [], reenter: false }]);
  expect(b.states[1]).toMatchObject({ type: 'compound', initial: 'm.b.y.z', states: [{ type: 'final' }] });
});

test('a machine is asked for by the name that its rows have', () => {
  expect(chartOf('stageWorker')).toMatchObject({ machine: 'stageWorker', version: 1, root: { id: 'stageWorker' } });
  expect(() => chartOf('dragon')).toThrow('there is no machine "dragon"; there are supervisor, config, job');
});

test('what an actor does not take now comes with the states that would', () => {
  const actor = createActor(alone(lifecycleMachine), { input: { at: 0 } }).start();
  const [drain, pause, resume] = offersOf(actor);
  expect([drain, pause]).toMatchObject([{ event: 'DRAIN', accepted: true, description: expect.stringContaining('start nothing new') }, { event: 'PAUSE', accepted: true }]);
  expect(resume).toMatchObject({ event: 'RESUME', accepted: false, reason: 'only in pause.paused, drain.draining, drain.drained' });
  actor.send({ type: 'PAUSE', reason: 'lunch', at: 1 });
  expect(offersOf(actor)[2]).toEqual({ event: 'RESUME', accepted: true, description: 'Lift every hold that an operator may lift.' });
});

test('a guard that stands in the way is named; one that reads what the event holds is left to it', () => {
  const machine = createMachine(
    { id: 'm', initial: 'a', states: { a: { on: { GO: { guard: 'hasBudget', target: 'b' }, SPEND: { guard: 'isEnough', target: 'b' } } }, b: {} } },
    { guards: { hasBudget: () => false, isEnough: ({ event }) => event['amount'].valueOf() > 5 } },
  );
  expect(offersOf(createActor(machine).start())).toEqual([{ event: 'GO', accepted: false, reason: 'not while hasBudget is false' }, { event: 'SPEND', accepted: true }]);
});

test('docs/lifecycle.md is what the machines are', () => {
  const page = fs.readFileSync('docs/lifecycle.md', 'utf8');
  expect(page, 'npm run docs').toBe(withReference(page));
});
