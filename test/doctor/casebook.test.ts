import { describe, expect, test } from 'vitest';
import type { CaseAnswer, ErrorClass } from '../../actors/ports.ts';
import type { Met } from '../../machines/doctor.ts';
import type { JobSpec } from '../../machines/spec.ts';
import type { Consult } from '../../runtime/doctor/casebook.ts';
import { readActions, readKinds } from '../../runtime/store/doctor-view.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const job = (id = 'watch', concurrency = 1): JobSpec => {
  const spec = jobSpec(id, { fetch: [] }, { discovery: { strategy: 'manual', everyMs: 24 * HOUR, options: {} } });
  return { ...spec, stages: spec.stages.map((stage) => ({ ...stage, concurrency, retry: { max: 3, baseMs: MINUTE, capMs: MINUTE } })) };
};

/** Words that no rule knows. */
const ODD = 'the flux was inverted';
const odd = (more = '') => new Error(`${ODD}${more}`);

/** A model that says the same of everything, and counts. */
function saying(answer: { class: ErrorClass; confidence?: number; until?: number } | 'nothing', asked: Met[] = []): Consult & { asked: Met[] } {
  return {
    asked,
    isPossible: () => true,
    async ask(about, was): Promise<CaseAnswer & { model?: string; costMicroUsd?: number; ms?: number }> {
      asked.push(about);
      if (answer === 'nothing') return { type: 'model.failed', fingerprint: about.fingerprint, reason: 'answered 500' };
      return { type: 'model.answered', ...about, was, by: 'model', confidence: 0.8, reason: 'says the model', model: 'm', costMicroUsd: 7, ms: 12, ...answer };
    },
  };
}

const kindsOf = (run: SimulatedRuntime) => readKinds(run.db, 100);
const actionsOf = (run: SimulatedRuntime) => readActions(run.db, 100).map(({ action, by, class: kind, risk }) => `${by} ${kind} ${action} ${risk}`);

describe('an error that no rule knows', () => {
  test('is settled at once by the guess, and the model is asked once about its kind', async () => {
    const consult = saying({ class: 'transient' });
    const run = await simulated({ jobs: [job('watch', 9)], consult });
    run.handle['fetch'] = (claim) => run.throws(claim, odd(` in "${claim.key}"`));
    await run.add('watch', ...Array.from({ length: 9 }, (_, n) => `item ${n}`));
    expect(run.tasks('watch', 'fetch')).toEqual({ waiting: 9 });
    expect(consult.asked).toHaveLength(1);
    expect(kindsOf(run)).toMatchObject([{ class: 'transient', by: 'rule', n: 9, verdict: { class: 'transient', by: 'model', model: 'm', costMicroUsd: 7, ms: 12 }, jobs: [{ job: 'watch', attempts: 9, items: 9 }] }]);
  });

  test('which is systemic holds the job with the reason, and its tasks wait', async () => {
    const run = await simulated({ jobs: [job()], consult: saying({ class: 'systemic' }) });
    run.handle['fetch'] = (claim) => run.throws(claim, odd());
    await run.add('watch', 'a');
    expect(run.holds('watch')).toMatchObject({ breaker: 'a systemic failure at fetch: says the model' });
    expect(actionsOf(run)).toContain('model systemic pause_job high');
  });

  test('which is temporal holds the job until then, and it goes on by itself', async () => {
    const until = Date.parse('2026-11-24T12:30:00Z');
    const run = await simulated({ jobs: [job()], consult: saying({ class: 'temporal', until }) });
    let closed = true;
    run.handle['fetch'] = (claim) => (closed ? run.throws(claim, odd()) : undefined);
    await run.add('watch', 'a');
    expect(run.holds('watch')).toMatchObject({ breaker: 'not now at fetch: says the model' });
    closed = false;
    await run.time.pass(HOUR);
    expect(run.holds('watch')).toEqual({});
    expect(run.tasks('watch', 'fetch')).toEqual({ done: 1 });
  });

  test('which is temporal until a time holds other jobs until then too', async () => {
    const until = Date.parse('2026-11-24T12:30:00Z');
    const run = await simulated({ jobs: [job('watch'), job('other')], consult: saying({ class: 'temporal', until }) });
    run.handle['fetch'] = (claim) => run.throws(claim, odd());
    await run.add('watch', 'a');
    await run.add('other', 'b');
    expect(run.alive.store.jobs.all().map(({ holds }) => holds.breaker?.until)).toEqual([until, until]);
  });

  test('which is the item\'s fails the tasks that waited, and those that come at once', async () => {
    const consult = saying({ class: 'item_specific' });
    const run = await simulated({ jobs: [job('watch', 3)], consult });
    run.handle['fetch'] = (claim) => run.throws(claim, odd());
    await run.add('watch', 'a', 'b');
    expect(run.tasks('watch', 'fetch')).toEqual({ failed: 2 });
    await run.add('watch', 'c');
    expect(run.tasks('watch', 'fetch')).toEqual({ failed: 3 });
    expect(run.started.filter(({ key }) => key === 'c')).toHaveLength(1);
    expect(consult.asked).toHaveLength(1);
    expect(kindsOf(run)).toMatchObject([{ class: 'item_specific', by: 'memory' }]);
  });

  test('which the guess had condemned runs again', async () => {
    const run = await simulated({ jobs: [job()], consult: saying({ class: 'transient' }) });
    let broken = true;
    run.handle['fetch'] = (claim) => (broken ? run.throws(claim, new Error('failed to extract the second flux')) : undefined);
    await run.add('watch', 'a');
    expect(run.started).not.toHaveLength(0);
    broken = false;
    await run.time.pass(HOUR);
    expect(run.tasks('watch', 'fetch')).toEqual({ done: 1 });
  });

  test('keeps the guess when the model fails, and the model is left alone for longer and longer', async () => {
    const consult = saying('nothing');
    const run = await simulated({ jobs: [job()], consult });
    run.handle['fetch'] = (claim) => run.throws(claim, odd(claim.key));
    await run.add('watch', 'abc', 'def', 'ghi');
    expect(run.holds('watch')).toEqual({});
    expect(run.value('doctor')).toBe('degraded');
    expect(consult.asked).toHaveLength(1);
    await run.time.pass(25_000);
    expect(consult.asked).toHaveLength(1);
    await run.time.pass(6_000);
    expect(consult.asked).toHaveLength(2);
  });

  test('is asked about by nobody when no model is there', async () => {
    const run = await simulated({ jobs: [job()] });
    run.handle['fetch'] = (claim) => run.throws(claim, odd());
    await run.add('watch', 'a');
    expect(run.value('doctor')).toBe('resting');
    expect(run.journal('doctor').map(({ type }) => type)).not.toContain('case.met');
  });
});

