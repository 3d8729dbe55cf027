/** Money for single calls: of attempts, of a job's discovery, of the doctor. */
import type { Spender } from '../../../actors/ports.ts';
import type { Pipelines } from '../pipelines.ts';
import type { Shortage } from '../types.ts';
import { dollars } from './dollars.ts';
import { DOCTOR, type Limits } from './limits.ts';
import type { Permits } from './permit.ts';
import { shortageOf, type Payer, type Rooms } from './rooms.ts';
import type { Spending } from './spending.ts';

/**
 * `id` names what was reserved. `shortage`: a limit is in the way that others share. `refusal`: it will never do for this attempt
 * or item, in words.
 */
export type Grant = { id: number } | { shortage: Shortage } | { refusal: string };

type Parts = { pipelines: Pipelines; limits: Limits; spending: Spending; permits: Permits };

export function callsIn({ pipelines, limits, spending, permits }: Parts) {
  type Attempt = Extract<Spender, { lease: number }>;

  function ofAttempt(spender: Attempt, need: number, { day, at }: { day: string; at: number }, roomsOn: (day: string) => Rooms): Grant {
    const stage = pipelines.stage(spender.job, spender.stage);
    if (!spending.isRunning(spender, stage.id)) return { refusal: 'the attempt has ended: it can spend nothing more' };
    const row = spending.ofLease(spender, stage.id);
    if (row?.declared) {
      const free = row.microUsd - row.open - row.calls;
      if (need > free) return { refusal: `max_cost: the call may cost ${dollars(need)}, and of the ${dollars(row.microUsd)} of "${stage.name}" ${dollars(Math.max(0, free))} are left` };
      spending.draw(row, need);
      return { id: row.id };
    }
    const { item } = limits.job(spender.job);
    const spent = item === undefined ? 0 : spending.ofItem(spender.itemId);
    if (item !== undefined && spent + need > item) return { refusal: `item_cost_limit: ${dollars(spent)} of ${dollars(item)} are spent on this item, and the call may cost ${dollars(need)}` };
    const payer = { job: spender.job, stage };
    const shortage = take(payer, need, roomsOn(row?.day ?? day));
    if (shortage) permits.noteRefused(stage.id, need, day);
    if (shortage) return { shortage };
    if (!row) return { id: spending.begin(spender.job, stage.id, spender, need, { day, at }) };
    spending.draw(row, need);
    return { id: row.id };
  }

  function take(payer: Payer, need: number, rooms: Rooms): Shortage | undefined {
    const shortage = shortageOf(payer, rooms.of(payer), need);
    if (!shortage) rooms.take(payer, need);
    return shortage;
  }

  /** Micro-dollars for a call, if every limit allows them. */
  return function reserve(spender: Spender, need: number, moment: { day: string; at: number }, roomsOn: (day: string) => Rooms): Grant {
    if ('lease' in spender) return ofAttempt(spender, need, moment, roomsOn);
    const job = 'discovery' in spender ? spender.discovery : DOCTOR;
    const shortage = take({ job }, need, roomsOn(moment.day));
    return shortage ? { shortage } : { id: spending.begin(job, 0, undefined, need, moment) };
  };
}
