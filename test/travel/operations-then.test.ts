/** What the screens of an operator show of a moment of the past: errors, breakers and what jobs share, from the rows alone. */
import { expect, test } from 'vitest';
import type { Query, Refused, Views } from '../../inspector/protocol.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { answerOfThePast, type PastQuery } from '../../runtime/travel/answers.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const MINUTE = 60_000;
/** Its discovery looks once a day, and an attempt may take an hour. */
function oneByOne(id: string, resources: string[] = ['web']): JobSpec {
  const spec = jobSpec(id, { fetch: [] });
  return { ...spec, discovery: { strategy: 'manual', everyMs: 86_400_000, options: {} }, stages: spec.stages.map((stage) => ({ ...stage, concurrency: 1, resources, timeoutMs: 60 * MINUTE })) };
}
const watch = oneByOne('watch');

type Of<Type extends PastQuery['type']> = Extract<Query, { type: Type }>;

function view<Type extends PastQuery['type']>(run: SimulatedRuntime, query: Of<Type>): Views[Type] {
  const answer = answerOfThePast(run.db, query);
  if (!answer.ok) throw new Error(answer.message);
  return answer.view as Views[Type];
}

const lastSeq = (run: SimulatedRuntime) => run.alive.store.journal.lastSeq();
const errors = (run: SimulatedRuntime, seq: number) => view(run, { type: 'errorsAt', seq, limit: 20 });
const gone = () => Object.assign(new Error('no such page'), { status: 404 });

/** The moment after all that has happened so far, and a minute in which nothing does. */
async function moment(run: SimulatedRuntime): Promise<number> {
  await run.time.pass(MINUTE);
  const seq = lastSeq(run);
  await run.time.pass(MINUTE);
  return seq;
}

test('an error stands with what had been met of it by then, and with what it was said to be then, whatever was said and retried later', async () => {
  const run = await simulated({ jobs: [watch], resources: { web: 2 } });
  const before = await moment(run);
  run.handle['fetch'] = (claim) => run.throws(claim, gone());
  await run.add('watch', 'a', 'b');
  const met = await moment(run);
  const { fingerprint } = errors(run, met).errors[0]!;
  await run.send('doctor', { type: 'RECLASSIFY', fingerprint, class: 'transient', reason: 'it comes back' });
  const corrected = await moment(run);
  run.handle['fetch'] = () => undefined;
  await run.edit({ verb: 'retry', job: 'watch' });
  await run.add('watch', 'c');
  await moment(run);

  expect(errors(run, before)).toEqual({ errors: [], actions: [] });
  expect(errors(run, met).errors).toMatchObject([{ n: 2, message: 'no such page', verdict: { class: 'item_specific', by: 'rule' }, places: [{ job: 'watch', stage: 'fetch', items: 2, failed: 2 }] }]);
  expect(errors(run, corrected).errors).toMatchObject([{ n: 2, verdict: { class: 'transient', by: 'operator' }, places: [{ failed: 2 }] }]);
  expect(errors(run, corrected).actions[0]).toMatchObject({ action: 'reclassify' });
  expect(errors(run, lastSeq(run)).errors).toMatchObject([{ places: [{ failed: 0 }] }]);
  expect(view(run, { type: 'errorAt', seq: met, fingerprint })).toMatchObject({ samples: [{ key: 'b' }, { key: 'a' }] });
  expect((answerOfThePast(run.db, { type: 'errorAt', seq: before, fingerprint }) as Refused).code).toBe('unknown_error');
});

test('breakers and what jobs share stand as they were told then: counts and thresholds, until when, and which stages held and waited', async () => {
  const [first, second] = [oneByOne('first'), oneByOne('second')];
  const run = await simulated({ jobs: [first, second], resources: { web: 1 } });
  run.handle['fetch'] = (claim) => (claim.job === 'first' ? run.throws(claim, Object.assign(new Error('401 Unauthorized'), { status: 401 })) : undefined);
  const before = await moment(run);
  await run.add('first', 'a', 'b', 'c', 'd');
  const opened = await moment(run);
  run.handle['fetch'] = () => run.sleep(30 * MINUTE).then(() => undefined);
  await run.add('second', 'e');
  await run.time.pass(1_000);
  await run.add('second', 'f');
  const busy = await moment(run);
  await run.send('job/first/breaker', { type: 'CLEAR_ERRORS' });
  await moment(run);

  const at = (seq: number) => view(run, { type: 'breakersAt', seq });
  expect(at(before).breakers).toMatchObject([{ job: 'first', state: 'closed', counted: [], thresholds: { systemic: 3 } }, { job: 'second', state: 'closed' }]);
  expect(at(before)).toMatchObject({ resources: [{ name: 'web', taken: 0, holders: [], waiters: [] }], notes: [] });
  const { breakers: [held] } = at(opened);
  expect(held).toMatchObject({ state: 'open.coolingDown', active: expect.arrayContaining(['breaker.open']), allowance: 0, opened: { stage: 'fetch', class: 'systemic', until: expect.any(Number) } });
  expect(at(busy)).toMatchObject({ resources: [{ name: 'web', concurrency: 1, taken: 1, holders: [{ job: 'second', stage: 'fetch', slots: 1 }], slots: [] }], notes: expect.arrayContaining(['which items were in the slots was not kept: only of which stages they were']) });
  expect(errors(run, opened).errors).toMatchObject([{ held: ['first'] }]);
  expect(view(run, { type: 'resourceUseAt', seq: busy }).resources).toMatchObject([{ name: 'web' }]);
});

