import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claim, Spender } from '../../actors/ports.ts';
import type { BudgetSpec, JobSpec } from '../../machines/spec.ts';
import type { Grant } from '../../runtime/store/money/calls.ts';
import { dollars } from '../../runtime/store/money/dollars.ts';
import { DOCTOR } from '../../runtime/store/money/limits.ts';
import { DISCOVERY } from '../../runtime/store/types.ts';
import { openStore } from '../../runtime/store/open.ts';
import { Desk, deskWith, done, failed, jobSpec } from '../support/store.ts';
import { statementsAsked } from '../support/statements.ts';

const DAY = '2026-11-24';
const LA = { tz: 'America/Los_Angeles' };

type Limits = { day?: number; item?: number; stage?: number; runner?: number; doctor?: number };
/** A job `a` of one stage with these limits, in dollars. */
function limited({ day, item, stage, runner, doctor }: Limits = {}): Desk {
  const desk = deskWith(...jobsWith({ ...(day !== undefined && { day }), ...(item !== undefined && { item }), ...(stage !== undefined && { stage }) }));
  govern(desk, { ...LA, ...(runner !== undefined && { dailyCostLimit: runner }), ...(doctor !== undefined && { doctorCostLimit: doctor }) });
  return desk;
}
function jobsWith({ day, item, stage }: Limits): JobSpec[] {
  const guards = { validate: false, ...(day !== undefined && { dailyCostLimit: day }), ...(item !== undefined && { itemCostLimit: item }) };
  const a = jobSpec('a', { score: [], free: [] }, { guards });
  if (stage !== undefined) a.stages[0]!.dailyCostLimit = stage;
  return [a, jobSpec('b', { score: [] })];
}
const govern = (desk: Desk, budget: BudgetSpec) => desk.store.declare(desk.store.jobs.all().map(({ spec }) => spec), budget);

const ask = (desk: Desk, maxCost: number, { job = 'a', limit = 10, day = DAY } = {}) => {
  const { claims, shortages } = desk.flush({ day, claims: [{ ...desk.request(job, 'score', limit), ...(maxCost > 0 && { maxCost }) }] });
  return { claims, shortages };
};
const call = (desk: Desk, spender: Spender, need: number, day = DAY): Grant => desk.flush({ day, money: [{ kind: 'reserve', spender, need }] }).grants[0]!;
const over = (desk: Desk, grant: Grant, reserved: number, cost: number) => desk.flush({ money: [{ kind: 'end', id: (grant as { id: number }).id, reserved, cost }] });
const ofDay = (desk: Desk, job = 'a', day = DAY) => desk.store.money.ofDay(job, day);

describe('what a stage has declared', () => {
  test('is reserved for as many tasks as the limit allows, and no task more starts', () => {
    const desk = limited({ day: 0.35 });
    desk.find('a', 'k1', 'k2', 'k3', 'k4', 'k5');
    const { claims, shortages } = ask(desk, 100_000);
    expect(claims.map(({ reserved }) => reserved)).toEqual([100_000, 100_000, 100_000]);
    expect(ofDay(desk)).toEqual({ spent: 0, reserved: 300_000 });
    expect(shortages).toEqual([{ job: 'a', stage: 'score', scope: 'job', need: 100_000, limit: 350_000, used: 0, isOver: false }]);
    expect(ask(desk, 100_000)).toMatchObject({ claims: [], shortages: [{ used: 300_000, isOver: false }] });
  });

  test('what it has not cost is there for others', () => {
    const desk = limited({ day: 0.35 });
    desk.find('a', 'k1', 'k2', 'k3', 'k4', 'k5');
    const { claims } = ask(desk, 100_000);
    const settlements = claims.map((claim) => desk.settlement(claim, done(), { cost: 60_000 }));
    const { claims: next } = desk.flush({ settlements, claims: [{ ...desk.request('a', 'score'), maxCost: 100_000 }] });
    expect(next).toHaveLength(1);
    expect(ofDay(desk)).toEqual({ spent: 180_000, reserved: 100_000 });
  });

  test('the money is over when nothing in flight will give any of it back', () => {
    const desk = limited({ day: 0.25 });
    desk.find('a', 'k1', 'k2', 'k3');
    const { claims } = ask(desk, 100_000);
    desk.flush({ settlements: claims.map((claim) => desk.settlement(claim, done(), { cost: 90_000 })) });
    expect(ask(desk, 100_000)).toMatchObject({ claims: [], shortages: [{ used: 180_000, limit: 250_000, isOver: true }] });
  });

  test('is no matter when there is no task to start', () => {
    const desk = limited({ day: 0 });
    expect(ask(desk, 100_000).shortages).toEqual([]);
  });

  test('one that does not hold is replaced by what was seen', () => {
    const desk = limited({ day: 1 });
    desk.find('a', 'k1', 'k2', 'k3');
    desk.settle(ask(desk, 100_000, { limit: 1 }).claims[0]!, done(), { cost: 300_000 });
    expect(ask(desk, 100_000).claims.map(({ reserved }) => reserved)).toEqual([300_000, 300_000]);
  });
});

