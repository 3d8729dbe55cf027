/** An error as it was recorded, and its causes, as failures. */
import type { EncodedError } from '../../actors/ports.ts';
import { failureFrom, type Failure, type Where } from './failure.ts';

export function recordedFailures(error: EncodedError, where?: Where): Failure[] {
  const { cause, ...own } = error;
  return [failureFrom({ ...own, ...(where && { where }) }), ...(cause ? recordedFailures(cause, where) : [])];
}
