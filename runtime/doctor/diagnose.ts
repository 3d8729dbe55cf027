/** What the rules say of a failure. */
import type { ErrorClass } from '../../actors/ports.ts';
import type { Failure } from './failure.ts';
import { matches, type Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

export type Diagnosis = { class: ErrorClass; confidence: number; rule: string | undefined; reason: string };

/** What nothing is known about is tried again, and fails after the last try. */
const UNKNOWN: Diagnosis = { class: 'transient', confidence: 0.2, rule: undefined, reason: 'no rule knows it: it is tried again' };

export function diagnose(failure: Failure, rules: readonly Rule[] = RULES): Diagnosis {
  const rule = rules.find((rule) => matches(rule, failure));
  return rule ? { class: rule.class, confidence: rule.confidence, rule: rule.id, reason: rule.reason } : UNKNOWN;
}
