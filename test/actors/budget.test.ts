/** Money from the claim to the hold and back, through the whole tree, on a simulated clock. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BudgetRefused, CostExceeded, type Claim, type Outcome, type Strategy } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { simulated, type Setting, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { failed, jobSpec } from '../support/store.ts';

type Limits = { day?: number; item?: number; maxCost?: number; stageDay?: number };

function job(id: string, { day, item, maxCost = 0.1, stageDay }: Limits = {}): JobSpec {
  const guards = { validate: false, ...(day !== undefined && { dailyCostLimit: day }), ...(item !== undefined && { itemCostLimit: item }) };
  const spec = jobSpec(id, { score: [], free: [] }, { guards });
  spec.stages[0] = { ...spec.stages[0]!, ...(maxCost > 0 && { maxCost }), ...(stageDay !== undefined && { dailyCostLimit: stageDay }) };
  return spec;
}
const scoreCosts = (microUsd: number) => ({ stage }: Claim) => (stage === 'score' ? microUsd : 0);
const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${i}`);
const money = (run: SimulatedRuntime, id = 'work') => run.alive.store.money.ofDay(id, run.alive.store.money.limits.dayOf(run.time.now));
const budgetOf = (run: SimulatedRuntime, id = 'work') => run.row(id).holds.budget;
/** Midnight in Los Angeles after the beginning of every run, 2026-11-24T12:00Z. */
const MIDNIGHT = Date.parse('2026-11-25T08:00:00Z');
const started = async (setting: Setting) => simulated({ cost: scoreCosts(90_000), ...setting });

describe('a daily limit', () => {
  test('holds the job when it can pay for nothing more, until the next day begins, and goes on by itself', async () => {
    const run = await started({ jobs: [job('work', { day: 0.5 })] });
    await run.add('work', ...keys(9));
    expect(run.tasks('work', 'score')).toEqual({ done: 5, ready: 4 });
    expect(budgetOf(run)).toMatchObject({ reason: 'budget: $0.45 of $0.50', until: MIDNIGHT });
    await run.time.pass(MIDNIGHT - run.time.now - 1);
    expect(run.tasks('work', 'score')).toEqual({ done: 5, ready: 4 });
    await run.time.pass(1);
    expect(budgetOf(run)).toBeUndefined();
    expect(run.tasks('work', 'score')).toEqual({ done: 9 });
  });

  test('is no hold as long as something in flight may give some back', async () => {
    const run = await started({ jobs: [job('work', { day: 0.2 })], cost: scoreCosts(10_000), handle: { score: (_claim, _signal, run) => run.sleep(1_000) } });
    await run.add('work', ...keys(5));
    expect([run.tasks('work', 'score'), budgetOf(run)]).toEqual([{ running: 2, ready: 3 }, undefined]);
    await run.time.pass(10_000);
    expect([run.tasks('work', 'score'), budgetOf(run), money(run)]).toEqual([{ done: 5 }, undefined, { spent: 50_000, reserved: 0 }]);
  });

  test('that is raised frees the job at the reload', async () => {
    const run = await started({ jobs: [job('work', { day: 0.5 })] });
    await run.add('work', ...keys(9));
    await run.reload(job('work', { day: 0.55 }));
    expect([budgetOf(run)?.reason, run.tasks('work', 'score').done], 'room for one more').toEqual(['budget: $0.54 of $0.55', 6]);
    await run.reload(job('work', { day: 5 }));
    expect([budgetOf(run), run.tasks('work', 'score')]).toEqual([undefined, { done: 9 }]);
  });

  test('that was raised while Rivus was stopped frees the job at the start', async () => {
    const run = await started({ jobs: [job('work', { day: 0.5 })] });
    await run.add('work', ...keys(9));
    await run.stop();
    run.jobs = [job('work', { day: 5 })];
    await run.boot();
    expect([budgetOf(run), run.tasks('work', 'score')]).toEqual([undefined, { done: 9 }]);
  });

  test('keeps its hold over a restart', async () => {
    const run = await started({ jobs: [job('work', { day: 0.5 })] });
    await run.add('work', ...keys(9));
    run.kill();
    await run.boot();
    expect([budgetOf(run)?.until, run.tasks('work', 'score')]).toEqual([MIDNIGHT, { done: 5, ready: 4 }]);
  });

  test('is not overcome by any unpause', async () => {
    const run = await started({ jobs: [job('work', { day: 0.5 })] });
    await run.add('work', ...keys(9));
    await run.send('job/work/lifecycle', { type: 'RESUME', force: false });
    expect(budgetOf(run)?.reason).toBe('budget: $0.45 of $0.50');
    await run.send('job/work/lifecycle', { type: 'RESUME', force: true });
    expect([budgetOf(run)?.reason, run.tasks('work', 'score')]).toEqual(['budget: $0.45 of $0.50', { done: 5, ready: 4 }]);
  });

  test('holds only who needs money: a job without costs goes on', async () => {
    const run = await started({ jobs: [job('work', { day: 0 }), job('other', { maxCost: 0, day: 0 })], cost: () => 0 });
    await run.add('work', 'a');
    await run.add('other', 'a');
    expect([run.tasks('work', 'score'), run.tasks('other', 'score')]).toEqual([{ ready: 1 }, { done: 1 }]);
    expect([budgetOf(run)?.reason, budgetOf(run, 'other')]).toEqual(['budget: $0.00 of $0.00', undefined]);
  });
});

