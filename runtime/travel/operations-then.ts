/** What the screens of an operator ask of a moment: errors, breakers, money and the runner, as far as that was kept. */
import type { AnswerCode, Query, Views } from '../../inspector/protocol.ts';
import { readErrorsThen, readErrorThen, type ErrorsMoment } from '../store/errors-then-view.ts';
import type { Handle } from '../store/open.ts';
import { readResourceUse } from '../store/resource-use-view.ts';
import { breakersThen } from './breakers-then.ts';
import { momentOf } from './moment.ts';
import { budgetThen, costsThen } from './money-then.ts';
import { plansAt } from './plans-then.ts';
import { runnerThen } from './runner-then.ts';

export const OPERATIONS_THEN = ['errorsAt', 'errorAt', 'breakersAt', 'resourceUseAt', 'budgetAt', 'costsAt', 'runnerAt'] as const;
export type OperationThenQuery = Extract<Query, { type: (typeof OPERATIONS_THEN)[number] }>;

/** What was asked for is not known. */
export class Unknown extends Error {
  readonly code: AnswerCode;
  constructor(code: AnswerCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const isOperationThen = (query: { type: string }): query is OperationThenQuery => (OPERATIONS_THEN as readonly string[]).includes(query.type);

/** @throws UnknownPast, Unknown */
export function operationThen(db: Handle, query: OperationThenQuery): Views[OperationThenQuery['type']] {
  const { seq } = query;
  switch (query.type) {
    case 'errorsAt':
      return readErrorsThen(db, query, errorsMoment(db, seq));
    case 'errorAt':
      return readErrorThen(db, query.fingerprint, errorsMoment(db, seq)) ?? unknown('unknown_error', `no error with the fingerprint ${query.fingerprint} had been met by then`);
    case 'breakersAt':
      return breakersThen(db, seq);
    case 'resourceUseAt':
      return readResourceUse(db, momentOf(db, seq), Object.fromEntries(plansAt(db, seq).resources.map(({ name, concurrency }) => [name, concurrency])));
    case 'budgetAt':
      return budgetThen(db, seq);
    case 'costsAt':
      return costsThen(db, seq, query);
    case 'runnerAt':
      return runnerThen(db, seq);
  }
}

function unknown(code: AnswerCode, message: string): never {
  throw new Unknown(code, message);
}

function errorsMoment(db: Handle, seq: number): ErrorsMoment {
  const { holds } = plansAt(db, seq);
  return { at: momentOf(db, seq), isHeld: (job) => 'breaker' in holds(job) || 'budget' in holds(job) };
}
