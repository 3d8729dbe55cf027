/**
 * What was asked of the runner and what it has acknowledged, kept outside of it. From this follows, whenever it has died,
 * how each job may stand: as the last acknowledged command says, or as one of those says that it was still to answer.
 */
import type { Answer, Command } from '../../inspector/protocol.ts';
import type { Job } from './place.ts';

export type Order = Extract<Command, { type: 'PAUSE' | 'RESUME' | 'ADD' | 'RETRY' }> & { job: Job };
/** `sentAt`: for the first time; `deliveredAt`: for the last. */
export type Sent = { id: string; order: Order; sentAt: number; deliveredAt: number; ackedAt?: number; answer?: Answer };
/** What holds a job by an operator's wish. Its reason names the command. */
export type Held = { reason: string; until?: number } | undefined;

/** A pause that was acknowledged, for as long as it is certain to be in force: nothing may start then. */
export type Silence = { job: Job; id: string; from: number; to: number };

export class AckLog {
  readonly sent: Sent[] = [];

  send(order: Order): Sent {
    const sent = { id: `order-${this.sent.length + 1}`, order, sentAt: Date.now(), deliveredAt: Date.now() };
    this.sent.push(sent);
    return sent;
  }

  acknowledge(sent: Sent, answer: Answer): void {
    Object.assign(sent, { answer, ackedAt: Date.now() });
  }

  acknowledged(): Sent[] {
    return this.sent.filter(({ answer }) => answer !== undefined);
  }

  /** In the order in which they were sent. */
  unacknowledged(): Sent[] {
    return this.sent.filter(({ answer }) => answer === undefined);
  }

  /** How the job may stand at `at` (ms since the epoch). */
  standings(job: Job, at: number): Held[] {
    let possible: Held[] = [undefined];
    for (const { order, answer } of this.lifecycleOrders(job)) {
      if (answer?.ok === false) continue;
      const next = order.type === 'PAUSE' ? heldBy(order) : undefined;
      possible = answer ? [next] : [...possible, next];
    }
    return possible.some((held) => isOver(held, at)) ? [...possible, undefined] : possible;
  }

  /** What most probably holds the job now. */
  latest(job: Job): Held {
    const held = this.standings(job, 0).at(-1);
    return isOver(held, Date.now()) ? undefined : held;
  }

  silences(): Silence[] {
    return [...new Set(this.sent.map(({ order }) => order.job))].flatMap((job) => {
      const orders = this.lifecycleOrders(job);
      return orders.flatMap(({ id, order, answer, ackedAt }, index) => {
        if (order.type !== 'PAUSE' || !answer?.ok) return [];
        const next = orders.slice(index + 1).find((later) => later.answer?.ok !== false);
        return [{ job, id, from: ackedAt!, to: Math.min(order.until ?? Infinity, next?.sentAt ?? Infinity) }];
      });
    });
  }

  private lifecycleOrders(job: Job): Sent[] {
    return this.sent.filter(({ order }) => order.job === job && (order.type === 'PAUSE' || order.type === 'RESUME'));
  }
}

const heldBy = ({ reason, until }: Extract<Order, { type: 'PAUSE' }>): Held => ({ reason, ...(until !== undefined && { until }) });
const isOver = (held: Held, at: number): boolean => held?.until !== undefined && held.until <= at;
