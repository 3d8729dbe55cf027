/** Random histories of a job with a diamond of stages, in which the process dies now and then: what may happen, and what must hold after each step. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Claim, Outcome } from '../../actors/ports.ts';
import { Desk, done, failed } from './store.ts';

export const NEEDS: Record<string, string[]> = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] };
export const STAGES = Object.keys(NEEDS);

const outcome: fc.Arbitrary<Outcome> = fc.constantFrom<Outcome>(
  done(), done({ n: 1 }), done({ n: 2 }), done({ n: 3 }), { kind: 'skipped', reason: 'no' }, { kind: 'rejected', reason: 'no' }, { kind: 'deferred', until: 1_000_500, reason: 'later' },
  failed('transient'), failed('item_specific'), failed('systemic'), { kind: 'interrupted' },
);
const settle = fc.record({ do: fc.constant('settle' as const), which: fc.nat(5), outcome, lastTry: fc.boolean() });
export const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('find' as const), key: fc.nat(6) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), n: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 9, arbitrary: settle },
  fc.record({ do: fc.constant('settleLate' as const), which: fc.nat(20), outcome }),
  fc.record({ do: fc.constant('edit' as const), verb: fc.constantFrom('retry' as const, 'reset' as const, 'reprocess' as const), stage: fc.option(fc.constantFrom(...STAGES)) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 1_000 }) }),
  fc.constant({ do: 'die' as const }),
);
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What is in flight, as a runner would know it, and every claim that ever was. */
export type Run = { desk: Desk; inFlight: Claim[]; old: Claim[] };

/** When each began. */
const begun = new WeakMap<Claim, number>();

export function take(run: Run, action: Step): void {
  const { desk, inFlight } = run;
  if (action.do === 'find') desk.find('job', `k${action.key}`);
  if (action.do === 'claim') {
    const { claims } = desk.flush({ claims: STAGES.map((stage) => desk.request('job', stage, action.n)), inFlight: inFlight.length });
    for (const claim of claims) begun.set(claim, desk.at);
    inFlight.push(...claims);
  }
  if (action.do === 'settle' && inFlight.length > 0) {
    const [claim] = inFlight.splice(action.which % inFlight.length, 1);
    run.old.push(claim!);
    const { receipts } = desk.settle(claim!, action.outcome, { startedAt: begun.get(claim!)!, dueAt: desk.at + 400, lastTry: action.lastTry });
    expect(receipts.map(({ answer }) => answer)).toEqual(['committed']);
  }
  if (action.do === 'settleLate' && run.old.length > 0) {
    const { receipts } = desk.settle(run.old[action.which % run.old.length]!, action.outcome, { dueAt: desk.at + 400 });
    expect(receipts.map(({ answer }) => answer)).toEqual(['refused']);
  }
  if (action.do === 'edit') desk.edit(action.verb, 'job', action.stage === null ? {} : { stage: action.stage });
  if (action.do === 'wait') desk.at += action.ms;
  if (action.do === 'die') {
    run.desk = desk.restart();
    run.old.push(...run.inFlight.splice(0));
  }
}

type Row = { itemId: number; stage: string; state: string };

export function invariants({ desk, inFlight }: Run): void {
  desk.expectExactCounts();
  const items = desk.db.prepare<[], number>('SELECT id FROM item').pluck().all();
  const rows: Row[] = items.flatMap((itemId) => Object.entries(desk.states(itemId)).map(([stage, state]) => ({ itemId, stage, state })));
  expect(rows).toHaveLength(items.length * STAGES.length);
  const running = rows.filter(({ state }) => state === 'running').map(({ itemId, stage }) => `${itemId} ${stage}`);
  expect(running.sort()).toEqual(inFlight.map(({ itemId, stage }) => `${itemId} ${stage}`).sort());
  for (const { itemId, stage, state } of rows) {
    if (state !== 'ready' && state !== 'blocked') continue;
    const met = NEEDS[stage]!.every((need) => ['done', 'skipped'].includes(desk.states(itemId)[need]!));
    expect(met, `item ${itemId}: ${stage} is ${state}`).toBe(state === 'ready');
  }
}
