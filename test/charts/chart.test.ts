import fs from 'node:fs';
import { and, assign, createActor, fromCallback, fromPromise, not, or, raise, sendParent, setup, type AnyStateMachine } from 'xstate';
import { describe, expect, test } from 'vitest';
import type { ChartCall, ChartState, ChartTransition } from '../../inspector/protocol.ts';
import { machines } from '../../machines/index.ts';
import { lifecycleMachine } from '../../machines/lifecycle.ts';
import { callText } from '../../runtime/charts/called.ts';
import { activeIn, chartOf, toChart } from '../../runtime/charts/chart.ts';
import { offersOf } from '../../runtime/charts/offers.ts';
import { payloadOf } from '../../runtime/charts/payload.ts';
import { childrenOf, guardsOf, timersOf } from '../../runtime/charts/present.ts';
import { withReference } from '../../runtime/charts/page.ts';
import { alone } from '../support/machines.ts';
import { declaredBy, nodesOf } from '../support/edges.ts';
import { proofs } from '../machines/proofs.ts';

const namesIn = ({ name, of = [] }: ChartCall): string[] => [name, ...of.flatMap(namesIn)];
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
        expect([...(guard ? [guard] : []), ...actions].flatMap(namesIn)).not.toContain('unnamed');
      }
      expect([...[...entry, ...exit].flatMap(namesIn), ...invokes.map(({ src }) => src)]).not.toContain('unnamed');
    }
  });
});

// ---------------------------------------------------------------- whatever a machine may consist of

/** Everything that XState has and a chart must show; most of it no machine of Rivus uses. */
const everything = setup({
  types: { context: {} as { n: number }, events: {} as { type: string; [payload: string]: unknown }, tags: {} as 'calm' | 'busy' },
  actors: { pump: fromCallback(() => {}), poll: fromPromise(async () => 1) },
  guards: { isFree: ({ context }) => context.n === 0, isHeld: ({ context }) => context.n > 5, isAbove: ({ context }, { least }: { least: number }) => context.n > least, isEnough: ({ event }) => (event['amount'] as number) > 5 },
  actions: { note: () => {}, tell: (_, _params: { whom: string }) => {}, count: assign({ n: ({ context }) => context.n + 1 }) },
  delays: { aWhile: () => 1_000 },
}).createMachine({
  id: 'm',
  description: 'Everything.',
  context: { n: 0 },
  initial: 'a',
  on: { '*': { actions: 'note', description: 'Whatever else comes.' }, RESET: { target: '#m.a', reenter: true }, GO: '.b' },
  states: {
    a: {
      tags: 'calm',
      meta: { colour: 'green' },
      entry: ['note', { type: 'tell', params: { whom: 'job' } }, raise({ type: 'a.entered' })],
      exit: [{ type: 'tell', params: ({ context }: { context: { n: number } }) => ({ whom: String(context.n) }) }, sendParent({ type: 'a.left' })],
      always: { guard: 'isHeld', target: 'c' },
      after: { aWhile: 'b', 5000: { target: 'c', guard: 'isFree' } },
      on: {
        GO: [{ guard: { type: 'isAbove', params: { least: 9 } }, target: 'b' }, { guard: and(['isHeld', not('isFree')]), actions: 'count' }],
        STOP: { guard: or(['isHeld', { type: 'isAbove', params: ({ event }: { event: { least: number } }) => ({ least: event.least }) } as never]), target: 'c' },
        SPEND: { guard: 'isEnough', target: 'b' },
        'a.*': { actions: 'note' },
        'a.fact': {},
        RESET: {},
      },
    },
    b: {
      type: 'parallel',
      onDone: { target: 'c', actions: 'note' },
      invoke: [{ src: 'pump', id: 'pump', systemId: 'the/pump' }, { src: 'poll', id: 'poll', onDone: { target: 'c', actions: 'note' }, onError: { actions: 'tell' } as never }],
      states: {
        x: { initial: 'one', states: { one: { on: { NEXT: 'two' } }, two: { type: 'final', tags: 'busy' }, back: { type: 'history', history: 'deep', target: 'two' } } },
        y: { initial: { target: 'z', actions: 'note' } as never, states: { z: { initial: 'deep', states: { deep: { on: { GO: { target: '#m.b.x.two' } } } } }, again: { type: 'history' } } },
      },
    },
    c: { type: 'final', output: { n: 1 } },
  },
} as never) as unknown as AnyStateMachine;

