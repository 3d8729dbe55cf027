import { describe, expect, test } from 'vitest';
import { machines } from '../../machines/index.ts';
import { lifted, NotLifted, type Migration } from '../../machines/migrations.ts';
import { Fold } from '../../runtime/recorder/fold.ts';
import { markOf } from '../../runtime/recorder/mark.ts';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { stateAt } from '../../runtime/travel/history.ts';
import { rewindOf } from '../../runtime/travel/rewind.ts';
import { otherMachine } from '../support/other-machine.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const DISCOVERY = 'job/watch/discovery';
const watch = jobSpec('watch', { fetch: [] }, { discovery: { strategy: 'manual', everyMs: 3_600_000, options: {} } });

/** As if the discovery of before had slept instead of waited, and counted in seconds. */
const MIGRATIONS: Migration[] = [
  { to: 2, because: '"sleeping" is called "waiting"', lift: ({ value, context }) => ({ value: value === 'sleeping' ? 'waiting' : value, context }) },
  { to: 3, because: 'times are in ms', lift: ({ value, context: { due, ...context } }) => ({ value, context: { ...context, nextAt: due * 1_000 } }) },
];
const asItWas = ({ value, context: { nextAt, ...context } }: any) => ({ value: value === 'waiting' ? 'sleeping' : value, context: { ...context, due: nextAt / 1_000 } });

/** A runner of the first version has stopped; the next one has the third. */
async function stopped(migrations: readonly Migration[] = MIGRATIONS): Promise<SimulatedRuntime> {
  otherMachine('discovery');
  const run = await simulated({ jobs: [watch] });
  await run.time.pass(60_000);
  await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch', until: run.time.now + 60_000 });
  run.kill();
  const { snapshot } = run.db.prepare<[string], { snapshot: string }>('SELECT snapshot FROM actor WHERE path = ?').get(DISCOVERY)!;
  const old = JSON.parse(snapshot) as object;
  run.db.prepare('UPDATE actor SET snapshot = ? WHERE path = ?').run(JSON.stringify({ ...old, ...asItWas(old) }), DISCOVERY);
  run.db.prepare('UPDATE journal SET state = ? WHERE seq = (SELECT seq FROM actor WHERE path = ?)').run(markOf(asItWas(old)), DISCOVERY);
  otherMachine('discovery', { version: 3, migrations });
  return run;
}

const aside = (run: SimulatedRuntime) => run.db.prepare<[], { path: string; reason: string }>('SELECT path, reason FROM actor_quarantine').all();
const initsOf = (run: SimulatedRuntime) => run.journal(DISCOVERY).filter(({ type }) => type === 'xstate.init');

