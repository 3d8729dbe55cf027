/** What follows from how an attempt ended, as data: the table of the design, except for `done`, which is a path of its own. */
import type { EncodedError, ErrorClass, Judgement, Outcome, Settlement } from '../../actors/ports.ts';
import { FAILED, NORMAL_LANE, READY, REJECTED, RETRY_LANE, SKIPPED, WAITING } from './states.ts';

/** Where the task goes, and what its attempt row says. */
export type Ending = {
  state: typeof READY | typeof WAITING | typeof SKIPPED | typeof REJECTED | typeof FAILED;
  outcome: 'skipped' | 'rejected' | 'deferred' | 'failed' | 'interrupted';
  /** Counts as a try. */
  charged: boolean;
  /** The attempt proves that the task does not end the process. */
  absolves: boolean;
  lane: typeof RETRY_LANE | typeof NORMAL_LANE;
  dueAt?: number;
  class?: ErrorClass;
  error?: EncodedError;
  reason?: string;
  /** What the doctor said of the error. */
  judgement?: Judgement;
};

const UNCHARGED = { charged: false, absolves: false, lane: NORMAL_LANE } as const;

export function endingOf(outcome: Exclude<Outcome, { kind: 'done' }>, { dueAt, lastTry }: Pick<Settlement, 'dueAt' | 'lastTry'>): Ending {
  switch (outcome.kind) {
    case 'skipped':
      return { ...UNCHARGED, state: SKIPPED, outcome: 'skipped', absolves: true, reason: outcome.reason };
    case 'rejected':
      return { ...UNCHARGED, state: REJECTED, outcome: 'rejected', reason: outcome.reason };
    case 'deferred':
      return { ...UNCHARGED, state: WAITING, outcome: 'deferred', lane: RETRY_LANE, dueAt: outcome.until, reason: outcome.reason };
    case 'interrupted':
      return { ...UNCHARGED, state: READY, outcome: 'interrupted' };
    case 'failed':
      return failure(outcome, dueAt, lastTry);
  }
}

function failure({ error, kind: _, ...judgement }: Extract<Outcome, { kind: 'failed' }>, dueAt: number | undefined, lastTry: boolean): Ending {
  const failed = { ...UNCHARGED, outcome: 'failed', class: judgement.class, error, judgement } as const;
  switch (judgement.class) {
    case 'transient':
      return lastTry ? { ...failed, state: FAILED, charged: true } : { ...failed, state: WAITING, charged: true, lane: RETRY_LANE, dueAt };
    case 'item_specific':
      return { ...failed, state: FAILED, charged: true };
    case 'code_bug':
      return lastTry ? { ...failed, state: FAILED, charged: true } : { ...failed, state: READY, charged: true, lane: RETRY_LANE };
    case 'temporal':
    case 'systemic':
      return { ...failed, state: READY, lane: RETRY_LANE };
  }
}
