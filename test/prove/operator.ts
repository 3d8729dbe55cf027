/** An operator who never rests: pauses, resumes and adds, and after each death sends again what was not answered. */
import type { Answer } from '../../inspector/protocol.ts';
import type { AckLog, Order, Sent } from './ack-log.ts';
import { wait } from './moments.ts';
import { JOBS, STAGES, type Job } from './place.ts';
import type { Wire } from './wire.ts';

/** The runner takes 100 messages at once from a connection, then 50 a second. */
const PAUSE_MS = 20;
const MOST_ORDERS_A_LIFE = 80;
const MOST_ITEMS_AN_ORDER = 10;
/** Items that are not through yet: enough that work never ends before the next death. */
const BACKLOG = 150;
/** Share of the items of which a stage fails at its first start. */
const FAILS = 0.1;
/** Shares of the items that do worse things. */
const TROUBLES = { strays: 0.02, gives_up: 0.02, holds: 0.01, dies: 0.004 } as const;

/** What is no misunderstanding: it does not fit, or who should do it is being started again. */
const REFUSALS: ReadonlySet<string> = new Set(['not_accepted', 'unknown_actor', 'internal']);
/** Share of the orders that resume whatever holds a job. */
const LIFTS = 0.15;

export type Pressure = {
  items: number;
  /** Share of the items of which a stage is late. */
  late: number;
  /** Share of the items of which a stage fails; a tenth when left out. */
  fails?: number;
  /** Some handlers do worse than that. */
  troubles?: boolean;
  /** Handler starts so far. */
  starts(): number;
  /** Waits between two orders. */
  rest(): Promise<void>;
};

export class Operator {
  readonly log: AckLog;
  added = 0;
  private readonly pressure: Pressure;
  private readonly acknowledged = new Set<() => void>();

  constructor(log: AckLog, pressure: Pressure) {
    this.log = log;
    this.pressure = pressure;
  }

  /** Until the connection is gone, or enough has been said for one life. */
  async work(wire: Wire): Promise<void> {
    await this.repeat(wire);
    for (let n = 0; n < MOST_ORDERS_A_LIFE && !wire.isClosed; n++) {
      await this.order(wire, this.nextOrder());
      await this.pressure.rest();
    }
  }

  /** Sends again, under the same ids, what the last life did not answer. */
  async repeat(wire: Wire): Promise<void> {
    for (const sent of this.log.unacknowledged()) await this.deliver(wire, sent);
  }

  order(wire: Wire, order: Order): Promise<Answer | undefined> {
    return this.deliver(wire, this.log.send(order));
  }

  /** Some new items; undefined when all have been added. */
  addition(): Order | undefined {
    const n = Math.min(this.pressure.items - this.added, 1 + Math.floor(Math.random() * MOST_ITEMS_AN_ORDER));
    if (n === 0) return undefined;
    return { type: 'ADD', job: any(JOBS), items: Array.from({ length: n }, () => this.newItem()) };
  }

  /** Resolves when `n` more orders were acknowledged. */
  whenAcknowledged(n: number): Promise<void> {
    return new Promise((resolve) => {
      let left = n;
      const count = () => {
        if (--left > 0) return;
        this.acknowledged.delete(count);
        resolve();
      };
      this.acknowledged.add(count);
    });
  }

  private async deliver(wire: Wire, sent: Sent): Promise<Answer | undefined> {
    sent.deliveredAt = Date.now();
    const answer = (await wire.ask({ id: sent.id, command: sent.order })) as Answer | undefined;
    if (answer && !answer.ok && answer.code === 'rate_limited') return wait(PAUSE_MS).then(() => this.deliver(wire, sent));
    // Not acknowledged: it is asked again under the same id.
    if (!answer || (!answer.ok && answer.code === 'not_stored')) return undefined;
    if (!answer.ok && !REFUSALS.has(answer.code)) throw new Error(`the runner does not understand ${JSON.stringify(sent.order)}: ${answer.message}`);
    this.log.acknowledge(sent, answer);
    for (const count of this.acknowledged) count();
    return answer;
  }

  private nextOrder(): Order {
    const behind = this.added - this.pressure.starts() / STAGES.length < BACKLOG;
    return (behind && chance(0.5) && this.addition()) || this.pauseOrResume(any(JOBS));
  }

  /** One job at least is left to work. */
  private pauseOrResume(job: Job): Order {
    if (chance(LIFTS)) return { type: 'RESUME', job, force: false };
    const held = JOBS.filter((other) => this.log.latest(other) !== undefined);
    const resume = held.includes(job) ? chance(0.7) : held.length === JOBS.length - 1;
    return resume ? { type: 'RESUME', job: held.includes(job) ? job : any(held), force: false } : this.pause(job);
  }

  private pause(job: Job): Order {
    const order = { type: 'PAUSE', job, reason: `pause ${this.log.sent.length + 1}` } as const;
    if (chance(0.25)) return order;
    // Some outlive several deaths, so that a deadline that is set anew at each start would be seen.
    return { ...order, until: Date.now() + Math.round(chance(0.8) ? 20 + Math.random() * 300 : 1000 + Math.random() * 2000) };
  }

  private newItem() {
    this.added += 1;
    const kind = chance(this.pressure.late) ? 'late' : chance(this.pressure.fails ?? FAILS) ? 'fails' : this.pressure.troubles ? rare() : undefined;
    return { key: `item-${this.added}`, data: kind ? { trouble: { stage: any(STAGES), kind } } : {} };
  }
}

const chance = (share: number): boolean => Math.random() < share;
const any = <T>(some: readonly T[]): T => some[Math.floor(Math.random() * some.length)]!;

function rare(): keyof typeof TROUBLES | undefined {
  let dice = Math.random();
  return (Object.keys(TROUBLES) as (keyof typeof TROUBLES)[]).find((kind) => (dice -= TROUBLES[kind]) < 0);
}
