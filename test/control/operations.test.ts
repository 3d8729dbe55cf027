/** What the screens of errors and breakers read: errors by kind, what the doctor made of them, breakers, and who is at work in what jobs share. */
import { expect, test } from 'vitest';
import type { BreakersView, BudgetView, ConfigurationThenView, CostsView, ErrorDetail, ErrorsView, PricesView, Query, ResourceUseView } from '../../inspector/protocol.ts';
import type { JobSpec } from '../../machines/spec.ts';
import type { Consult } from '../../runtime/doctor/casebook.ts';
import { cli, tokenIn } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import type { Setting } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const MINUTE = 60_000;
const oneByOne = (spec: JobSpec, more: Partial<JobSpec['stages'][number]> = {}): JobSpec => ({ ...spec, discovery: { strategy: 'manual', everyMs: 86_400_000, options: {} }, stages: spec.stages.map((stage) => ({ ...stage, concurrency: 1, ...more })) });
const watch = oneByOne(jobSpec('watch', { fetch: [] }));
const refused = () => Object.assign(new Error('401 Unauthorized'), { status: 401 });
const broken = (key: string) => new Error(`the flux of "${key}" was inverted`);

async function looking(setting: Setting) {
  const { run, url, data, jobctl } = await operated(setting);
  const client = await cli({ url, token: tokenIn(data) });
  const read = async <View>(query: Query | { type: 'errors' | 'costs' }): Promise<View> => {
    const frame = await client.ask({ id: 'q', query });
    expect(frame).toMatchObject({ ok: true });
    return (frame as unknown as { view: View }).view;
  };
  return { run, client, jobctl, read, errors: () => read<ErrorsView>({ type: 'errors' }), breakers: () => read<BreakersView>({ type: 'breakers' }) };
}

const systemic: Consult = {
  isPossible: () => true,
  ask: async (about, was) => ({ type: 'model.answered', ...about, was, by: 'model', class: 'systemic', confidence: 0.8, reason: 'says the model', model: 'm', costMicroUsd: 7_000, ms: 12 }),
};

test('an error comes by its kind: how often, where, what the doctor made of it at what cost, what followed, and whom it holds', async () => {
  const { run, errors } = await looking({ jobs: [watch], consult: systemic });
  run.handle['fetch'] = (claim) => run.throws(claim, broken(claim.key));
  await run.add('watch', 'a', 'b');
  const { errors: [kind, ...others], failures, models, actions } = await errors();
  expect(others).toEqual([]);
  expect(kind).toMatchObject({
    name: 'Error', n: failures, looked: failures, verdict: { class: 'systemic', by: 'model', confidence: 0.8, reason: 'says the model', model: 'm', costUsd: 0.007, ms: 12 },
    places: [{ job: 'watch', stage: 'fetch', attempts: failures, failed: 0 }], action: { action: 'pause_job', risk: 'high', job: 'watch', stage: 'fetch', by: 'model', endedAt: null }, held: ['watch'], told: [],
  });
  expect(kind!.histogram.counts.reduce((sum, n) => sum + n, 0)).toBe(failures);
  expect(models).toEqual([{ model: 'm', verdicts: 1, costUsd: { p50: 0.007, p95: 0.007 }, ms: { p50: 12, p95: 12 } }]);
  expect(actions[0]).toEqual(kind!.action);
});

test('what an operator says of it is certain from then on, and what it failed is counted until it is retried', async () => {
  const { run, errors, read, jobctl } = await looking({ jobs: [watch] });
  run.handle['fetch'] = (claim) => run.throws(claim, Object.assign(new Error('no such page'), { status: 404 }));
  await run.add('watch', 'a', 'b', 'c');
  const [kind] = (await errors()).errors;
  expect(kind).toMatchObject({ verdict: { class: 'item_specific', by: 'rule', rule: expect.any(String) }, places: [{ items: 3, failed: 3 }] });
  const { fingerprint } = kind!;
  run.handle['fetch'] = () => undefined;
  expect(await jobctl('doctor', 'reclassify', fingerprint, 'transient')).toMatchObject({ code: 0 });
  expect((await errors()).errors[0]!.verdict).toMatchObject({ class: 'transient', by: 'operator', confidence: 1 });
  expect(await jobctl('retry', 'watch', '--where', `fingerprint=${fingerprint}`)).toMatchObject({ code: 0 });
  await run.time.settle();
  const detail = await read<ErrorDetail>({ type: 'error', fingerprint });
  expect(detail.places).toMatchObject([{ items: 3, failed: 0 }]);
  expect(detail.samples.map(({ key, message }) => `${key} ${message}`).toSorted()).toEqual(['a Error: no such page', 'b Error: no such page', 'c Error: no such page']);
  expect(detail.actions.map(({ action }) => action)).toContain('reclassify');
});

