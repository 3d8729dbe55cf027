/** How much may still be spent: by a stage, by its job, by the whole runner. What is reserved counts as spent. */
import type { Shortage, ShortScope } from '../types.ts';
import type { Limits } from './limits.ts';
import type { Sum, Sums } from './sums.ts';

/** Whose limits count: a stage of a job, or a job alone (its discovery). */
export type Payer = { job: string; stage?: { id: number; name: string } };

type Room = Sum & { scope: ShortScope; limit: number };

/** The limits as one flush sees them. What it gives out is taken off. */
export class Rooms {
  private readonly day: string;
  private readonly limits: Limits;
  private readonly sums: Sums;
  private readonly known = new Map<string, Room>();

  constructor(day: string, limits: Limits, sums: Sums) {
    this.day = day;
    this.limits = limits;
    this.sums = sums;
  }

  /** The widest first; those that limit nothing are left out. */
  of({ job, stage }: Payer): Room[] {
    const { day, limits, sums } = this;
    const ofStage = stage && limits.stage({ job, name: stage.name });
    return [
      ...this.room('runner', '', limits.runner, () => sums.ofRunner(day)),
      ...this.room('job', job, limits.job(job).day, () => sums.ofJob(day, job)),
      ...(stage ? this.room('stage', `${job}/${stage.name}`, ofStage, () => sums.ofStage(day, job, stage.id)) : []),
    ];
  }

  /** `reserved` micro-dollars more (or fewer) of what this payer's limits allow. */
  take(payer: Payer, reserved: number): void {
    for (const room of this.of(payer)) room.reserved += reserved;
  }

  private room(scope: ShortScope, of: string, limit: number | undefined, sum: () => Sum): Room[] {
    if (limit === undefined) return [];
    const key = `${scope} ${of}`;
    let room = this.known.get(key);
    if (!room) this.known.set(key, (room = { scope, limit, ...sum() }));
    return [room];
  }
}

export const left = ({ limit, spent, reserved }: Room): number => limit - spent - reserved;

/** What keeps `need` micro-dollars from being spent, or undefined. One of which nothing in flight gives anything back comes first. */
export function shortageOf({ job, stage }: Payer, rooms: readonly Room[], need: number): Shortage | undefined {
  const short = rooms.filter((room) => left(room) < need);
  const room = short.find(({ reserved }) => reserved === 0) ?? short[0];
  return room && { job, ...(stage && { stage: stage.name }), scope: room.scope, need, limit: room.limit, used: room.spent + room.reserved, isOver: room.reserved === 0 };
}
