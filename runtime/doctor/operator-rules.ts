/** The operator's rules from jobs.yaml, as rules like any other. */
import type { DoctorSpec } from '../../machines/spec.ts';
import type { Rulebook } from './examine.ts';
import type { OperatorRule } from './rule.ts';

type Written = DoctorSpec['rules'][number];

const made = new WeakMap<DoctorSpec, Rulebook>();

/** The same specification gives the same rules: patterns are made once. */
export function rulebookOf(spec: DoctorSpec): Rulebook {
  const known = made.get(spec) ?? { operator: spec.rules.map(ruleOf) };
  made.set(spec, known);
  return known;
}

function ruleOf({ contains, matches, name, code, status, job, stage, class: kind, waitMs, reason }: Written, index: number): OperatorRule {
  return {
    id: `doctor.rules[${index}]`,
    class: kind,
    confidence: 1,
    reason: reason ?? 'a rule of jobs.yaml',
    ...(waitMs !== undefined && { waitMs }),
    when: {
      ...(contains !== undefined && { says: new RegExp(escaped(contains), 'i') }),
      ...(matches !== undefined && { and: new RegExp(matches, 'i') }),
      ...(name !== undefined && { name: new RegExp(`^${escaped(name)}$`) }),
      ...(code !== undefined && { id: new RegExp(`(?:^|\\s)${escaped(code)}(?:$|\\s)`) }),
      ...(status !== undefined && { status: [status] }),
      ...(job !== undefined && { job }),
      ...(stage !== undefined && { stage }),
    },
  };
}

/** As messages are compared: one space, straight quotes. */
const escaped = (text: string) => RegExp.escape(text.replace(/\s+/g, ' ').replace(/[‘’´`]/g, "'").replace(/[“”]/g, '"'));