test('of a kind that was met very often only the latest attempts are looked at, and that is said; older kinds come page by page', async () => {
  const { run, read } = await looking({ jobs: [watch] });
  run.handle['fetch'] = (claim) => run.throws(claim, Object.assign(new Error(`no such page: ${claim.key === 'a' ? 'moved' : 'gone for good'}`), { status: 404 }));
  await run.add('watch', 'a');
  await run.time.pass(MINUTE);
  await run.add('watch', 'b');
  run.db.exec('SAVEPOINT often');
  run.db.exec(`INSERT INTO attempt (item_id, stage_id, lease, attempt, outcome, charged, started_at, finished_at, class, error, fingerprint)
    SELECT item_id, stage_id, lease + value, attempt, outcome, 1, started_at - 1000 * value, finished_at - 1000 * value, class, error, fingerprint FROM attempt, (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 300) SELECT value FROM n)
     WHERE fingerprint = (SELECT fingerprint FROM fingerprint ORDER BY last_at DESC)`);
  const page = await read<ErrorsView>({ type: 'errors', limit: 1 });
  expect(page.errors).toMatchObject([{ looked: 100, places: [{ attempts: 100, items: 1, failed: 1 }] }]);
  const older = await read<ErrorsView>({ type: 'errors', limit: 1, before: page.next! });
  expect(older).toMatchObject({ errors: [{ looked: 1 }] });
  expect(older.next).toBeUndefined();
  expect((await read<ErrorsView>({ type: 'errors', text: 'MOVED', limit: 5 })).errors.map(({ message }) => message)).toEqual(['no such page: moved']);
  run.db.exec('ROLLBACK TO often; RELEASE often');
});

test('an error that was never met is refused as such', async () => {
  const { client } = await looking({ jobs: [watch] });
  expect(await client.ask({ id: 'q', query: { type: 'error', fingerprint: '0123456789ab' } })).toMatchObject({ ok: false, code: 'unknown_error' });
});

test('a breaker says what it counts against what opens it, what has opened it, until when, and which attempt is its probe', async () => {
  const { run, breakers } = await looking({ jobs: [watch] });
  const now = async () => (await breakers()).breakers[0]!;
  expect(await now()).toMatchObject({ path: 'job/watch/breaker', job: 'watch', scope: 'job', state: 'closed', counted: [], thresholds: { systemic: 3, transient: 10, code_bug: 2 }, clearable: false, allowance: null });

  let failures = 2;
  run.handle['fetch'] = (claim) => (failures-- > 0 ? run.throws(claim, refused()) : run.sleep(MINUTE / 2).then(() => run.throws(claim, refused())));
  await run.add('watch', 'a', 'b');
  expect(await now()).toMatchObject({ state: 'closed', counted: [{ stage: 'fetch', class: 'systemic', count: 2, most: 3 }], clearable: true });

  await run.time.pass(MINUTE / 2);
  const open = await now();
  expect(open).toMatchObject({ state: 'open.coolingDown', clearable: true, opened: { stage: 'fetch', class: 'systemic', reason: expect.stringContaining('401'), until: expect.any(Number) } });

  run.handle['fetch'] = () => run.sleep(MINUTE / 2).then(() => undefined);
  await run.time.pass(Math.max(0, open.opened!.until! - run.time.now) + 1);
  expect(await now()).toMatchObject({ state: 'halfOpen', active: expect.arrayContaining(['breaker.halfOpen']), allowance: 1, probe: [{ job: 'watch', stage: 'fetch', key: expect.any(String) }] });
});