describe('the chart of a machine with everything', () => {
  const chart = toChart(everything);
  const at = (id: string): ChartState => all(chart).find((state) => state.id === id)!;
  const ways = (id: string, event: string): ChartTransition[] => at(id).transitions.filter((way) => way.event === event);

  test('has its states, nested, with their kinds, tags and what is entered first', () => {
    expect(all(chart).map(({ id, type }) => [id, type])).toEqual([
      ['m', 'compound'], ['m.a', 'atomic'], ['m.b', 'parallel'], ['m.b.x', 'compound'], ['m.b.x.one', 'atomic'], ['m.b.x.two', 'final'], ['m.b.x.back', 'history'],
      ['m.b.y', 'compound'], ['m.b.y.z', 'compound'], ['m.b.y.z.deep', 'atomic'], ['m.b.y.again', 'history'], ['m.c', 'final'],
    ]);
    expect(chart).toMatchObject({ key: 'm', description: 'Everything.', initial: 'm.a' });
    expect(at('m.a')).toMatchObject({ tags: ['calm'], meta: { colour: 'green' } });
    expect(at('m.b.y')).toMatchObject({ initial: 'm.b.y.z', initialActions: [{ name: 'note' }] });
    expect([at('m.b.x.back'), at('m.b.y.again')]).toMatchObject([{ history: 'deep', initial: 'm.b.x.two' }, { history: 'shallow' }]);
    expect(at('m.b.y.again')).not.toHaveProperty('initial');
  });

  test('has what is done on the way in and out, without the timers of XState', () => {
    expect(at('m.a').entry).toEqual([{ name: 'note' }, { name: 'tell', params: { whom: 'job' } }, { name: 'raise', params: { event: { type: 'a.entered' } } }]);
    expect(at('m.a').exit).toMatchObject([{ name: 'tell', dynamic: true }, { name: 'sendTo', params: { event: { type: 'a.left' } } }]);
  });

  test('has guards with what they are given, and the parts of and, or and not', () => {
    expect(ways('m.a', 'GO')).toEqual([
      { kind: 'operator', event: 'GO', targets: ['m.b'], guard: { name: 'isAbove', params: { least: 9 } }, actions: [], reenter: false },
      { kind: 'operator', event: 'GO', targets: [], guard: { name: 'and', of: [{ name: 'isHeld' }, { name: 'not', of: [{ name: 'isFree' }] }] }, actions: [{ name: 'count' }], reenter: false },
    ]);
    expect(ways('m.a', 'STOP')[0]!.guard).toEqual({ name: 'or', of: [{ name: 'isHeld' }, { name: 'isAbove', dynamic: true }] });
    expect(callText(ways('m.a', 'GO')[1]!.guard!)).toBe('and(isHeld, not(isFree))');
    expect(callText(ways('m.a', 'GO')[0]!.guard!)).toBe('isAbove {"least":9}');
  });

  test('has timers by name and by ms, what happens by itself, and wildcards', () => {
    expect(at('m.a').transitions.filter(({ kind }) => kind === 'after').map(({ event, targets, guard }) => [event, targets, guard?.name])).toEqual([['5000', ['m.c'], 'isFree'], ['aWhile', ['m.b'], undefined]]);
    expect(at('m.a').transitions.filter(({ kind }) => kind === 'always')).toEqual([{ kind: 'always', event: '', targets: ['m.c'], guard: { name: 'isHeld' }, actions: [], reenter: false }]);
    expect([...ways('m', '*'), ...ways('m.a', 'a.*')].map(({ kind }) => kind)).toEqual(['wildcard', 'wildcard']);
  });

  test('tells what is forbidden, what enters again and what stays', () => {
    expect([ways('m.a', 'a.fact')[0], ways('m.a', 'RESET')[0]]).toMatchObject([{ kind: 'internal', forbidden: true, targets: [] }, { kind: 'operator', forbidden: true }]);
    expect(ways('m', 'RESET')).toMatchObject([{ targets: ['m.a'], reenter: true }]);
    expect(ways('m', '*')[0]).not.toHaveProperty('forbidden');
  });

  test('has what is invoked, and where each end leads', () => {
    expect(at('m.b').invokes).toEqual([{ id: 'pump', src: 'pump', systemId: 'the/pump' }, { id: 'poll', src: 'poll' }]);
    expect(at('m.b').transitions.map(({ kind, event, targets }) => [kind, event, targets])).toEqual([
      ['done', 'xstate.done.state.m.b', ['m.c']], ['done', 'xstate.done.actor.poll', ['m.c']], ['error', 'xstate.error.actor.poll', []],
    ]);
  });

  test('has every transition that the machine declares, and is JSON', () => {
    expect(all(chart).flatMap(({ transitions }) => transitions)).toHaveLength(declaredBy(everything).length);
    expect(JSON.parse(JSON.stringify(chart))).toEqual(chart);
  });

  test('shows where a snapshot is', () => {
    const actor = createActor(everything).start();
    expect(activeIn(actor.getSnapshot())).toEqual(['m', 'm.a']);
    actor.stop();
    const b = everything.resolveState({ value: { b: { x: 'one', y: { z: 'deep' } } }, context: { n: 0 } } as never);
    expect(activeIn(b as never).sort()).toEqual(['m', 'm.b', 'm.b.x', 'm.b.x.one', 'm.b.y', 'm.b.y.z', 'm.b.y.z.deep']);
  });

  /** What is offered in a state, by event. */
  const offers = (value: unknown, n = 0) => Object.fromEntries(offersOf(everything.resolveState({ value, context: { n } } as never) as never).map(({ event, ...offer }) => [event, offer]));

  test('takes whatever comes, where a wildcard does', () => {
    expect(offers('a')).toMatchObject({ SPEND: { accepted: true }, STOP: { accepted: true }, NEXT: { accepted: true } });
  });
});