test('the limit of the whole runner holds every job that costs money, also one that has nothing to do, and no other', async () => {
  const jobs = [job('work'), job('idle'), job('free', { maxCost: 0 })];
  const run = await started({ jobs, cost: ({ job, stage }) => (job === 'work' && stage === 'score' ? 90_000 : 0) });
  run.alive.store.declare(jobs, { tz: 'America/Los_Angeles', dailyCostLimit: 0.3 });
  await run.add('work', ...keys(5));
  expect(run.tasks('work', 'score')).toEqual({ done: 3, ready: 2 });
  const reason = 'budget: $0.27 of $0.30 for all jobs';
  expect(['work', 'idle', 'free'].map((id) => budgetOf(run, id)?.reason)).toEqual([reason, reason, undefined]);
  await run.add('free', 'a');
  expect(run.tasks('free', 'score')).toEqual({ done: 1 });
  run.alive.store.declare(jobs, { tz: 'America/Los_Angeles', dailyCostLimit: 3 });
  await run.time.settle();
  expect([['work', 'idle'].map((id) => budgetOf(run, id)), run.tasks('work', 'score')]).toEqual([[undefined, undefined], { done: 5 }]);
});

test('the limit of a stage leaves its job free; the stage goes on the next day', async () => {
  const run = await started({ jobs: [job('work', { stageDay: 0.2 })] });
  await run.add('work', ...keys(5));
  expect([budgetOf(run), run.tasks('work', 'score'), run.tasks('work', 'free')]).toEqual([undefined, { done: 2, ready: 3 }, { done: 5 }]);
  await run.time.pass(MIDNIGHT - run.time.now);
  expect(run.tasks('work', 'score')).toEqual({ done: 4, ready: 1 });
});

test('an item that would cost more than it may fails without being run', async () => {
  const run = await started({ jobs: [job('work', { item: 0.25 })], handle: { score: () => failed('transient') } });
  await run.add('work', 'a');
  await run.time.pass(600_000);
  expect(run.started.filter(({ stage }) => stage === 'score')).toHaveLength(2);
  expect(run.task('work', 'a', 'score')).toMatchObject({ state: 'failed', reason: expect.stringContaining('item_cost_limit: $0.18 of $0.25 are spent on this item') });
  expect(budgetOf(run)).toBeUndefined();
});

test('work that is in flight at midnight passes the limit of neither day', async () => {
  const run = await started({ jobs: [job('work', { day: 0.3 })], handle: { score: (_claim, _signal, run) => run.sleep(50_000) } });
  await run.time.pass(MIDNIGHT - run.time.now - 20_000);
  await run.add('work', ...keys(20));
  await run.time.pass(200_000);
  const days = run.db.prepare('SELECT day, sum(settled + lost + reserved) AS used FROM cost_day GROUP BY day').all();
  expect(days).toEqual([{ day: '2026-11-24', used: 270_000 }, { day: '2026-11-25', used: 270_000 }]);
});

