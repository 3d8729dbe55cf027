/** A failed attempt as the machines hear of it. */
import type { Failure } from '../machines/stage-worker.ts';
import type { Outcome, Settlement } from './ports.ts';

const LONGEST_REASON = 300;

export function failureOf({ class: kind, error, fingerprint, retryAt, until, hold }: Outcome & { kind: 'failed' }, { claim, version }: Settlement): Failure {
  const said = hold ? error.message : `${error.name}: ${error.message}`;
  return {
    class: kind, reason: said.slice(0, LONGEST_REASON), itemId: claim.itemId, attempt: claim.attempt, version: version ?? 0,
    fingerprint: (fingerprint ?? said).slice(0, LONGEST_REASON), until: until ?? retryAt ?? null, ...(hold && { hold }),
  };
}
