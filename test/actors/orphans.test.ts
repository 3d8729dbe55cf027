import { afterEach, expect, test } from 'vitest';
import { assign } from 'xstate';
import { discoveryMachine } from '../../machines/discovery.ts';
import { jobMachine } from '../../machines/job.ts';
import { lifecycleMachine } from '../../machines/lifecycle.ts';
import { stageWorkerMachine } from '../../machines/stage-worker.ts';
import { Commands } from '../../runtime/control/commands.ts';
import { Finding } from '../../runtime/control/finding.ts';
import { Census } from '../support/census.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

/** Parts of machines that throw while their name is in it. */
const broken = new Set<string>();
const undo: (() => void)[] = [];

afterEach(() => {
  broken.clear();
  undo.splice(0).forEach((one) => one());
});

/** A guard or an action of a machine, with a fault that can be switched on. */
function breakable(machine: { implementations: any }, kind: 'guards' | 'actions', name: string, sound?: (args: any) => object): void {
  const parts = machine.implementations[kind];
  const whole = parts[name];
  const guarded = (go: (...args: any[]) => any) => (...args: any[]) => {
    const { job = args[0].context.spec?.id ?? 'watch' } = args[0].context;
    if (job === 'watch' && broken.has(name)) throw new Error(`${name} is out of order`);
    return go(...args);
  };
  parts[name] = sound ? assign(guarded(sound)) : guarded(whole);
  undo.push(() => (parts[name] = whole));
}

const watch = jobSpec('watch', { fetch: [], extract: ['fetch'] });
const other = jobSpec('other', { fetch: [] });

type Fault = { name: string; prepare?(): void; strike(run: SimulatedRuntime): Promise<unknown> | unknown; mend(run: SimulatedRuntime): void; held?: RegExp };
const inMachine = (name: string) => ({ mend: () => void broken.delete(name) });
const inWorld = (name: string) => ({ mend: (run: SimulatedRuntime) => void run.outOfOrder.delete(name) });
const dies = (run: SimulatedRuntime, path: string) => run.send(path, { type: 'xstate.error.actor.test', actorId: 'test', error: { name: 'Error', message: 'struck' } });

const FAULTS: Fault[] = [
  {
    name: 'a pump that throws as it begins', ...inWorld('watch watch/fetch'), held: /stage\/fetch died 6 times in 60 s: Error: watch watch\/fetch is out of order/,
    strike: (run) => (run.outOfOrder.add('watch watch/fetch'), dies(run, 'job/watch/stage/fetch')),
  },
  {
    name: 'a pump that throws when it is given a claim', ...inWorld('version watch/fetch'), held: /stage\/fetch died 6 times in 60 s: Error: version watch\/fetch is out of order/,
    strike: (run) => (run.outOfOrder.add('version watch/fetch'), run.add('watch', 'x')),
  },
  {
    name: 'a pump whose handlers cannot even be called', ...inWorld('run watch/fetch'), held: /stage\/fetch died 6 times in 60 s: Error: run watch\/fetch is out of order/,
    strike: (run) => (run.outOfOrder.add('run watch/fetch'), run.add('watch', 'x')),
  },
  {
    name: 'a guard of a worker', ...inMachine('isSaturated'), prepare: () => breakable(stageWorkerMachine, 'guards', 'isSaturated'), held: /^stage\/\w+ is the last of \d deaths in 60 s \(stage\/fetch \d, stage\/extract \d\): Error: isSaturated is out of order/,
    strike: (run) => (broken.add('isSaturated'), run.add('watch', 'x')),
  },
  {
    name: 'an entry action of a discovery', ...inMachine('begin'), prepare: () => breakable(discoveryMachine, 'actions', 'begin', () => ({ again: false })), held: /discovery died 6 times in 60 s: Error: begin is out of order/,
    strike: (run) => (broken.add('begin'), run.send('job/watch/discovery', { type: 'WAKE' })),
  },
  {
    name: 'a guard of a lifecycle', ...inMachine('somethingHolds'), prepare: () => breakable(lifecycleMachine, 'guards', 'somethingHolds'), held: /^lifecycle died \d+ times in 60 s: Error: somethingHolds is out of order/,
    strike: (run) => (broken.add('somethingHolds'), dies(run, 'job/watch/lifecycle')),
  },
  {
    name: 'an action of a job', ...inMachine('noteLifecycle'), held: /^the job died \d+ times in 60 s: Error: noteLifecycle is out of order/,
    prepare: () => breakable(jobMachine, 'actions', 'noteLifecycle', ({ context, event }) => ({ drain: event.drain ?? context.drain, holds: event.holds })),
    strike: (run) => (broken.add('noteLifecycle'), run.send('job/watch/lifecycle', { type: 'DRAIN' })),
  },
];

