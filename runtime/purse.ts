/** The money of one poll, in US dollars: what its calls hold, and what becomes of that when it ends. */
import type { Budget, Reservation } from '../actors/ports.ts';
import { checkUsd, toMicroUsd } from './handlers/money.ts';

export class Purse {
  private readonly job: string;
  private readonly budget: Budget;
  /** What calls under way hold, with the most that they can cost. */
  private readonly open = new Map<Reservation, number>();
  private isClosed = false;

  constructor(job: string, budget: Budget) {
    this.job = job;
    this.budget = budget;
  }

  reserve = async (most: number): Promise<{ settle(cost: number): void; release(): void }> => {
    const microUsd = toMicroUsd(checkUsd(most, 'source.cost.reserve'));
    const reservation = await this.budget.reserve({ discovery: this.job }, microUsd);
    this.open.set(reservation, microUsd);
    if (this.isClosed) this.close();
    return {
      settle: (cost) => this.end(reservation, toMicroUsd(checkUsd(cost, 'settle of source.cost.reserve'))),
      release: () => this.end(reservation, 0),
    };
  };

  /** Nobody will say any more what these have cost. */
  close(): void {
    this.isClosed = true;
    for (const [reservation, most] of this.open) this.end(reservation, most);
  }

  private end(reservation: Reservation, microUsd: number): void {
    if (!this.open.delete(reservation)) return;
    if (microUsd === 0) reservation.release();
    else reservation.settle(microUsd);
  }
}
