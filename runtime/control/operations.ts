/** Answers what the screens of an operator ask. */
import type { Query, Refused, Views } from '../../inspector/protocol.ts';
import { readError, readErrors } from '../store/errors-view.ts';
import { breakersNow, type BreakersWorld } from './breakers.ts';

const OPERATIONS = ['errors', 'error', 'breakers'] as const;
export type OperationQuery = Extract<Query, { type: (typeof OPERATIONS)[number] }>;
type Answered = { ok: true; view: Views[OperationQuery['type']] } | Refused;
export type OperationsWorld = BreakersWorld;

export const isOperation = (query: Query): query is OperationQuery => (OPERATIONS as readonly string[]).includes(query.type);

export class Operations {
  private readonly world: OperationsWorld;

  constructor(world: OperationsWorld) {
    this.world = world;
  }

  async answer(query: OperationQuery): Promise<Answered> {
    const { db } = this.world;
    switch (query.type) {
      case 'errors':
        return read(readErrors(db, query));
      case 'error':
        return read(readError(db, query.fingerprint) ?? { ok: false, code: 'unknown_error', message: `no error with the fingerprint ${query.fingerprint} was met`, accepted: [] });
      case 'breakers':
        return read(breakersNow(this.world));
    }
  }
}

const read = (view: Views[OperationQuery['type']] | Refused): Answered => ('ok' in view ? view : { ok: true, view });