test('of a handler that is cut off by a time-out what was reserved is kept, and is lost when it never answers', async () => {
  const spec = job('work', { day: 1 });
  spec.stages[0] = { ...spec.stages[0]!, timeoutMs: 5_000, retry: { max: 1, baseMs: 1, capMs: 1 } };
  const run = await started({ jobs: [spec], handle: { score: ({ key }, _signal, run) => (key === 'late' ? run.sleep(8_000) : new Promise<never>(() => {})) } });
  await run.add('work', 'late', 'never');
  await run.time.pass(6_000);
  expect([run.tasks('work', 'score'), money(run)]).toEqual([{ failed: 2 }, { spent: 0, reserved: 200_000 }]);
  await run.time.pass(3_000);
  expect(money(run)).toEqual({ spent: 90_000, reserved: 100_000 });
  await run.time.pass(7_000);
  expect(money(run)).toEqual({ spent: 190_000, reserved: 0 });
  const kinds = run.db.prepare('SELECT kind FROM cost ORDER BY id').pluck().all();
  expect(kinds).toEqual(['actual', 'lost']);
});

test('what was reserved when the process died is lost, and counts', async () => {
  const run = await started({ jobs: [job('work', { day: 0.25 })], handle: { score: () => new Promise<never>(() => {}) } });
  await run.add('work', ...keys(5));
  run.kill();
  run.handle['score'] = () => undefined;
  await run.boot();
  expect([money(run), run.tasks('work', 'score'), budgetOf(run)?.reason]).toEqual([{ spent: 200_000, reserved: 0 }, { ready: 5 }, 'budget: $0.20 of $0.25']);
});

describe('a call', () => {
  const MOST = 80_000;
  const paid = new WeakMap<Claim, number>();
  const ofCalls = (claim: Claim) => paid.get(claim) ?? 0;
  /** Reserves, takes a while, and says what it has cost; as `ctx.llm` does. */
  const calling = (cost: number, reserved = MOST) => async (claim: Claim, _signal: AbortSignal, run: SimulatedRuntime): Promise<Outcome | void> => {
    try {
      const reservation = await run.alive.budget.reserve(claim, reserved);
      await run.sleep(1_000);
      reservation.settle(cost);
      paid.set(claim, cost);
    } catch (error) {
      if (error instanceof CostExceeded) return { kind: 'failed', class: 'item_specific', error: { name: error.name, message: error.message } };
      if (!(error instanceof BudgetRefused)) throw error;
      return { kind: 'failed', class: 'temporal', hold: 'budget', ...(error.until !== undefined && { until: error.until }), error: { name: error.name, message: error.message } };
    }
  };

  test('that is refused puts its task back, uncharged, and holds the job until there is room for such a call', async () => {
    const run = await started({ jobs: [job('work', { day: 0.3, maxCost: 0 })], cost: ofCalls, handle: { score: calling(20_000) } });
    await run.add('work', ...keys(6));
    expect(run.tasks('work', 'score')).toMatchObject({ running: 3, ready: 3 });
    expect(budgetOf(run)?.reason).toBe('budget: $0.24 of $0.30');
    await run.time.pass(10_000);
    expect(budgetOf(run)).toBeUndefined();
    expect([run.tasks('work', 'score'), money(run)]).toEqual([{ done: 6 }, { spent: 120_000, reserved: 0 }]);
    expect(run.task('work', 'k5', 'score').tries).toBe(0);
  });

  test('that no day allows any more holds the job until the next one', async () => {
    const run = await started({ jobs: [job('work', { day: 0.3, maxCost: 0 })], cost: ofCalls, handle: { score: calling(70_000) } });
    await run.add('work', ...keys(6));
    await run.time.pass(20_000);
    expect([run.tasks('work', 'score'), budgetOf(run)]).toEqual([{ done: 4, ready: 2 }, expect.objectContaining({ reason: 'budget: $0.28 of $0.30', until: MIDNIGHT })]);
    await run.time.pass(MIDNIGHT - run.time.now + 5_000);
    expect(run.tasks('work', 'score')).toEqual({ done: 6 });
  });

  test('beyond what its stage has declared fails the item, and nobody else', async () => {
    const run = await started({ jobs: [job('work', { maxCost: 0.05 })], cost: () => 0, handle: { score: calling(10_000) } });
    await run.add('work', 'a');
    expect(run.task('work', 'a', 'score')).toMatchObject({ state: 'failed', reason: expect.stringContaining('max_cost: the call may cost $0.08') });
    expect(budgetOf(run)).toBeUndefined();
  });

  test('of discovery that is refused holds the job', async () => {
    const run = await started({ jobs: [job('work', { day: 0.05 })] });
    const refused = run.alive.budget.reserve({ discovery: 'work' }, MOST);
    refused.catch(() => {});
    await run.time.settle();
    await expect(refused).rejects.toThrow(new BudgetRefused('budget: $0.00 of $0.05', MIDNIGHT));
    expect(budgetOf(run)?.reason).toBe('budget: $0.00 of $0.05');
  });

  test.each([Number.NaN, -1, Infinity])('cannot reserve or cost %d', async (amount) => {
    const run = await started({ jobs: [job('work')] });
    await expect(run.alive.budget.reserve({ doctor: true }, amount)).rejects.toThrow(RangeError);
  });
});