/** Without its wildcard, which takes whatever comes. */
const GUARDED = setup({
  guards: { isFree: ({ context }) => context.n === 0, isHeld: ({ context }) => context.n > 5, isAbove: ({ context }, { least }: { least: number }) => context.n > least, isEnough: ({ event }) => (event as { amount?: number }).amount! > 5, isPatient: ({ event }) => 'until' in event },
  types: { context: {} as { n: number }, events: {} as { type: string } },
}).createMachine({
  id: 'g',
  context: { n: 3 },
  type: 'parallel',
  on: { RESET: { actions: [], target: '.one.a', description: 'Begin anew.' } },
  states: {
    one: {
      initial: 'a',
      states: {
        a: {
          on: {
            GO: [{ guard: { type: 'isAbove', params: { least: 9 } }, target: 'b' }, { guard: and(['isHeld', not('isFree')]), target: 'b' }],
            STOP: { guard: or(['isHeld', and(['isFree', not('isHeld')])]), target: 'b' },
            CALM: { guard: not(and([not('isFree'), not('isHeld')])), target: 'b' },
            SPEND: { guard: 'isEnough', target: 'b' },
            WAIT: { guard: 'isPatient', target: 'b' },
            RESET: { description: 'It has only begun.' },
          },
        },
        b: { on: { BACK: 'a' } },
      },
    },
    two: { initial: 'c', states: { c: { on: { BOTH: { guard: 'isFree', target: 'd' } } }, d: {} } },
  },
} as never) as unknown as AnyStateMachine;

