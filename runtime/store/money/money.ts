/** Money in the store: limits, sums, what attempts hold and have spent, and whom it allows to start. */
import type { Handle } from '../open.ts';
import type { Pipelines } from '../pipelines.ts';
import type { MoneyMove } from '../types.ts';
import { callsIn } from './calls.ts';
import { Cashier, type Moment } from './cashier.ts';
import { limitsIn } from './limits.ts';
import { permitsIn } from './permit.ts';
import { Rooms, shortageOf, type Payer } from './rooms.ts';
import { spendingIn } from './spending.ts';
import { sumsIn, type Sum } from './sums.ts';

export type Money = ReturnType<typeof moneyIn>;

export function moneyIn(db: Handle, { pipelines }: { pipelines: Pipelines }) {
  const limits = limitsIn(db);
  const sums = sumsIn(db);
  const spending = spendingIn(db, sums);
  const permits = permitsIn({ limits, spending });
  const calls = callsIn({ pipelines, limits, spending, permits });
  // The days of a job are few rows, and nobody asks but when the runner's own limit is reached.
  const everSpent = db.prepare<[string], 1>('SELECT 1 FROM cost_day WHERE job = ? AND settled + lost + reserved > 0 LIMIT 1').pluck();

  return {
    limits,
    spending,
    /** In micro-dollars, of a day such as `2026-11-24`. */
    ofDay: (job: string, day: string): Sum => sums.ofJob(day, job),
    /** Gives out money for one try of a flush, after all has been settled in it. */
    cashier: (moment: Moment): Cashier => new Cashier({ limits, sums, spending, permits, calls }, moment),
    /** Calls that have ended, and attempts that were given up: before any attempt is settled. */
    end(moves: readonly MoneyMove[]): void {
      for (const move of moves) {
        if (move.kind === 'end') spending.endCall(move.id, move.reserved, move.cost);
        if (move.kind === 'lose') spending.lose(move.claim, pipelines.stage(move.claim.job, move.claim.stage).id);
      }
    },
    /** Whether the limits of a payer leave room for `need` micro-dollars on a day. */
    hasRoom: (payer: Payer, need: number, day: string): boolean => shortageOf(payer, new Rooms(day, limits, sums).of(payer), need) === undefined,
    hasSpent: (job: string): boolean => everSpent.get(job) === 1,
    /** A call of which nobody knows the price. */
    noteUnpriced: (job: string, stageId: number, day: string): void => sums.change(day, job, stageId, { unpriced: 1 }),
    forgetRefused: permits.forgetRefused,
  };
}
