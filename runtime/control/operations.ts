/** Answers what the screens of an operator ask. */
import type { Clock } from '../../actors/ports.ts';
import type { Query, Refused, StatusView, Views } from '../../inspector/protocol.ts';
import { readBudget } from '../store/budget-view.ts';
import { readCosts } from '../store/costs-view.ts';
import { readError, readErrors } from '../store/errors-view.ts';
import { breakersNow, type BreakersWorld } from './breakers.ts';

const OPERATIONS = ['errors', 'error', 'breakers', 'budget', 'costs'] as const;
export type OperationQuery = Extract<Query, { type: (typeof OPERATIONS)[number] }>;
type Answered = { ok: true; view: Views[OperationQuery['type']] } | Refused;
export type OperationsWorld = BreakersWorld & { clock: Pick<Clock, 'now'>; status(): StatusView };

export const isOperation = (query: Query): query is OperationQuery => (OPERATIONS as readonly string[]).includes(query.type);

export class Operations {
  private readonly world: OperationsWorld;

  constructor(world: OperationsWorld) {
    this.world = world;
  }

  async answer(query: OperationQuery): Promise<Answered> {
    const { db, clock, status } = this.world;
    switch (query.type) {
      case 'errors':
        return read(readErrors(db, query));
      case 'error':
        return read(readError(db, query.fingerprint) ?? { ok: false, code: 'unknown_error', message: `no error with the fingerprint ${query.fingerprint} was met`, accepted: [] });
      case 'breakers':
        return read(breakersNow(this.world));
      case 'budget':
        return read(readBudget(db, clock.now(), status().jobs.filter(({ state }) => state !== 'archived')));
      case 'costs':
        return read(readCosts(db, clock.now(), query));
    }
  }
}

const read = (view: Views[OperationQuery['type']] | Refused): Answered => ('ok' in view ? view : { ok: true, view });