test('what jobs share comes with what runs in its slots, who waits in order, and what its bucket holds', async () => {
  const job = (id: string) => oneByOne(jobSpec(id, { fetch: [] }), { resources: ['api'] });
  const { run, breakers } = await looking({ jobs: [job('first'), job('second')], resources: { api: 1 }, rates: { api: { count: 1, perMs: 1_000, burst: 5 } } });
  run.handle['fetch'] = () => run.sleep(10 * MINUTE).then(() => undefined);
  await run.add('first', 'a');
  await run.add('second', 'b');
  await run.time.pass(2_500);
  const { resources, paces } = await breakers();
  expect(resources).toMatchObject([{ name: 'api', concurrency: 1, taken: 1, slots: [{ job: 'first', stage: 'fetch', key: 'a', since: expect.any(Number) }], waiters: [{ job: 'second', stage: 'fetch' }], tokens: { rate: { burst: 5 }, left: 5 }, guard: { counted: [], thresholds: { systemic: 3, transient: 10 }, coolDown: { first: MINUTE, most: 60 * MINUTE } } }]);
  expect(paces).toEqual([]);
});

test('of the last day it is told how much of what jobs share was used, and how long it was waited for, also after a kill', async () => {
  const job = (id: string) => oneByOne(jobSpec(id, { fetch: [] }), { resources: ['api'], timeoutMs: 90 * MINUTE, concurrency: 2 });
  const { run, read, jobctl } = await looking({ jobs: [job('first'), job('second')], resources: { api: 2, idle: 1 } });
  const use = () => read<ResourceUseView>({ type: 'resourceUse' });
  expect(await use()).toMatchObject({ resources: [{ name: 'api', used: 0, starts: 0 }, { name: 'idle', used: 0 }] });
  run.handle['fetch'] = () => run.sleep(30 * MINUTE).then(() => undefined);
  await run.add('first', 'a');
  await run.add('second', 'b');
  run.resources = { api: 1, idle: 1 };
  await run.add('second', 'c');
  for (let n = 0; n < 18; n++) {
    await run.time.pass(5 * MINUTE);
    run.alive.store.resourceUse.save(run.alive.ledger.takeUse());
  }
  run.kill();
  await run.boot();
  const { from, barMs, resources: [api, idle] } = await use();
  // Two slots for half an hour, one for another one; of one slot a day.
  expect([api!.starts, idle!.used, from + 48 * barMs]).toEqual([3, 0, run.time.now]);
  expect(api!.bars.slice(-3).map((bar) => Math.round(bar * 10) / 10)).toEqual([1, 1, 0]);
  // It waited while the two others were at work.
  expect(api!.waitP95Ms! / MINUTE).toBeGreaterThan(25);
  expect(api!.waitP95Ms! / MINUTE).toBeLessThan(40);
  expect((await jobctl('resources')).stdout).toContain('USED 24H');
  await run.time.pass(24 * 60 * MINUTE);
  expect((await use()).resources[0]).toMatchObject({ used: 0, starts: 0 });
});

test('each model stands with its price and who says so; one of which nobody knows it says that', async () => {
  const { read } = await looking({ jobs: [watch] });
  const { table, models } = await read<PricesView>({ type: 'prices' });
  expect(table).toMatch(/^@pydantic\/genai-prices \d/);
  expect(models).toEqual([
    { alias: 'fast', model: 'gpt-4o-mini', host: 'api.openai.com', source: 'table', input: 0.15, output: 0.6, cached: 0.075 },
    { alias: 'own', model: 'qwen3', host: 'localhost:11434', source: 'jobs.yaml', input: 0.5, output: 2, cached: 0.5 },
    { alias: 'odd', model: 'nobody-knows', host: 'llm.example', source: null },
  ]);
});