describe('what an actor takes, and why not the rest', () => {
  const offers = (value: unknown = { one: 'a', two: 'c' }, n = 3) => Object.fromEntries(offersOf(GUARDED.resolveState({ value, context: { n } } as never) as never).map(({ event, ...offer }) => [event, offer]));

  test('names the guards that are false, or true where that is what stands in the way', () => {
    expect(offers()).toMatchObject({
      GO: { accepted: false, reason: 'not while isAbove is false and isHeld is false', because: [{ guard: 'isAbove', is: false }, { guard: 'isHeld', is: false }] },
      STOP: { accepted: false, because: [{ guard: 'isHeld', is: false }, { guard: 'isFree', is: false }] },
      CALM: { accepted: false, because: [{ guard: 'isFree', is: false }, { guard: 'isHeld', is: false }] },
      BOTH: { accepted: false, reason: 'not while isFree is false' },
    });
    expect(offers(undefined, 0)).toMatchObject({ GO: { accepted: false, because: [{ guard: 'isAbove', is: false }, { guard: 'isHeld', is: false }, { guard: 'isFree', is: true }] }, STOP: { accepted: true }, BOTH: { accepted: true } });
  });

  test('leaves what the event decides to the event', () => {
    expect(offers()).toMatchObject({ SPEND: { accepted: true }, WAIT: { accepted: true } });
  });

  test('knows the states that would take it, and those that ignore it on purpose', () => {
    expect(offers()).toMatchObject({ BACK: { accepted: false, reason: 'only in one.b' }, RESET: { accepted: false, reason: 'it is ignored in one.a', description: 'It has only begun.' } });
    expect(offers({ one: 'b', two: 'd' })).toMatchObject({ BACK: { accepted: true }, RESET: { accepted: true, description: 'Begin anew.' }, GO: { accepted: false, reason: 'only in one.a' } });
  });

  test('of one that has ended is nothing', () => {
    const snapshot = { ...GUARDED.resolveState({ value: { one: 'a', two: 'c' }, context: { n: 0 } } as never), status: 'done' };
    expect(new Set(offersOf(snapshot as never).map(({ reason }) => reason))).toEqual(new Set(['it has ended']));
  });
});

describe('how a chart stands at present', () => {
  const snapshot = (value: unknown, n: number) => GUARDED.resolveState({ value, context: { n } } as never) as never;

  test('says of each guard whether it is true, part by part; what the event decides is asked when it comes', () => {
    expect(guardsOf(snapshot({ one: 'a', two: 'd' }, 3))).toEqual([
      { from: 'g.one.a', index: 0, is: false, parts: [{ guard: 'isAbove', is: false }] },
      { from: 'g.one.a', index: 1, is: false, parts: [{ guard: 'isHeld', is: false }, { guard: 'isFree', is: false }] },
      { from: 'g.one.a', index: 2, is: false, parts: [{ guard: 'isHeld', is: false }, { guard: 'isFree', is: false }, { guard: 'isHeld', is: false }] },
      { from: 'g.one.a', index: 3, is: false, parts: [{ guard: 'isFree', is: false }, { guard: 'isHeld', is: false }] },
      { from: 'g.one.a', index: 4, parts: [{ guard: 'isEnough' }] },
      { from: 'g.one.a', index: 5, parts: [{ guard: 'isPatient' }] },
    ]);
  });

  test('follows the context, and knows only the states in which it is', () => {
    expect(guardsOf(snapshot({ one: 'a', two: 'c' }, 0)).at(-1)).toEqual({ from: 'g.two.c', index: 0, is: true, parts: [{ guard: 'isFree', is: true }] });
    expect(guardsOf(snapshot({ one: 'b', two: 'd' }, 0))).toEqual([]);
  });

  test('knows when a timer goes off, as the machine has it in its context', () => {
    const lifecycle = createActor(alone(lifecycleMachine), { input: { at: 0 } }).start();
    expect(timersOf(lifecycle.getSnapshot())).toEqual([]);
    lifecycle.send({ type: 'PAUSE', reason: 'lunch', until: 60_000, at: 1 });
    const [timer] = timersOf(lifecycle.getSnapshot(), (event) => (event.startsWith('xstate.after.untilNextLapse') ? 1 : undefined));
    expect(timer).toEqual({ from: 'lifecycle.pause.paused.untilLapse', index: 0, until: 60_000, since: 1 });
    lifecycle.stop();
  });

  test('knows what it runs: actors, and what is none', () => {
    const leaf = fromCallback(() => {});
    const parent = setup({ actors: { leaf, child: GUARDED } }).createMachine({ id: 'p', invoke: [{ src: 'leaf', id: 'ear' }, { src: 'child', id: 'kid' }] });
    const actor = createActor(parent).start();
    expect(childrenOf(actor.getSnapshot(), ({ id }) => `p/${id}`)).toEqual([{ id: 'ear', path: 'p/ear', of: 'leaf', isActor: false }, { id: 'kid', path: 'p/kid', of: 'child', isActor: true }]);
    actor.stop();
  });
});