describe('a snapshot that is two versions old', () => {
  test('is lifted step by step, and its actor goes on where it was', async () => {
    const run = await stopped();
    const due = run.db.prepare('SELECT snapshot FROM actor WHERE path = ?').pluck().get(DISCOVERY) as string;
    await run.boot();
    expect(aside(run)).toEqual([]);
    expect(run.value(DISCOVERY)).toBe('held');
    expect(run.context(DISCOVERY)).toMatchObject({ nextAt: (JSON.parse(due) as { context: { due: number } }).context.due * 1_000, lastFound: 0 });
    expect(run.holds('watch')).toEqual({ operator: 'lunch' });
    expect(run.db.prepare('SELECT version FROM actor WHERE path = ?').pluck().get(DISCOVERY)).toBe(3);
    const polls = run.journal(DISCOVERY).filter(({ type }) => type === 'discovery.polled').length;
    await run.time.pass(3_600_000);
    expect(run.journal(DISCOVERY).filter(({ type }) => type === 'discovery.polled').length).toBe(polls + 1);
  });

  test('begins anew in the journal, once, and replays from there byte by byte', async () => {
    const run = await stopped();
    await run.boot();
    expect(initsOf(run).map(({ event }) => JSON.parse(event))).toMatchObject([{ version: 1 }, { version: 3, lifted: 1, input: { resumed: { value: 'held', context: { lastFound: 0 } } } }]);
    run.kill();
    await run.boot();
    expect(initsOf(run)).toHaveLength(2);
    expect(replayAll(run.db).filter(({ ok }) => !ok)).toEqual([]);
  });

  test('is compared as it would be today, before it is lifted', async () => {
    const run = await stopped();
    expect(replayAll(run.db, DISCOVERY)).toMatchObject([{ ok: true }]);
    otherMachine('discovery', { migrations: [MIGRATIONS[0]!, { ...MIGRATIONS[1]!, lift: ({ value, context: { due, ...context } }) => ({ value, context: { ...context, nextAt: due } }) }] });
    expect(replayAll(run.db, DISCOVERY)).toMatchObject([{ ok: false, changes: [{ at: 'context.nextAt' }] }]);
    otherMachine('discovery', { migrations: [] });
    expect(replayAll(run.db, DISCOVERY)).toMatchObject([{ ok: false, problem: 'it has version 1 of its machine, and nothing leads from 1 to 2' }]);
    otherMachine('discovery', { version: 3, migrations: MIGRATIONS });
    await run.boot();
  });

  test('whose life would have been another one today is told as such, and is no fault', async () => {
    const run = await stopped([MIGRATIONS[0]!, { ...MIGRATIONS[1]!, lift: (past) => ({ ...MIGRATIONS[1]!.lift(past), value: 'backingOff' }) }]);
    await run.boot();
    const [replayed] = replayAll(run.db, DISCOVERY);
    expect(replayed).toMatchObject({ ok: true, lifts: [{ from: 1, changes: [{ at: 'value', before: 'backingOff', after: 'held' }] }] });
  });

  test('can be rewound to where it was lifted; to what only its own machine lived, where today’s leads there too', async () => {
    const run = await stopped();
    await run.boot();
    const [born, begun] = initsOf(run);
    expect(rewindOf(run.db, DISCOVERY, begun!.seq).problem).toBeUndefined();
    expect(rewindOf(run.db, DISCOVERY, born!.seq).problem).toBeUndefined();
    run.db.prepare(`UPDATE journal SET state = 'another' WHERE seq = ?`).run(born!.seq);
    expect(rewindOf(run.db, DISCOVERY, born!.seq).problem).toContain('the machine had version 1 then, and has 3 now');
    run.db.prepare('UPDATE journal SET state = ? WHERE seq = ?').run(born!.state, born!.seq);
  });
});

describe('a snapshot that cannot be lifted is put aside, and its actor starts fresh', () => {
  const throwing: Migration = { to: 3, because: 'times are in ms', lift: ({ context }) => context.gone.nextAt };
  test.each([
    ['because a step fails', [MIGRATIONS[0]!, throwing], /^it could not be brought to version 3 \(times are in ms\): Cannot read/],
    ['because a step is missing', [MIGRATIONS[1]!], /^it has version 1 of its machine, and nothing leads from 1 to 2$/],
    ['because what comes out is no context of the machine', [MIGRATIONS[0]!, { to: 3, because: 'nothing', lift: (past: any) => past }], /^its context is not that of the machine: .*nextAt/s],
    ['because what comes out is no state of the machine', [{ to: 2, because: 'nothing', lift: (past: any) => ({ ...past, value: 'dreaming' }) }, MIGRATIONS[1]!], /^it is error: .*dreaming/],
  ])('%s', async (_, migrations, reason) => {
    const run = await stopped(migrations);
    await run.boot();
    expect(aside(run)).toEqual([{ path: DISCOVERY, reason: expect.stringMatching(reason) }]);
    expect(run.value(DISCOVERY)).toBe('held');
    expect(run.holds('watch')).toEqual({ operator: 'lunch' });
    await run.time.pass(60_000);
    expect(run.value(DISCOVERY)).toBe('waiting');
  });

  test('because it is newer than the program', () => {
    expect(() => lifted({ version: 3 }, { value: 'waiting', context: {} }, 4)).toThrow(new NotLifted('it has version 4 of its machine, which is newer than 3, the one that runs'));
  });
});