test('a rule that is sure needs no model', async () => {
  const consult = saying({ class: 'transient' });
  const run = await simulated({ jobs: [job()], consult });
  run.handle['fetch'] = (claim) => run.throws(claim, new Error('This video has been removed by the uploader'));
  await run.add('watch', 'a');
  expect(consult.asked).toEqual([]);
  expect(actionsOf(run)).toEqual(['rule item_specific fail_item low']);
});

test('items that fail in one moment of twelve causes: twelve questions, at most', async () => {
  const consult = saying({ class: 'transient' });
  const run = await simulated({ jobs: [job('watch', 600)], consult });
  const causes = ['amber', 'basalt', 'cobalt', 'dolomite', 'emerald', 'feldspar', 'garnet', 'hematite', 'indigo', 'jasper', 'kyanite', 'lazurite'];
  run.handle['fetch'] = (claim) => run.throws(claim, new Error(`the ${causes[claim.itemId % 12]} was inverted at ${claim.itemId} in "${claim.key}"`));
  await run.add('watch', ...Array.from({ length: 600 }, (_, n) => `item-${n}`));
  expect(run.started).toHaveLength(600);
  expect(consult.asked.length).toBeLessThanOrEqual(12);
  expect(kindsOf(run)).toHaveLength(12);
  expect(kindsOf(run).reduce((sum, { n }) => sum + n, 0)).toBe(600);
});

