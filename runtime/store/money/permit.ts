/**
 * How many tasks of a stage the money allows to start. What each of them may cost is reserved in the same transaction.
 *
 * That is what the stage has declared (`max_cost`); without it the most that one has cost so far, cut to what the limits allow at all, for
 * one outlier must not end the stage for ever. Calls of attempts reserve for themselves; where one was refused, its need
 * keeps further attempts from starting only to be refused too.
 */
import type { Stage } from '../pipelines.ts';
import type { ClaimRequest, Shortage } from '../types.ts';
import type { Limits } from './limits.ts';
import { dollars } from './dollars.ts';
import { left, shortageOf, type Rooms } from './rooms.ts';
import type { Spending } from './spending.ts';

/**
 * So many may start, and `each` micro-dollars are reserved for every one. `asked`: for how many tasks to look; one more than that, where
 * money is short, shows whether anybody lacks it.
 */
export type Permit = { limit: number; asked: number; each: number; declared: boolean; shortage?: Shortage };

const NOTHING = { each: 0, declared: false };

export type Permits = ReturnType<typeof permitsIn>;

export function permitsIn({ limits, spending }: { limits: Limits; spending: Spending }) {
  /** Needs of calls that were refused on that day, by stage. */
  let refused = { day: '', needs: new Map<number, number>() };

  function needOf(stage: Stage, maxCost: number): { each: number; declared: boolean } {
    const seen = spending.largest(stage.id);
    if (maxCost === 0 && seen === 0) return NOTHING;
    if (maxCost > 0 && maxCost >= seen) return { each: maxCost, declared: true };
    const { day: ofDay = Infinity, item = Infinity } = limits.job(stage.job);
    return { each: Math.max(maxCost, Math.min(seen, ofDay, item, limits.runner ?? Infinity, limits.stage(stage) ?? Infinity)), declared: false };
  }

  return {
    /** A stage that costs nothing is looked at in memory alone. */
    of(stage: Stage, { maxCost = 0 }: ClaimRequest, limit: number, day: string, rooms: () => Rooms): Permit {
      const { each, declared } = needOf(stage, maxCost);
      const need = Math.max(each, refused.day === day ? (refused.needs.get(stage.id) ?? 0) : 0);
      if (need === 0 || limit <= 0) return { limit, asked: limit, ...NOTHING };
      const payer = { job: stage.job, stage };
      const open = rooms().of(payer);
      const affordable = Math.min(limit, ...open.map((room) => Math.max(0, Math.floor(left(room) / need))));
      const shortage = affordable < limit ? shortageOf(payer, open, (affordable + 1) * need) : undefined;
      return { limit: affordable, asked: shortage ? affordable + 1 : affordable, each, declared, ...(shortage && { shortage: { ...shortage, need, isOver: affordable === 0 && shortage.isOver } }) };
    },

    /** Why an attempt that may cost so much may not start for this item, in words; undefined when it may. */
    refusalOfItem(stage: Stage, itemId: number, each: number): string | undefined {
      const limit = each > 0 ? limits.job(stage.job).item : undefined;
      if (limit === undefined) return undefined;
      const spent = spending.ofItem(itemId);
      return spent + each > limit ? `item_cost_limit: ${dollars(spent)} of ${dollars(limit)} are spent on this item, and "${stage.name}" may cost ${dollars(each)}` : undefined;
    },

    noteRefused(stageId: number, need: number, day: string): void {
      if (refused.day !== day) refused = { day, needs: new Map() };
      refused.needs.set(stageId, need);
    },
    /** Other limits are in force: what was refused may be tried again. */
    forgetRefused(): void {
      refused.needs.clear();
    },
  };
}