test('money shows what is left of today, when it was spent, and until when it lasts at the rate of late; what is lost counts, what is reserved too', async () => {
  const dear = oneByOne(jobSpec('dear', { fetch: [] }, { guards: { validate: false, dailyCostLimit: 1 } }));
  const { run, read } = await looking({ jobs: [dear, watch], cost: ({ job }) => (job === 'dear' ? 100_000 : 0) });
  const budget = () => read<BudgetView>({ type: 'budget' });
  await run.add('watch', 'free');
  await run.add('dear', 'a', 'b');
  await run.time.pass(67 * MINUTE);
  await run.add('dear', 'c');
  await run.time.pass(10 * MINUTE);
  const { now, day, tz, from, until, lines: [all, first, ...others], unpriced } = await budget();
  expect({ day, tz, hours: (until - from) / 3_600_000, passed: (now - from) / MINUTE }).toEqual({ day: '2026-11-24', tz: 'America/Los_Angeles', hours: 24, passed: 4 * 60 + 77 });
  expect(all).toMatchObject({ who: null, kind: 'all', limit: null, spent: 0.3, left: null, exhaustedAt: null, unpriced: 0 });
  expect(first).toMatchObject({ who: 'dear', limit: 1, spent: 0.3, left: 0.7, lost: 0, reserved: 0 });
  expect(others).toEqual([]);
  expect(unpriced).toEqual([]);
  const { curve, perHour, exhaustedAt } = first!;
  expect(curve.at(0)).toEqual([from, 0]);
  expect(curve.find(([, usd]) => usd === 0.2)![0] - from).toBe(255 * MINUTE);
  expect(curve.at(-1)).toEqual([now, 0.3]);
  // It rises within a quarter of an hour.
  expect(curve.slice(-3)).toEqual([[from + 300 * MINUTE, 0.2], [from + 315 * MINUTE, 0.3], [now, 0.3]]);
  // Three quarters and two minutes: only the last item.
  expect(perHour).toBeCloseTo(0.1 / (47 / 60));
  expect(exhaustedAt! - now).toBeCloseTo((0.7 / perHour) * 3_600_000, -2);

  run.handle['fetch'] = () => run.sleep(MINUTE / 2).then(() => undefined);
  await run.add('dear', 'd');
  expect((await budget()).lines[1]).toMatchObject({ reserved: 0.1, left: 0.6 });
  expect(await read<CostsView>({ type: 'costs' })).toMatchObject({ by: 'job', costs: [{ job: 'dear', costUsd: 0.3, reservedUsd: 0.1, dailyCostLimit: 1 }] });
});

test('calls whose price nobody knows are listed by model, and are in no sum', async () => {
  const { run, read } = await looking({ jobs: [watch] });
  await run.add('watch', 'a');
  const call = { job: 'watch', stage: 'fetch', itemId: 1, lease: 1, attempt: 1, kind: 'text' as const, alias: 'fast', model: 'unheard-of', tokensIn: 900, tokensOut: 100, tokensCached: 0, seconds: null, microUsd: null, assumed: false, kept: false, outcome: 'ok', requestId: null, ms: 9, at: run.time.now };
  for (const at of [run.time.now - 86_400_000, run.time.now, run.time.now + 1]) void run.alive.ledger.noteCall({ ...call, at });
  await run.time.settle();
  const { lines: [all], unpriced } = await read<BudgetView>({ type: 'budget' });
  expect(all).toMatchObject({ spent: 0, unpriced: 3 });
  expect(unpriced).toEqual([{ job: 'watch', alias: 'fast', model: 'unheard-of', calls: 2, tokensIn: 1_800, tokensOut: 200, lastAt: call.at + 1 }]);
  expect(await read<CostsView>({ type: 'costs', by: 'model' } as Query)).toMatchObject({ costs: [{ model: 'unheard-of', calls: 2, costUsd: 0, unpriced: 2 }] });
});

test('of a moment the revision is told that was in force then, with what it had changed; what is newer is not there yet', async () => {
  const { run, read } = await looking({ jobs: [watch] });
  const add = run.db.prepare('INSERT INTO config_revision (at, hash, text) VALUES (?, ?, ?)');
  add.run(run.time.now, 'a', 'jobs: {}\n');
  await run.add('watch', 'a');
  await run.time.pass(MINUTE);
  add.run(run.time.now, 'b', 'jobs: {}\nresources: {}\n');
  await run.add('watch', 'b');
  const at = async (seq: number) => (await read<ConfigurationThenView>({ type: 'configurationAt', seq })).revisions;
  const last = run.alive.store.journal.lastSeq();
  const first = run.db.prepare<[], number>('SELECT max(seq) FROM journal WHERE at < (SELECT max(at) FROM config_revision)').pluck().get()!;
  expect(await at(first)).toMatchObject([{ id: 1, added: 1, removed: 0 }]);
  expect(await at(last)).toMatchObject([{ id: 2, added: 1, removed: 0 }, { id: 1 }]);
});