describe('a beginning in the journal that is of an older version', () => {
  const anchor = { type: 'xstate.init', machine: 'discovery', version: 1, at: 0 };
  const past = () => asItWas({ value: 'waiting', context: new Fold(machines['discovery']!).apply({ ...anchor, version: 3, input: { at: 5_000, job: 'watch', spec: watch.discovery } }).state!.context });

  test('is lifted where it is folded', () => {
    const known = otherMachine('discovery', { version: 3, migrations: MIGRATIONS });
    const resumed = past();
    const event = { ...anchor, input: { at: 0, resumed } };
    expect(new Fold(known).apply(event).state).toMatchObject({ value: 'waiting', context: { nextAt: 5_000 }, status: 'active' });
    expect(resumed.value).toBe('sleeping');
    expect(() => new Fold({ ...known, migrations: [] }).apply(event)).toThrow('nothing leads from 1 to 2');
  });

  test('costs only its own life, when nothing can be made of it', async () => {
    const run = await simulated({ jobs: [watch] });
    await run.time.pass(1_000);
    const [born] = run.journal(DISCOVERY);
    const seq = run.alive.store.journal.lastSeq();
    const insert = run.db.prepare('INSERT INTO journal (seq, at, path, type, event) VALUES (?, 0, ?, ?, ?)');
    insert.run(-2, DISCOVERY, 'xstate.init', JSON.stringify({ ...anchor, version: 0, input: { at: 0, resumed: past() } }));
    insert.run(-1, DISCOVERY, 'WAKE', JSON.stringify({ type: 'WAKE', at: 0 }));
    expect(() => stateAt(run.db, DISCOVERY, -1)).toThrow(`what ${DISCOVERY} was at -1 cannot be said: it has version 0 of its machine, and nothing leads from 0 to 1`);
    expect(stateAt(run.db, DISCOVERY, seq).state.value).toBe('waiting');
    expect(stateAt(run.db, DISCOVERY, born!.seq).state.value).toBe('waiting');
  });
});

test.each(Object.entries(machines))('%s: each migration leads one step on, the last one to the version of today', (_, { version, migrations = [] }) => {
  const steps = migrations.map(({ to }) => to);
  expect(steps).toEqual(steps.map((_step, n) => version - steps.length + 1 + n));
  for (const { because } of migrations) expect(because).toBeTruthy();
});

test('a letter that was under way when Rivus was updated is one of those that are, and a job of before has no canary', async () => {
  const trouble = { key: 'work guard', group: 'g', job: 'work', stage: null, cause: 'guard', risk: 'high', reason: 'x', fingerprint: null, since: 0, until: null };
  const letter = { id: 'a', target: 'phone', kind: 'opened', incident: { id: 'i', group: 'g', risk: 'high', openedAt: 0, troubles: [trouble], told: [], tellAt: null, overAt: null }, endedAt: null, tries: 0, dueAt: 0 };
  const notifier = (sending: unknown) => lifted(machines['notifier']!, { value: sending ? 'sending' : 'resting', context: { targets: [], incidents: [], letters: [], sending, failing: {} } }, 1);
  for (const [stored, today] of [[letter, [letter]], [null, []]] as const) {
    const { context } = notifier(stored);
    expect(context).toMatchObject({ sending: today });
    expect(machines['notifier']!.context.safeParse(context).success).toBe(true);
  }
  const { canaries: _, ...before } = (await simulated({ jobs: [watch] })).context('job/watch');
  expect(machines['job']!.context.safeParse(before).success).toBe(false);
  expect(machines['job']!.context.safeParse(lifted(machines['job']!, { value: 'steady', context: before }, 4).context).success).toBe(true);
});