/** Whatever happens to a machine, `rearm` and the ring of its timer agree on the deadline. */
describe.each(Object.entries(proofs))('the deadlines of %s', (_, { machine }) => {
  test('are absolute in its context: every delay that it names is what is left of one', () => {
    const delays = machine.implementations.delays as Record<string, unknown>;
    for (const { kind, event } of all(toChart(machine)).flatMap(({ transitions }) => transitions)) if (kind === 'after') expect(typeof delays[event], event).toBe('function');
  });
});

describe('what the events of operators hold', () => {
  test('is written down for every one of them, and for no other', () => {
    for (const [name, { machine, orders = {} }] of Object.entries(machines)) {
      const sent = all(toChart(machine)).flatMap(({ transitions }) => transitions.filter(({ kind }) => kind === 'operator').map(({ event }) => event));
      expect(Object.keys(orders).sort(), name).toEqual([...new Set(sent)].sort());
    }
  });

  test('is a field each, with its kind and what it is for', () => {
    expect(payloadOf('lifecycle', 'PAUSE')).toEqual([
      { name: 'reason', required: true, kind: 'text', description: 'Why, for whoever reads it later.' },
      { name: 'until', required: false, kind: 'instant', description: 'When it goes on by itself.' },
    ]);
    expect(payloadOf('lifecycle', 'RESUME')).toMatchObject([{ name: 'force', required: false, kind: 'boolean', preset: false }]);
    expect(payloadOf('doctor', 'RECLASSIFY')).toMatchObject([{ name: 'fingerprint' }, { name: 'class', required: true, kind: 'choice', choices: expect.arrayContaining(['transient']) }, { name: 'reason', required: false }]);
    expect(payloadOf('discovery', 'WAKE')).toEqual([]);
    for (const [machine, event] of [['discovery', 'SLEEP'], ['dragon', 'WAKE'], ['window', 'constructor']] as const) expect(payloadOf(machine, event), event).toBeUndefined();
  });
});

test('what an actor does not take now comes with the states that would', () => {
  const actor = createActor(alone(lifecycleMachine), { input: { at: 0 } }).start();
  const [drain, pause, resume] = offersOf(actor.getSnapshot());
  expect([drain, pause]).toMatchObject([{ event: 'DRAIN', accepted: true, description: expect.stringContaining('start nothing new') }, { event: 'PAUSE', accepted: true }]);
  expect(resume).toMatchObject({ event: 'RESUME', accepted: false, reason: 'only in pause.paused, drain.draining, drain.drained' });
  actor.send({ type: 'PAUSE', reason: 'lunch', at: 1 });
  expect(offersOf(actor.getSnapshot())[2]).toEqual({ event: 'RESUME', accepted: true, description: 'Lift every hold that an operator may lift.' });
});

test('a machine is asked for by the name that its rows have', () => {
  expect(chartOf('stageWorker')).toMatchObject({ machine: 'stageWorker', version: 1, root: { id: 'stageWorker' } });
  for (const name of ['dragon', 'constructor']) expect(() => chartOf(name)).toThrow(`there is no machine "${name}"; there are supervisor, config, doctor, resource, notifier, job`);
});

test('docs/lifecycle.md is what the machines are', () => {
  const page = fs.readFileSync('docs/lifecycle.md', 'utf8');
  expect(page, 'npm run docs').toBe(withReference(page));
});
