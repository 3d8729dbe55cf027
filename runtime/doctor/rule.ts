/** A rule: what it matches, and what that means. Rules are data; the first one that matches decides. */
import type { ErrorClass } from '../../actors/ports.ts';
import type { Failure, Report, Signal } from './failure.ts';
import { asksForMoreThanLimit } from './read-text.ts';
import { waitIn } from './when.ts';

/** All that is given must be true. Patterns ignore case only where they say so. */
export type Condition = {
  name?: RegExp;
  /** Name, code, and codes of the body: `Failure.ids`. */
  id?: RegExp;
  status?: readonly number[];
  /** In its codes or its words: `Failure.ids`, then `Failure.text`. */
  says?: RegExp;
  /** Something more that it says, before or after. */
  and?: RegExp;
  context?: RegExp;
  exitCode?: readonly number[];
  /** Whether it says to wait, for up to an hour or longer. */
  waits?: 'up to an hour' | 'longer';
  /** What the handler meant by throwing it. */
  signal?: Signal;
  /** It says from when on it works again. */
  resumes?: true;
  job?: string;
  stage?: string;
  /** The request is larger than the limit that it names. */
  oversized?: true;
};

export type Rule = {
  id: string;
  /** Why that is what it means: for the operator. */
  reason: string;
  class: ErrorClass;
  /** 0 to 1; below 0.5 it is no more than a guess. */
  confidence: number;
  /** The hold that the job gets, where it is not that of the breaker. */
  hold?: 'budget';
  when: Condition;
  unless?: Condition;
  /** An error that this rule decides. */
  case: string | Report;
};

/** One of jobs.yaml. `waitMs`: until the next try, or how long the job is held. */
export type OperatorRule = Omit<Rule, 'case'> & { waitMs?: number };

export const caseOf = ({ case: example }: Rule): Report => (typeof example === 'string' ? { message: example } : example);

export function matches({ when, unless }: Pick<Rule, 'when' | 'unless'>, failure: Failure): boolean {
  return holds(when, failure) && !(unless && holds(unless, failure));
}

const HOUR_MS = 3_600_000;

function holds(condition: Condition, failure: Failure): boolean {
  const { name, id, status, says, and, context, exitCode, waits, signal, resumes, job, stage, oversized } = condition;
  if (signal && signal !== failure.signal) return false;
  if (resumes && failure.resumeAt === undefined) return false;
  if (job && job !== failure.where?.job) return false;
  if (stage && stage !== failure.where?.stage) return false;
  if (name && !name.test(failure.name)) return false;
  if (id && !id.test(failure.ids)) return false;
  if (status && !(failure.status !== undefined && status.includes(failure.status))) return false;
  if (exitCode && !(failure.exitCode !== undefined && exitCode.includes(failure.exitCode))) return false;
  if (says && !says.test(failure.said)) return false;
  if (and && !and.test(failure.said)) return false;
  if (context && !context.test(failure.context)) return false;
  if (waits && kindOfWait(failure) !== waits) return false;
  return !oversized || asksForMoreThanLimit(failure.text);
}

/** What the conditions look at, with other numbers in it: two failures of the same features meet the same rules. */
export function featuresOf(failure: Failure): string {
  const { said, status, exitCode, context, signal, resumeAt, where } = failure;
  const numbers = [kindOfWait(failure), asksForMoreThanLimit(failure.text), status, exitCode, signal, resumeAt !== undefined];
  return [said.replace(/\d+/g, digitsAlike), context, where?.job, where?.stage, ...numbers].join('\n');
}

/** Of short numbers rules may know the very one: a status, a code. */
const digitsAlike = (digits: string) => (digits.length <= 3 ? digits : '0000');

function kindOfWait({ retryAfterMs, text }: Failure): Condition['waits'] | undefined {
  const ms = retryAfterMs ?? waitIn(text);
  if (ms === undefined) return undefined;
  return ms <= HOUR_MS ? 'up to an hour' : 'longer';
}
