/** The doctor's first look: by rules alone, from the facts that there are. It costs nothing, and it never throws. */
import type { Verdict } from '../../actors/ports.ts';
import type { Failure } from './failure.ts';
import { fingerprintOf } from './fingerprint.ts';
import { ACTION_OF } from './policy.ts';
import { featuresOf, matches, type OperatorRule } from './rule.ts';
import { RULES } from './rules/index.ts';
import { momentIn, nextPacificMidnight, waitIn } from './when.ts';

/** The operator's rules come first, and are named as such. */
export type Rulebook = { operator: readonly OperatorRule[] };
export const NO_RULES: Rulebook = { operator: [] };

type Finding = Pick<OperatorRule, 'class' | 'confidence' | 'reason' | 'waitMs' | 'hold'> & { by: 'rule' | 'operator'; rule?: string };

/** What nothing is known about is tried again, and fails after the last try. */
const UNKNOWN: Finding = { class: 'transient', confidence: 0.2, by: 'rule', reason: 'no rule knows it: it is tried again' };

/** @param failures an error, then its causes: the surest finding counts, of several the outermost one */
export function examine(failures: readonly Failure[], now: number, rules: Rulebook = NO_RULES): Verdict {
  let best = known(failures[0]!, rules);
  let about = failures[0]!;
  for (const cause of failures.slice(1)) {
    const finding = known(cause, rules);
    if (finding.confidence > best.confidence) [best, about] = [finding, cause];
  }
  return verdictOf(best, about, fingerprintOf(failures[0]!), now);
}

/** Of each rulebook, what was found last. A thousand items that fail alike are looked at once. */
const found = new WeakMap<Rulebook, Map<string, Finding>>();
const MOST_FOUND = 1_000;

function known(failure: Failure, rules: Rulebook): Finding {
  const findings = found.get(rules) ?? new Map<string, Finding>();
  found.set(rules, findings);
  const features = featuresOf(failure);
  const finding = findings.get(features) ?? find(failure, rules.operator);
  if (findings.size >= MOST_FOUND) findings.clear();
  findings.set(features, finding);
  return finding;
}

function find(failure: Failure, operator: readonly OperatorRule[]): Finding {
  const own = operator.find((rule) => matches(rule, failure));
  if (own) return { ...own, by: 'operator', rule: own.id };
  const rule = RULES.find((rule) => matches(rule, failure));
  return rule ? { ...rule, by: 'rule', rule: rule.id } : UNKNOWN;
}

function verdictOf(finding: Finding, failure: Failure, fingerprint: string, now: number): Verdict {
  const { class: kind, confidence, by, rule, reason, hold } = finding;
  return {
    class: kind, action: ACTION_OF[kind], ...timesOf(finding, failure, now), ...(hold && { hold }),
    confidence, evidence: reason, by, ...(rule !== undefined && { rule }), fingerprint, costMicroUsd: 0, ms: 0,
  };
}

function timesOf({ class: kind, waitMs, rule }: Finding, failure: Failure, now: number): { retryAt?: number; until?: number } {
  if (kind !== 'transient' && kind !== 'temporal') return {};
  const ms = waitMs ?? failure.retryAfterMs ?? (failure.signal ? undefined : waitIn(failure.text));
  const end = failure.resumeAt ?? (ms === undefined ? undefined : Math.round(now + ms));
  if (kind === 'transient') return end === undefined ? {} : { retryAt: end };
  const until = end ?? momentIn(failure.text, now) ?? (isGoogles(failure, rule) ? nextPacificMidnight(now) : undefined);
  return until === undefined ? {} : { until };
}

/** Google counts its days in Pacific time, and does not always say so. */
const isGoogles = ({ said }: Failure, rule: string | undefined) => (rule === 'limit-of-day' || rule === 'quota-of-project') && /google|youtube|gemini|PerDay/i.test(said);
