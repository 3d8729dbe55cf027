/** What attempts ask: what a thing that was thrown means. */
import type { Clock, Outcome, Verdict } from '../../actors/ports.ts';
import { Turns } from '../turns.ts';
import { examine, NO_RULES, type Rulebook } from './examine.ts';
import type { Failure, Where } from './failure.ts';
import { recordedFailures } from './recorded.ts';
import { failuresOf } from './thrown.ts';

export interface Doctor {
  /** Thousands may fail in one moment: so many are looked at in one turn of the event loop, and the others in the next ones. */
  inTurn<T>(look: () => T): T | Promise<T>;
  /** At once, and at no cost; never throws. */
  examine(thrown: unknown, where: Where): Verdict;
  /** What somebody has judged who did not know the operator's rules. */
  review(failed: Failed, where: Where): Failed;
}
export type Failed = Outcome & { kind: 'failed' };

/**
 * @param rules the operator's, as they are at the moment
 * @param memory what is known better of a kind of error than the rules know it
 */
export function createDoctor({ clock, rules = () => NO_RULES, memory = (verdict) => verdict }: { clock: Clock; rules?(): Rulebook; memory?(verdict: Verdict, where: Where): Verdict }): Doctor {
  const turns = new Turns(clock);
  return {
    inTurn: (look) => turns.run(look),
    examine(thrown, where) {
      const began = clock.monotonic();
      const now = clock.now();
      const failures: Failure[] = failuresOf(thrown, now, where);
      return { ...memory(examine(failures, now, rules()), where), ms: Math.round(clock.monotonic() - began) };
    },

    review(failed, where) {
      const { kind, error, ...judged } = failed;
      const own = examine(recordedFailures(error, where), clock.now(), rules());
      if (own.by === 'operator') return { kind, error, ...own, fingerprint: judged.fingerprint ?? own.fingerprint };
      return { kind, error, ...memory({ ...own, ...judged }, where) };
    },
  };
}
