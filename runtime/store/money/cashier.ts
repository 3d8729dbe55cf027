/** Gives out the money of one flush: to calls, and to tasks that start. What it has given is gone for those who ask after. */
import type { Claim, Spender } from '../../../actors/ports.ts';
import type { Stage } from '../pipelines.ts';
import type { ClaimRequest, Shortage } from '../types.ts';
import type { callsIn, Grant } from './calls.ts';
import type { Limits } from './limits.ts';
import type { Permit, Permits } from './permit.ts';
import { Rooms } from './rooms.ts';
import type { Spending } from './spending.ts';
import type { Sums } from './sums.ts';

export type Moment = { day: string; at: number };
type Parts = { limits: Limits; sums: Sums; spending: Spending; permits: Permits; calls: ReturnType<typeof callsIn> };

export class Cashier {
  private readonly parts: Parts;
  private readonly moment: Moment;
  private readonly rooms = new Map<string, Rooms>();
  /** Stages that lacked money for a task which was there. */
  readonly shortages: Shortage[] = [];

  constructor(parts: Parts, moment: Moment) {
    this.parts = parts;
    this.moment = moment;
  }

  reserve(spender: Spender, need: number): Grant {
    return this.parts.calls(spender, need, this.moment, (day) => this.roomsOn(day));
  }

  permit(stage: Stage, request: ClaimRequest, limit: number): Permit {
    const { day } = this.moment;
    return this.parts.permits.of(stage, request, limit, day, () => this.roomsOn(day));
  }

  /** Of the tasks that were looked for, those that may start. */
  within<Row>({ limit, shortage }: Permit, rows: Row[]): Row[] {
    if (rows.length <= limit) return rows;
    if (shortage) this.shortages.push(shortage);
    return rows.slice(0, limit);
  }

  /** Whether a task that is there may start. */
  affords(stage: Stage, request: ClaimRequest): boolean {
    const { limit, shortage } = this.permit(stage, request, 1);
    if (shortage) this.shortages.push(shortage);
    return limit > 0;
  }

  /** Reserves for a claim what its permit says. Who has cost too much already gets nothing, and the reason. */
  hold(stage: Stage, claim: Claim, { each, declared }: Permit): Claim {
    if (each === 0) return claim;
    const { spending, permits } = this.parts;
    const refusal = permits.refusalOfItem(stage, claim.itemId, each);
    if (refusal !== undefined) return { ...claim, refusal };
    spending.hold(stage, claim, each, declared, this.moment);
    this.roomsOn(this.moment.day).take({ job: stage.job, stage }, each);
    return { ...claim, reserved: each };
  }

  private roomsOn(day: string): Rooms {
    let rooms = this.rooms.get(day);
    if (!rooms) this.rooms.set(day, (rooms = new Rooms(day, this.parts.limits, this.parts.sums)));
    return rooms;
  }
}
