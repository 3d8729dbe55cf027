import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERROR_CLASSES, type Verdict } from '../../actors/ports.ts';
import { examine } from '../../runtime/doctor/examine.ts';
import { failureFrom, type Report } from '../../runtime/doctor/failure.ts';
import { ACTION_OF } from '../../runtime/doctor/policy.ts';
import { caseOf } from '../../runtime/doctor/rule.ts';
import { RULES } from '../../runtime/doctor/rules/index.ts';
import { learntFromOne } from './measure/literals.ts';
import { withFigures } from './measure/page.ts';
import { corpus, isHeldOut, isRight, ownSet, practiceSet, type Labelled } from './measure/sets.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const verdictOn = (report: Report): Verdict => examine([failureFrom(report)], NOW);
const share = (errors: readonly Labelled[]) => errors.filter((error) => isRight(error, verdictOn(error).class)).length / errors.length;

describe('each rule', () => {
  test('has an id of its own', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  });

  test.each(RULES.map((rule) => [rule.id, rule] as const))('%s decides its case, and no rule before it does', (id, rule) => {
    const verdict = verdictOn(caseOf(rule));
    expect(verdict).toMatchObject({ rule: id, class: rule.class, action: ACTION_OF[rule.class], by: 'rule', evidence: rule.reason, costMicroUsd: 0 });
  });

  test('names a class, says why, and how sure it is', () => {
    for (const { class: kind, reason, confidence } of RULES) {
      expect(ERROR_CLASSES).toContain(kind);
      expect(reason.length).toBeGreaterThan(10);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  });
});

describe('rules alone', () => {
  test('are right about at least 90 % of the errors that were written before them', () => {
    expect(ownSet().length).toBeGreaterThanOrEqual(150);
    expect(share(ownSet())).toBeGreaterThanOrEqual(0.9);
  });

  test('are right about at least 90 % of those that were written to break them', () => expect(share(practiceSet())).toBeGreaterThanOrEqual(0.9));

  test.skipIf(corpus().length === 0)('are right about at least 90 % of the corpus, and 80 % of the tenth that was set aside', () => {
    const errors = corpus();
    expect(share(errors)).toBeGreaterThanOrEqual(0.9);
    expect(share(errors.filter(isHeldOut))).toBeGreaterThanOrEqual(0.8);
  });
});

describe('no rule is a copy of one error', () => {
  test.skipIf(corpus().length === 0)('a word that a rule names occurs in no error of the corpus, in several, or in one of ours as well', () => {
    const cases = RULES.map((rule): Labelled => ({ ...(caseOf(rule) as Labelled), id: `case ${rule.id}`, class: rule.class }));
    const single = learntFromOne(RULES, [...corpus(), ...ownSet(), ...practiceSet(), ...cases]);
    expect(single.filter(({ error }) => corpus().some(({ id }) => id === error))).toEqual([]);
  });
});

describe('the same error in other clothes', () => {
  test.each<[string, Report, string]>([
    ['in a body of JSON within JSON', { message: '{"error":{"message":"{\\n  \\"error\\": {\\n    \\"code\\": 503,\\n    \\"status\\": \\"UNAVAILABLE\\"\\n  }\\n}"}}' }, 'transient'],
    ['in a traceback', { message: 'Traceback (most recent call last):\n  File "a.py", line 3, in run\n    x = d["k"]\nKeyError: \'k\'' }, 'code_bug'],
    ['in what a program wrote', { message: 'ffmpeg ended with 1: ffmpeg version 7.1 Copyright (c)\n[mov,mp4 @ 0x5] moov atom not found\na.mp4: Invalid data found when processing input' }, 'item_specific'],
    ['in a page', { message: '<!doctype html><title>Just a moment...</title><style>p{}</style><p>Verify you are human</p>', status: 403 }, 'systemic'],
    ['with curly quotes', { message: 'Sign in to confirm you’re not a bot' }, 'systemic'],
    ['as the repr of a dict', { message: "Error code: 400 - {'error': {'code': 'context_length_exceeded'}}" }, 'item_specific'],
  ])('%s', (_what, report, kind) => expect(verdictOn(report).class).toBe(kind));
});

describe('when it will be over', () => {
  const at = (iso: string) => Date.parse(iso);
  test.each<[string, Report, Partial<Verdict>]>([
    ['in seconds', { message: 'Rate limit reached. Please try again in 1m47.5854s', status: 429 }, { class: 'transient', retryAt: NOW + 107_585 }],
    ['in milliseconds', { message: 'Rate limit reached on tokens per min. Please try again in 644ms.' }, { class: 'transient', retryAt: NOW + 644 }],
    ['in a field', { message: '{"message":"You are being rate limited.","retry_after":1.5}', status: 429 }, { class: 'transient', retryAt: NOW + 1_500 }],
    ['in hours', { message: 'A wait of 48038 seconds is required', name: 'FloodWaitError' }, { class: 'temporal', until: NOW + 48_038_000 }],
    ['in days', { message: 'This live event will begin in 2 days.' }, { class: 'temporal', until: NOW + 48 * HOUR }],
    ['at a time of another zone', { message: "You've hit your session limit · resets 8:30pm (Asia/Tokyo)" }, { class: 'temporal', until: NOW - 30 * MINUTE + 24 * HOUR }],
    ['at a time of today', { message: 'Your limit will reset at 3pm (Europe/Vienna).' }, { class: 'temporal', until: at('2026-11-24T14:00:00Z') }],
    ['at midnight in California', { message: 'Daily Limit Exceeded. The quota will be reset at midnight Pacific Time (PT).' }, { class: 'temporal', until: at('2026-11-25T08:00:00Z') }],
    ["with Google's day", { message: 'you have exceeded your quota', code: 'quotaExceeded', context: 'youtube', status: 403, name: 'googleapi' }, { class: 'temporal', until: at('2026-11-25T08:00:00Z') }],
    ['at a date', { message: 'embargoed until 2026-12-01T09:00:00Z' }, { class: 'temporal', until: at('2026-12-01T09:00:00Z') }],
    ['in a year that nobody believes', { message: 'rate limited, try again in 999999999 days' }, { class: 'transient', retryAt: undefined }],
  ])('%s', (_what, report, verdict) => {
    const { retryAt, until, ...rest } = verdictOn(report);
    expect({ ...rest, retryAt, until }).toMatchObject(verdict);
  });
});

test.skipIf(corpus().length === 0)('docs/doctor.md has the figures of these rules: `npm run docs:doctor` writes them', () => {
  const page = fs.readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
  expect(page).toBe(withFigures(page));
});