describe('what only says afterwards what it has cost', () => {
  test('reserves as much as the dearest one before it', () => {
    const desk = limited({ day: 1 });
    desk.find('a', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6');
    const [first, second] = ask(desk, 0, { limit: 2 }).claims as [Claim, Claim];
    expect(first.reserved).toBeUndefined();
    desk.flush({ settlements: [desk.settlement(first, done(), { cost: 200_000 }), desk.settlement(second, done(), { cost: 70_000 })] });
    expect(ask(desk, 0).claims.map(({ reserved }) => reserved)).toEqual([200_000, 200_000, 200_000]);
  });

  test('one outlier above the limit does not end the stage for ever: on a fresh day one starts', () => {
    const desk = limited({ day: 1 });
    desk.find('a', 'k1', 'k2', 'k3');
    desk.settle(ask(desk, 0, { limit: 1 }).claims[0]!, done(), { cost: 6_000_000 });
    expect(ask(desk, 0)).toMatchObject({ claims: [], shortages: [{ isOver: true }] });
    expect(ask(desk, 0, { day: '2026-11-25' }).claims.map(({ reserved }) => reserved)).toEqual([1_000_000]);
  });

  test('is forgotten when a declaration covers it', () => {
    const desk = limited();
    desk.find('a', 'k1', 'k2', 'k3');
    desk.settle(ask(desk, 0, { limit: 1 }).claims[0]!, done(), { cost: 200_000 });
    desk.settle(ask(desk, 300_000, { limit: 1 }).claims[0]!, done(), { cost: 10_000 });
    expect(ask(desk, 0).claims.map(({ reserved }) => reserved)).toEqual([undefined]);
  });

  test('a stage that costs nothing is no matter of money, whatever the limit', () => {
    const desk = limited({ day: 0, runner: 0, item: 0 });
    desk.find('a', 'k1');
    expect(ask(desk, 0).claims).toHaveLength(1);
    expect(desk.db.prepare('SELECT count(*) FROM cost').pluck().get()).toBe(0);
  });
});

describe('limits', () => {
  test('of a stage leaves the others of its job alone', () => {
    const desk = limited({ stage: 0.1 });
    desk.find('a', 'k1', 'k2');
    expect(ask(desk, 100_000)).toMatchObject({ claims: [{}], shortages: [{ scope: 'stage', isOver: false }] });
    expect(desk.flush({ claims: [{ ...desk.request('a', 'free'), maxCost: 100_000 }] }).claims).toHaveLength(2);
  });

  test('of the whole runner counts all jobs and the doctor together', () => {
    const desk = limited({ runner: 0.3 });
    desk.find('a', 'k1', 'k2', 'k3');
    desk.find('b', 'k1');
    call(desk, { doctor: true }, 50_000);
    expect(ask(desk, 100_000, { limit: 2 }).claims).toHaveLength(2);
    expect(ask(desk, 100_000, { job: 'b' })).toMatchObject({ claims: [], shortages: [{ job: 'b', scope: 'runner', used: 250_000 }] });
    const both = desk.flush({ settlements: [], claims: [{ ...desk.request('b', 'score'), maxCost: 50_000 }, { ...desk.request('a', 'score'), maxCost: 50_000 }] });
    expect(both.claims, 'the room that is left is given out once').toHaveLength(1);
  });

  test('of an item fails the item that would cost more, before it starts', () => {
    const desk = limited({ item: 0.25 });
    const [item] = desk.find('a', 'k1') as [number];
    desk.settle(ask(desk, 100_000).claims[0]!, failed('transient'), { cost: 90_000, dueAt: desk.at });
    desk.settle(ask(desk, 100_000).claims[0]!, failed('transient'), { cost: 90_000, dueAt: desk.at });
    const [third] = ask(desk, 100_000).claims;
    expect(third).toMatchObject({ itemId: item, refusal: 'item_cost_limit: $0.18 of $0.25 are spent on this item, and "score" may cost $0.10' });
    expect(third!.reserved).toBeUndefined();
  });

  test('of the doctor is its own', () => {
    const desk = limited({ doctor: 0.1 });
    expect(call(desk, { doctor: true }, 60_000)).toHaveProperty('id');
    expect(call(desk, { doctor: true }, 60_000)).toMatchObject({ shortage: { job: DOCTOR, used: 60_000, limit: 100_000, isOver: false } });
    expect(call(desk, { discovery: 'a' }, 60_000)).toHaveProperty('id');
  });
});

describe('calls', () => {
  test('reserve before they are made, and hold what they have cost until their attempt commits', () => {
    const desk = limited({ day: 0.1 });
    desk.find('a', 'k1');
    const [claim] = ask(desk, 0).claims as [Claim];
    const grant = call(desk, claim, 80_000);
    expect(ofDay(desk)).toEqual({ spent: 0, reserved: 80_000 });
    expect(call(desk, claim, 30_000)).toMatchObject({ shortage: { need: 30_000, used: 80_000 } });
    over(desk, grant, 80_000, 50_000);
    expect(ofDay(desk)).toEqual({ spent: 0, reserved: 50_000 });
    over(desk, call(desk, claim, 30_000), 30_000, 20_000);
    desk.settle(claim, done(), { cost: 70_000 });
    expect(ofDay(desk)).toEqual({ spent: 70_000, reserved: 0 });
    expect(ask(desk, 0).claims, 'calls are no cost that is only known afterwards').toEqual([]);
    expect(desk.store.money.spending.largest(1)).toBe(0);
  });

  test('of a stage that has declared its cost are paid from that, and never exceed it', () => {
    const desk = limited({ day: 0.1 });
    desk.find('a', 'k1');
    const [claim] = ask(desk, 100_000).claims as [Claim];
    over(desk, call(desk, claim, 60_000), 60_000, 50_000);
    expect(ofDay(desk)).toEqual({ spent: 0, reserved: 100_000 });
    expect(call(desk, claim, 60_000)).toEqual({ refusal: 'max_cost: the call may cost $0.06, and of the $0.10 of "score" $0.05 are left' });
    expect(call(desk, claim, 50_000)).toHaveProperty('id');
  });

  test('that were released leave nothing', () => {
    const desk = limited({ day: 0.1 });
    desk.find('a', 'k1');
    const [claim] = ask(desk, 0).claims as [Claim];
    over(desk, call(desk, claim, 80_000), 80_000, 0);
    desk.settle(claim, done());
    expect(desk.db.prepare('SELECT count(*) FROM cost').pluck().get()).toBe(0);
  });

  test('that outlive their attempt count as if they cost the most, until they say otherwise', () => {
    const desk = limited({ day: 1 });
    desk.find('a', 'k1');
    const [claim] = ask(desk, 0).claims as [Claim];
    const grant = call(desk, claim, 80_000);
    desk.settle(claim, done(), { cost: 10_000 });
    expect(ofDay(desk)).toEqual({ spent: 90_000, reserved: 0 });
    expect(call(desk, claim, 1)).toEqual({ refusal: 'the attempt has ended: it can spend nothing more' });
    over(desk, grant, 80_000, 30_000);
    expect(ofDay(desk)).toEqual({ spent: 40_000, reserved: 0 });
  });

  test('that were refused keep further attempts from starting only to be refused too', () => {
    const desk = limited({ day: 0.1 });
    desk.find('a', 'k1', 'k2', 'k3');
    const [claim] = ask(desk, 0, { limit: 1 }).claims as [Claim];
    call(desk, claim, 80_000);
    const [other] = ask(desk, 0, { limit: 1 }).claims as [Claim];
    expect(call(desk, other, 80_000)).toHaveProperty('shortage');
    expect(ask(desk, 0)).toMatchObject({ claims: [], shortages: [{ need: 80_000, isOver: false }] });
    expect(ask(desk, 0, { day: '2026-11-25' }).claims).toHaveLength(1);
  });

  test('of discovery are spent as soon as they have been made', () => {
    const desk = limited({ day: 0.1 });
    over(desk, call(desk, { discovery: 'a' }, 80_000), 80_000, 30_000);
    expect(ofDay(desk)).toEqual({ spent: 30_000, reserved: 0 });
    expect(call(desk, { discovery: 'a' }, 80_000)).toMatchObject({ shortage: { job: 'a', isOver: true } });
  });

  test('of discovery are listed as calls of the job, and of no item', () => {
    const desk = limited({ day: 1 });
    const row = { job: 'a', stage: DISCOVERY, itemId: 0, lease: 0, attempt: 0, kind: 'text', alias: 'fast', model: 'm', tokensIn: 1, tokensOut: 1, tokensCached: 0, seconds: null, microUsd: null, assumed: false, kept: false, outcome: 'ok', requestId: null, ms: 1, at: desk.at } as const;
    desk.flush({ day: DAY, calls: [{ call: row }] });
    expect(desk.db.prepare('SELECT stage_id, item_id, alias FROM llm_call').all()).toEqual([{ stage_id: 0, item_id: 0, alias: 'fast' }]);
    expect(desk.db.prepare('SELECT job, stage_id, unpriced FROM cost_day').all()).toEqual([{ job: 'a', stage_id: 0, unpriced: 1 }]);
  });

  test('count for the limit of their item', () => {
    const desk = limited({ item: 0.1 });
    desk.find('a', 'k1');
    const [claim] = ask(desk, 0).claims as [Claim];
    call(desk, claim, 80_000);
    expect(call(desk, claim, 30_000)).toEqual({ refusal: 'item_cost_limit: $0.08 of $0.10 are spent on this item, and the call may cost $0.03' });
  });
});

describe('what is not known', () => {
  test('stays reserved while a timed-out handler is still at it, and is settled when it ends', () => {
    const desk = limited({ day: 1 });
    desk.find('a', 'k1');
    const [claim] = ask(desk, 100_000).claims as [Claim];
    desk.settle(claim, failed('transient'), { dueAt: desk.at + 1_000, spending: true });
    expect(ofDay(desk)).toEqual({ spent: 0, reserved: 100_000 });
    expect(desk.settle(claim, done(), { cost: 70_000 }).receipts).toMatchObject([{ answer: 'refused' }]);
    expect(ofDay(desk)).toEqual({ spent: 70_000, reserved: 0 });
  });

  test('is lost when it was given up, and found when it speaks after all', () => {
    const desk = limited({ day: 1 });
    desk.find('a', 'k1');
    const [claim] = ask(desk, 100_000).claims as [Claim];
    desk.settle(claim, failed('transient'), { dueAt: desk.at + 1_000, spending: true });
    desk.flush({ money: [{ kind: 'lose', claim }] });
    expect(ofDay(desk)).toEqual({ spent: 100_000, reserved: 0 });
    desk.settle(claim, done(), { cost: 70_000 });
    expect(ofDay(desk)).toEqual({ spent: 70_000, reserved: 0 });
  });

  test('is lost with the process: of attempts, of discovery and of the doctor', () => {
    const desk = limited({ day: 1 });
    desk.find('a', 'k1', 'k2');
    const [, second] = ask(desk, 100_000).claims as [Claim, Claim];
    call(desk, { discovery: 'a' }, 50_000);
    call(desk, { doctor: true }, 20_000);
    over(desk, call(desk, second, 60_000), 60_000, 10_000);
    const next = desk.restart();
    expect([ofDay(next), ofDay(next, DOCTOR)]).toEqual([{ spent: 250_000, reserved: 0 }, { spent: 20_000, reserved: 0 }]);
  });
});

test('all that an attempt spends belongs to the day on which it began', () => {
  const desk = limited({ day: 0.1 });
  desk.find('a', 'k1', 'k2');
  const [claim] = ask(desk, 100_000, { limit: 1 }).claims as [Claim];
  const tomorrow = '2026-11-25';
  const { claims } = ask(desk, 100_000, { day: tomorrow });
  expect(claims).toHaveLength(1);
  desk.flush({ day: tomorrow, settlements: [desk.settlement(claim, done(), { cost: 90_000 }), desk.settlement(claims[0]!, done(), { cost: 80_000 })] });
  expect([ofDay(desk).spent, ofDay(desk, 'a', tomorrow).spent]).toEqual([90_000, 80_000]);
});

test.each([[4_987_654, '$4.98'], [5_000_000, '$5.00'], [1_200, '$0.0012'], [7, '$0.000007'], [0, '$0.00'], [50_000, '$0.05'], [123_456, '$0.123456']])('%d micro-dollars are shown as %s', (microUsd, text) => {
  expect(dollars(microUsd)).toBe(text);
});

test('a stage that costs nothing asks the database nothing about money', () => {
  const asked = statementsAsked(/\b(cost|cost_day|budget|largest_cost)\b/);
  const desk = limited({ day: 1, runner: 1, item: 1, stage: 1 });
  desk.find('a', 'k1', 'k2', 'k3');
  asked();
  const claims = desk.claim('a', 'score');
  desk.flush({ settlements: claims.map((claim) => desk.settlement(claim, done())) });
  expect([claims.length, asked()]).toEqual([3, 0]);
  ask(desk, 0);
  desk.find('a', 'k4');
  ask(desk, 10_000);
  expect(asked(), 'the counter counts').toBeGreaterThan(0);
});

type Step =
  | { do: 'claim'; job: 'a' | 'b'; limit: number }
  | { do: 'call'; of: number; need: number }
  | { do: 'end'; of: number; share: number }
  | { do: 'settle'; of: number; share: number; how: 'done' | 'retry' | 'spending' }
  | { do: 'late'; of: number; share: number }
  | { do: 'lose'; of: number }
  | { do: 'midnight' }
  | { do: 'die' };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const of = fc.nat(31);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), job: fc.constantFrom('a' as const, 'b' as const), limit: fc.integer({ min: 1, max: 32 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('call' as const), of, need: fc.integer({ min: 0, max: 90_000 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), of, share }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('settle' as const), of, share, how: fc.constantFrom('done' as const, 'retry' as const, 'spending' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late' as const), of, share }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), of }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('midnight' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const) }) },
);

test('whatever is claimed, called, settled, lost and killed, over midnights: no day passes any limit, and every sum is that of its rows', () => {
  const LIMITS = { runner: 700_000, a: 500_000, b: 400_000, stage: 450_000, item: 250_000 };
  const COST = { a: 60_000, b: 0 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const life = new Life(LIMITS, COST);
      for (const one of steps) {
        life.take(one);
        life.expectWithinLimits();
      }
      life.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

type Call = { grant: { id: number }; need: number; claim: Claim };

/** A runner whose attempts and calls cost at most what they have reserved. */
class Life {
  private desk: Desk;
  private readonly limits: Record<'runner' | 'a' | 'b' | 'stage' | 'item', number>;
  private readonly cost: Record<'a' | 'b', number>;
  private day = 24;
  private running: Claim[] = [];
  private spending: Claim[] = [];
  private calls: Call[] = [];
  /** What the calls of an attempt have really cost. */
  private readonly paid = new Map<Claim, number>();

  constructor(limits: Life['limits'], cost: Life['cost']) {
    this.limits = limits;
    this.cost = cost;
    const [a, b] = jobsWith({ day: limits.a / 1e6, item: limits.item / 1e6, stage: limits.stage / 1e6 }) as [JobSpec, JobSpec];
    b.guards.dailyCostLimit = limits.b / 1e6;
    this.desk = new Desk(openStore(':memory:'), a, b);
    govern(this.desk, { ...LA, dailyCostLimit: limits.runner / 1e6 });
    for (const job of ['a', 'b']) this.desk.find(job, ...Array.from({ length: 12 }, (_, n) => `k${n}`));
  }

  take(step: Step): void {
    const day = `2026-11-${this.day}`;
    const flush = (parts: Parameters<Desk['flush']>[0]) => this.desk.flush({ day, ...parts });
    switch (step.do) {
      case 'claim': {
        const maxCost = this.cost[step.job];
        const { claims } = flush({ claims: [{ ...this.desk.request(step.job, 'score', step.limit), ...(maxCost > 0 && { maxCost }) }] });
        for (const claim of claims) {
          if (claim.refusal) flush({ settlements: [this.desk.settlement(claim, failed('item_specific'))] });
          else this.running.push(claim);
        }
        return;
      }
      case 'call': {
        const claim = pick(this.running, step.of);
        if (!claim) return;
        const [grant] = flush({ money: [{ kind: 'reserve', spender: claim, need: step.need }] }).grants;
        if (grant && 'id' in grant) this.calls.push({ grant, need: step.need, claim });
        return;
      }
      case 'end': {
        const call = pick(this.calls, step.of);
        if (call) this.endCall(call, Math.floor(call.need * step.share), flush);
        return;
      }
      case 'settle': {
        const claim = pick(this.running, step.of);
        if (!claim) return;
        remove(this.running, claim);
        if (step.how === 'spending') this.spending.push(claim);
        const outcome = step.how === 'done' ? done() : failed('transient');
        const ended = { cost: step.how === 'spending' ? 0 : this.costOf(claim, step.share), dueAt: this.desk.at, ...(step.how === 'spending' && { spending: true as const }) };
        return void flush({ settlements: [this.desk.settlement(claim, outcome, ended)] });
      }
      case 'late': {
        const claim = pick(this.spending, step.of);
        if (!claim) return;
        remove(this.spending, claim);
        return void flush({ settlements: [this.desk.settlement(claim, done(), { cost: this.costOf(claim, step.share) })] });
      }
      case 'lose': {
        const claim = pick(this.spending, step.of);
        return claim && void flush({ money: [{ kind: 'lose', claim }] });
      }
      case 'midnight':
        this.day += 1;
        return;
      case 'die':
        [this.running, this.spending, this.calls] = [[], [], []];
        this.desk = this.desk.restart();
    }
  }

  private endCall(call: Call, cost: number, flush: (parts: Parameters<Desk['flush']>[0]) => unknown): void {
    remove(this.calls, call);
    this.paid.set(call.claim, (this.paid.get(call.claim) ?? 0) + cost);
    flush({ money: [{ kind: 'end', id: call.grant.id, reserved: call.need, cost }] });
  }

  /** Its calls, and a part of what it has reserved beside them. */
  private costOf(claim: Claim, share: number): number {
    const calls = this.paid.get(claim) ?? 0;
    const open = this.calls.filter((call) => call.claim === claim).reduce((sum, { need }) => sum + need, 0);
    return calls + Math.floor(Math.max(0, (claim.reserved ?? 0) - calls - open) * share);
  }

  expectWithinLimits(): void {
    const { db } = this.desk;
    const used = (by: string) => db.prepare<[], { name: string; used: number }>(`SELECT ${by} AS name, sum(micro_usd) AS used FROM cost LEFT JOIN stage ON stage.id = stage_id GROUP BY day, ${by}`).all();
    for (const { used: sum } of used("'all'")) expect(sum).toBeLessThanOrEqual(this.limits.runner);
    for (const { name, used: sum } of used('cost.job')) expect(sum).toBeLessThanOrEqual(this.limits[name as 'a' | 'b']);
    for (const { used: sum } of used('stage.id')) expect(sum).toBeLessThanOrEqual(this.limits.stage);
    const items = db.prepare<[], number>(`SELECT sum(micro_usd) FROM cost WHERE job = 'a' GROUP BY item_id`).pluck().all();
    for (const sum of items) expect(sum).toBeLessThanOrEqual(this.limits.item);
    this.desk.expectExactSums();
  }

  close(): void {
    this.desk.expectExactCounts();
    this.desk.db.close();
  }
}

const pick = <T>(from: readonly T[], n: number): T | undefined => (from.length === 0 ? undefined : from[n % from.length]);
const remove = <T>(from: T[], one: T): void => void from.splice(from.indexOf(one), 1);