test.each(FAULTS)('$name ends nobody else, and once it is mended exactly those live who lived before', async ({ prepare, strike, mend, held }) => {
  prepare?.();
  const run = await simulated({ jobs: [watch, other] });
  await run.add('watch', 'a');
  await run.add('other', 'a');
  await run.time.pass(70_000);
  const census = new Census(run);
  const before = census.take();
  expect(before.running).toEqual(before.owned);

  await strike(run);
  await run.time.pass(60_000);
  const struck = census.take();
  expect(struck.running, 'nobody lives whom nobody owns').toEqual(struck.owned.filter((path) => struck.running.includes(path)));
  expect(run.holds('watch').supervision).toMatch(held!);
  expect(run.row('watch').claiming).toBe(false);
  await run.add('other', 'b');
  expect(run.tasks('other', 'fetch')).toEqual({ done: 2 });

  mend(run);
  await run.time.pass(60_000);
  await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
  await run.time.pass(60_000);
  await run.add('watch', 'y');
  await run.time.pass(70_000);
  expect(run.holds('watch')).toEqual({});
  const { done, ...unfinished } = run.tasks('watch', 'extract');
  expect([done! >= 2, unfinished]).toEqual([true, {}]);
  expect(census.take()).toEqual(before);
});

test('a command that its actor dies of is refused, and leaves nothing in force', async () => {
  breakable(lifecycleMachine, 'guards', 'someHoldLapses');
  const run = await simulated({ jobs: [watch] });
  const { clock, store, ledger, tree } = run.alive;
  const unused = () => Promise.reject(new Error('not asked here'));
  const { bulks } = new Finding({ clock, db: store.db, past: { answer: unused }, execute: unused, nextEdit: () => 1, endEdit: unused });
  const commands = new Commands({ bulks, clock, store, ledger, recorder: tree.recorder, actor: tree.actor, jobs: () => ['watch'], reload: unused, previewReload: unused, stood: unused, stop: () => {} });
  broken.add('someHoldLapses');
  const answered = commands.execute({ type: 'PAUSE', job: 'watch', reason: 'lunch' }, 'test', 'pause-1');
  await run.time.settle();
  expect(await answered).toMatchObject({ ok: false, code: 'internal', message: 'PAUSE was not carried out: job/watch/lifecycle died of it, and is being started again' });
  broken.clear();
  await run.time.pass(1_000);
  expect([run.holds('watch'), run.value('job/watch/lifecycle')]).toEqual([{}, { pause: 'running', drain: 'flowing' }]);
});

// ---------------------------------------------------------------- strategies

type Discover = (source: { signal: AbortSignal }) => AsyncGenerator<{ key: string; data: object }, void, void>;
const never = new Promise<never>(() => {});

const STRATEGIES: Record<string, Discover> = {
  async *'throws at once'() {
    throw new Error('out of order');
  },
  async *'throws after it has found something'() {
    yield { key: 'a', data: {} };
    throw new Error('out of order');
  },
  async *'never returns'() {
    yield { key: 'a', data: {} };
    await never;
  },
  async *'never begins to yield'() {
    await never;
  },
  async *'throws in its finally'() {
    try {
      yield { key: 'a', data: {} };
      await never;
    } finally {
      throw new Error('out of order');
    }
  },
  async *'waits for room when it is told to end'({ signal }) {
    for (let n = 0; !signal.aborted; n++) yield { key: `${n}`, data: {} };
    await never;
  },
};

test.each(Object.entries(STRATEGIES))('a strategy that %s leaves nothing behind, however its job ends', async (_, discover) => {
  const strategy = { name: 'faulty', options: { parse: () => ({}) }, discover: (__: unknown, source: { signal: AbortSignal }) => discover(source) };
  const faulty = jobSpec('faulty', { fetch: [] }, { discovery: { strategy: 'faulty', everyMs: 60_000, options: {} }, guards: { maxPending: 3, validate: false } });
  const run = await simulated({ jobs: [watch], strategies: [strategy as never], handle: { 'faulty/fetch': () => never } });
  await run.time.pass(70_000);
  const census = new Census(run);
  const before = census.take();
  for (const end of ['reload', 'pause', 'death'] as const) {
    await run.reload(watch, faulty);
    await run.time.pass(1_000);
    if (end === 'pause') await run.send('job/faulty/lifecycle', { type: 'PAUSE', reason: 'enough' });
    if (end === 'death') await dies(run, 'job/faulty/discovery');
    if (end === 'death') await run.send('job/faulty', { type: 'spec.changed', spec: null });
    await run.reload(watch);
    await run.time.pass(130_000);
    expect(census.take(), end).toEqual(before);
  }
});
