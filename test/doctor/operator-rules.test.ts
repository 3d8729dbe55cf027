import { describe, expect, test } from 'vitest';
import { accepted, mistakes } from '../support/config.ts';
import { rulebookOf } from '../../runtime/doctor/operator-rules.ts';
import { verdictOn as verdictBy } from '../support/doctor.ts';
import type { DoctorRule } from '../../machines/spec.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const by = (...rules: DoctorRule[]) => rulebookOf({ rules, evidence: { items: 10, withinMs: 3_600_000 }, rate: { count: 30, perMs: 3_600_000 } });

describe("the operator's rules", () => {
  test('come before those of Rivus', () => {
    const error = new TypeError('x is not a function');
    expect(verdictBy(error, NOW)).toMatchObject({ class: 'code_bug', by: 'rule' });
    expect(verdictBy(error, NOW, by({ contains: 'X  IS not', class: 'transient', reason: 'known flake' }))).toMatchObject({
      class: 'transient', action: 'retry_later', by: 'operator', rule: 'doctor.rules[0]', evidence: 'known flake', confidence: 1,
    });
  });

  test.each<[string, DoctorRule, unknown]>([
    ['words', { contains: "can't be (read)", class: 'temporal' }, new Error('it can’t be (read)')],
    ['a pattern', { matches: 'slot \\d+ taken', class: 'temporal' }, new Error('Slot 12 taken')],
    ['a name', { name: 'Odd', class: 'temporal' }, Object.assign(new Error('x'), { name: 'Odd' })],
    ['a code', { code: '-1013', class: 'temporal' }, Object.assign(new Error('x'), { code: -1013 })],
    ['a status', { status: 418, class: 'temporal' }, Object.assign(new Error('x'), { status: 418 })],
  ])('match by %s', (_what, rule, error) => {
    expect(verdictBy(error, NOW, by(rule)).class).toBe('temporal');
    expect(verdictBy(new Error('something else'), NOW, by(rule)).class).toBe('transient');
  });

  test('all that one says must be true', () => {
    const both = by({ contains: 'slot', status: 418, class: 'temporal' });
    expect(verdictBy(Object.assign(new Error('no slot'), { status: 418 }), NOW, both).class).toBe('temporal');
    expect(verdictBy(Object.assign(new Error('no slot'), { status: 503 }), NOW, both).class).toBe('transient');
  });

  test('wait: until the next try, or how long the job is held', () => {
    expect(verdictBy(new Error('slot'), NOW, by({ contains: 'slot', class: 'transient', waitMs: 5_000 })).retryAt).toBe(NOW + 5_000);
    expect(verdictBy(new Error('slot'), NOW, by({ contains: 'slot', class: 'temporal', waitMs: 5_000 })).until).toBe(NOW + 5_000);
  });
});

const file = (rules: string) => `doctor:\n  rules:\n    - ${rules}\njobs:\n  a16z:\n    handler: ./handlers/job.ts\n    discovery: { strategy: manual }\n    stages: [{ name: fetch }]\n`;

describe('in jobs.yaml', () => {
  test('they arrive in the spec', () => {
    const { spec } = accepted(file('{ code: -1013, job: a16z, class: temporal, wait: 2h }'));
    expect(spec.doctor).toMatchObject({ rules: [{ code: '-1013', job: 'a16z', class: 'temporal', waitMs: 7_200_000 }] });
  });

  test.each<[string, string, string]>([
    ['a class that there is not', '{ contains: x, class: systemc }', 'did you mean "systemic"?'],
    ['a condition that there is not', '{ contain: x, class: systemic }', 'unknown key "contain", did you mean "contains"?'],
    ['a job that there is not', '{ contains: x, job: a16y, class: systemic }', 'there is no job "a16y", did you mean "a16z"?'],
    ['no condition', '{ class: systemic }', 'must say what it matches: one of contains, matches, name, code, status'],
    ['a pattern that is none', '{ matches: "(", class: systemic }', 'must be a regular expression of JavaScript'],
    ['a wait for what does not end by itself', '{ contains: x, class: systemic, wait: 1h }', 'must have no wait, or be transient or temporal'],
  ])('%s is refused, with the place', (_what, rule, message) => {
    expect(mistakes(file(rule)).join('\n')).toMatch(new RegExp(`^3:\\d+ .*${RegExp.escape(message)}`));
  });
});