test('money stands as it had been spent, lost and reserved by then, under the limits and in the day of then; what came later is in no sum', async () => {
  const dear = { ...oneByOne('dear', []), guards: { validate: false, dailyCostLimit: 1 } };
  const run = await simulated({ jobs: [dear], cost: () => 100_000 });
  const before = await moment(run);
  await run.add('dear', 'a', 'b');
  const two = await moment(run);
  run.handle['fetch'] = () => run.sleep(30 * MINUTE).then(() => undefined);
  await run.add('dear', 'c');
  await run.time.pass(MINUTE);
  const under = await moment(run);
  await run.time.pass(60 * MINUTE);
  await run.reload({ ...dear, guards: { validate: false, dailyCostLimit: 2 } });
  run.handle['fetch'] = () => undefined;
  await run.add('dear', 'd');
  await run.time.pass(24 * 60 * MINUTE);
  await run.add('dear', 'e');
  const nextDay = await moment(run);

  const budget = (seq: number) => view(run, { type: 'budgetAt', seq });
  const costs = (seq: number, by: 'job' | 'stage' | 'day', days = 1) => view(run, { type: 'costsAt', seq, by, days });
  expect(budget(before).lines).toMatchObject([{ who: null, spent: 0 }, { who: 'dear', limit: 1, left: 1, spent: 0 }]);
  const { lines: [all, own], day, until, now } = budget(two);
  expect({ day, passed: (until - now) / MINUTE }).toEqual({ day: '2026-11-24', passed: expect.any(Number) });
  expect(all).toMatchObject({ spent: 0.2, reserved: 0 });
  expect(own).toMatchObject({ who: 'dear', limit: 1, spent: 0.2, left: 0.8 });
  expect(own!.curve.at(-1)).toEqual([now, 0.2]);
  // What it came to cost was known only when it had ended.
  expect(budget(under).lines[1]).toMatchObject({ limit: 1, spent: 0.2, reserved: 0.1, left: 0.7 });
  expect(budget(under).notes).toContain('what was reserved for an attempt that still ran is shown as what it came to cost');
  expect(budget(nextDay)).toMatchObject({ day: '2026-11-25', lines: [{ spent: 0.1 }, { who: 'dear', limit: 2, spent: 0.1 }] });
  expect(costs(two, 'stage').costs).toEqual([{ job: 'dear', stage: 'fetch', costUsd: 0.2, lostUsd: 0, reservedUsd: 0, unpriced: 0 }]);
  expect(costs(nextDay, 'day', 7).costs).toMatchObject([{ day: '2026-11-25', costUsd: 0.1 }, { day: '2026-11-24', costUsd: 0.4 }]);
  expect(costs(under, 'job').costs).toMatchObject([{ job: 'dear', costUsd: 0.2, reservedUsd: 0.1, dailyCostLimit: 1 }]);
});

test('of the runner it is said since when it had run, which actors had died by then, and what the journal keeps', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] })] });
  const begun = run.time.now;
  const first = await moment(run);
  run.kill();
  await run.boot();
  const again = run.time.now;
  const second = await moment(run);
  const runner = (seq: number) => view(run, { type: 'runnerAt', seq });
  expect(runner(first)).toMatchObject({ seq: first, jobs: 1, journal: { first: 1, last: lastSeq(run) }, startedAt: expect.closeTo(begun, -3), restarts: [], aside: [] });
  expect(runner(second).startedAt).toBeCloseTo(again, -3);
  // Whose journal was cut off begins in the state that it had: when that was made is not known.
  run.db.prepare(`UPDATE journal SET type = 'xstate.init', event = '{"type":"xstate.init","input":{"resumed":{}}}' WHERE path = 'supervisor' AND type IN ('xstate.init', 'actor.restored')`);
  expect((answerOfThePast(run.db, { type: 'runnerAt', seq: 0 as never }) as Refused).code).toBe('unknown_past');
});

test('of very many failures and payments only the latest before the moment are looked at, and that is said', async () => {
  const run = await simulated({ jobs: [oneByOne('watch', [])] });
  run.handle['fetch'] = (claim) => run.throws(claim, gone());
  await run.add('watch', 'a');
  const seq = await moment(run);
  const { at } = view(run, { type: 'runnerAt', seq });
  run.db.exec('SAVEPOINT many');
  const many = 'WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 12000)';
  run.db.exec(`${many} INSERT INTO attempt (item_id, stage_id, lease, attempt, outcome, charged, started_at, finished_at, class, error, fingerprint, led_to)
    SELECT item_id + value, stage_id, lease, attempt, outcome, 1, started_at - 10 * value, finished_at - 10 * value, class, error, fingerprint, led_to FROM attempt, n`);
  run.db.exec(`${many} INSERT INTO cost (job, stage_id, item_id, lease, kind, micro_usd, day, at) SELECT 'watch', 1, value + 1, 1, 'actual', 100, '2026-11-24', ${at} - 10 * (11000 - value) FROM n`);
  const [kind] = errors(run, seq).errors;
  const { lines: [all], notes } = view(run, { type: 'budgetAt', seq });
  run.db.exec('ROLLBACK TO many; RELEASE many');
  expect(kind).toMatchObject({ looked: 100, places: [{ items: 100, failed: 100 }] });
  expect(all!.spent).toBe(1);
  expect(notes).toContain('of what was spent that day by then only the latest 10,000 payments are added up');
});