describe('what many items say together', () => {
  const gone = new Error('Subtitles are disabled for this video');

  test('the same item error on ten items, and nothing that works, is systemic: the job is held, and they run again', async () => {
    const run = await simulated({ jobs: [job()] });
    run.handle['fetch'] = (claim) => run.throws(claim, gone);
    await run.add('watch', ...Array.from({ length: 9 }, (_, n) => `v${n}`));
    expect(run.tasks('watch', 'fetch')).toEqual({ failed: 9 });
    expect(run.holds('watch')).toEqual({});
    await run.add('watch', 'v9', 'v10');
    expect(run.holds('watch')).toMatchObject({ breaker: expect.stringContaining('a systemic failure at fetch: 10 items in a row ended with the same error') });
    expect(run.tasks('watch', 'fetch')).toEqual({ ready: 11 });
    expect(actionsOf(run)).toContain('evidence systemic pause_job high');
  });

  test('while others succeed, each stays the fault of its item', async () => {
    const run = await simulated({ jobs: [job()] });
    run.handle['fetch'] = (claim) => (claim.itemId % 3 === 0 ? undefined : run.throws(claim, gone));
    await run.add('watch', ...Array.from({ length: 60 }, (_, n) => `v${n}`));
    expect(run.tasks('watch', 'fetch')).toEqual({ failed: 40, done: 20 });
    expect(run.holds('watch')).toEqual({});
  });

  test('after a success it turns back', async () => {
    const run = await simulated({ jobs: [job()] });
    let blocked = true;
    run.handle['fetch'] = (claim) => (blocked || claim.key === 'v3' ? run.throws(claim, gone) : undefined);
    await run.add('watch', ...Array.from({ length: 10 }, (_, n) => `v${n}`));
    expect(run.tasks('watch', 'fetch')).toEqual({ ready: 10 });
    blocked = false;
    await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
    for (let n = 0; n < 3; n++) await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
    expect(run.tasks('watch', 'fetch')).toEqual({ done: 9, failed: 1 });
  });

  test('what failed by it before, for good, stays failed', async () => {
    const run = await simulated({ jobs: [job()] });
    let all = false;
    run.handle['fetch'] = (claim) => (all || claim.key === 'old' ? run.throws(claim, gone) : undefined);
    await run.add('watch', 'old', 'fine');
    await run.time.pass(2 * HOUR);
    all = true;
    await run.add('watch', ...Array.from({ length: 10 }, (_, n) => `v${n}`));
    expect(run.holds('watch')).toHaveProperty('breaker');
    expect(run.tasks('watch', 'fetch')).toEqual({ failed: 1, done: 1, ready: 10 });
  });

  test('a block is one for as long as nothing works, through a night and a restart: the next item is not charged', async () => {
    const run = await simulated({ jobs: [job()] });
    run.handle['fetch'] = (claim) => run.throws(claim, gone);
    await run.add('watch', ...Array.from({ length: 10 }, (_, n) => `v${n}`));
    await run.time.pass(9 * HOUR);
    for (const restart of [false, true]) {
      if (restart) run.kill();
      if (restart) await run.boot();
      await run.time.pass(MINUTE);
      await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
      expect(run.holds('watch')).toHaveProperty('breaker');
      expect(run.tasks('watch', 'fetch')).toEqual({ ready: 10 });
    }
    expect(actionsOf(run).filter((action) => action.includes('pause_job'))).toEqual(['evidence systemic pause_job high']);
  });

  test('ten items far apart in time say nothing together', async () => {
    const run = await simulated({ jobs: [job()] });
    run.handle['fetch'] = (claim) => run.throws(claim, gone);
    for (let n = 0; n < 12; n++) {
      await run.add('watch', `v${n}`);
      await run.time.pass(2 * HOUR);
    }
    expect(run.tasks('watch', 'fetch')).toEqual({ failed: 12 });
  });
});

describe('an operator who knows better', () => {
  test('is believed at once, by all jobs, and after a restart', async () => {
    const consult = saying({ class: 'systemic' });
    const run = await simulated({ jobs: [job('watch'), job('other')], consult });
    run.handle['fetch'] = (claim) => run.throws(claim, new Error('This video has been removed by the uploader'));
    await run.add('watch', 'a');
    const [kind] = kindsOf(run);
    await run.send('doctor', { type: 'RECLASSIFY', fingerprint: kind!.fingerprint, class: 'transient', reason: 'their site flickers' });
    await run.add('other', 'b');
    expect(run.tasks('other', 'fetch')).toEqual({ waiting: 1 });
    run.kill();
    await run.boot();
    await run.add('watch', 'c');
    expect(run.tasks('watch', 'fetch')).toEqual({ failed: 1, waiting: 1 });
    expect(kindsOf(run)).toMatchObject([{ class: 'transient', by: 'operator', verdict: { by: 'operator', reason: 'their site flickers' } }]);
    expect(actionsOf(run)).toContain('operator transient reclassify low');
  });

  test('is not overruled by a model that answers later', async () => {
    let answer: (() => void) | undefined;
    const base = saying({ class: 'systemic' });
    const consult: Consult = { isPossible: () => true, ask: async (...about) => (await new Promise<void>((resolve) => (answer = resolve)), base.ask(...about)) };
    const run = await simulated({ jobs: [job()], consult });
    run.handle['fetch'] = (claim) => run.throws(claim, odd());
    await run.add('watch', 'a');
    await run.send('doctor', { type: 'RECLASSIFY', fingerprint: kindsOf(run)[0]!.fingerprint, class: 'item_specific' });
    answer!();
    await run.time.settle();
    await run.time.pass(HOUR);
    expect(kindsOf(run)).toMatchObject([{ verdict: { class: 'item_specific', by: 'operator' } }]);
    expect(run.holds('watch')).toEqual({});
  });
});

test('what a model was being asked when the process died is asked again', async () => {
  const asked: Met[] = [];
  const consult: Consult = { isPossible: () => true, ask: (about) => (asked.push(about), new Promise(() => {})) };
  const run = await simulated({ jobs: [job()], consult });
  run.handle['fetch'] = (claim) => run.throws(claim, odd());
  await run.add('watch', 'a');
  expect(asked).toHaveLength(1);
  run.kill();
  await run.boot();
  expect(asked).toHaveLength(2);
  expect(asked[1]).toEqual(asked[0]);
});
