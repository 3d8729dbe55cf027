/** What the doctor's rules say of something that was thrown. */
import type { Verdict } from '../../actors/ports.ts';
import { examine, type Rulebook } from '../../runtime/doctor/examine.ts';
import { failuresOf } from '../../runtime/doctor/thrown.ts';

/** Of a verdict, what decides how the task goes on. */
export type Judged = Pick<Verdict, 'class' | 'retryAt' | 'until' | 'hold'>;

export const verdictOn = (thrown: unknown, now: number, rules?: Rulebook): Verdict => examine(failuresOf(thrown, now), now, rules);

export function classify(thrown: unknown, now: number): Judged {
  const { class: kind, retryAt, until, hold } = verdictOn(thrown, now);
  return { class: kind, ...(retryAt !== undefined && { retryAt }), ...(until !== undefined && { until }), ...(hold && { hold }) };
}