describe('a job that looks for work', () => {
  /** Each poll pays for a search: at most 4 cents, and `costs` of it is told. */
  function searching(costs: (hold: { settle(usd: number): void; release(): void }) => void): Setting {
    const search: Strategy<{}> = {
      name: 'search',
      options: z.strictObject({}),
      async *discover(_options, { cost, now }) {
        costs(await cost.reserve(0.04));
        yield { key: `found at ${now()}`, data: {} };
      },
    };
    return { jobs: [{ ...job('work', { day: 0.05, maxCost: 0 }), discovery: { strategy: 'search', everyMs: 1_000_000_000, options: {} } }], cost: () => 0, strategies: [search] };
  }

  test('is held when a poll could pass the limit, and looks again when the next day begins', async () => {
    const run = await started(searching((hold) => hold.settle(0.03)));
    expect([money(run), run.tasks('work', 'score')]).toEqual([{ spent: 30_000, reserved: 0 }, { done: 1 }]);
    await run.send('job/work/discovery', { type: 'WAKE' });
    expect(budgetOf(run)).toMatchObject({ reason: 'budget: $0.03 of $0.05', until: MIDNIGHT });
    await run.time.pass(MIDNIGHT - run.time.now);
    await run.time.pass(10_000);
    expect([budgetOf(run), money(run), run.tasks('work', 'score')]).toEqual([undefined, { spent: 30_000, reserved: 0 }, { done: 2 }]);
  });

  test('has spent what it held when its poll ends and it has not said more', async () => {
    const run = await started(searching(() => {}));
    expect(money(run)).toEqual({ spent: 40_000, reserved: 0 });
  });

  test('gives back what was not needed', async () => {
    const run = await started(searching((hold) => hold.release()));
    expect(money(run)).toEqual({ spent: 0, reserved: 0 });
  });

  test.each([Number.NaN, -1, Infinity])('cannot have spent %d', async (amount) => {
    const run = await started(searching((hold) => hold.settle(amount)));
    expect(run.context('job/work/discovery').lastError.message).toMatch(/a cost must be US dollars, from 0 to 1000000/);
    expect(money(run), 'the most that it can have cost').toEqual({ spent: 40_000, reserved: 0 });
  });
});

test('a claim without money keeps asking with each flush that something settles in, and writes nothing while it waits', async () => {
  const run = await started({ jobs: [job('work', { day: 0.2 })], cost: scoreCosts(10_000), handle: { score: (_claim, _signal, run) => run.sleep(60_000) } });
  await run.add('work', ...keys(5));
  const before = run.alive.ledger.flushes;
  await run.time.pass(50_000);
  expect(run.alive.ledger.flushes - before).toBeLessThan(3);
});
