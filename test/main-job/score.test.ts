import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repeatedBlocks } from '../../handlers/npm/repeated-blocks.ts';
import { scoreOf, type Circumstances } from '../../handlers/npm/score.ts';

const current: Circumstances = { distance: 'none', majorsBehind: 0, deprecated: null, ageDays: 4_000, breaking: 0, security: 0, direct: true };
const score = (given: Partial<Circumstances>) => scoreOf({ ...current, ...given }).score;

test('a package that is current has no score, however old it is', () => {
  expect(scoreOf(current)).toEqual({ score: 0, why: [] });
});

test('the further behind, the higher', () => {
  const scores = (['none', 'prerelease', 'patch', 'minor', 'major'] as const).map((distance) => score({ distance, majorsBehind: distance === 'major' ? 1 : 0, ageDays: 0 }));
  expect(scores).toEqual([0, 5, 8, 15, 30]);
  expect([2, 3, 4, 9].map((majorsBehind) => score({ distance: 'major', majorsBehind, ageDays: 0 }))).toEqual([35, 40, 45, 45]);
});

test('each part is listed with its points', () => {
  expect(scoreOf({ distance: 'minor', majorsBehind: 0, deprecated: 'use another', ageDays: 130, breaking: 2, security: 1, direct: true })).toEqual({
    score: 92,
    why: ['+15 a minor version behind', '+40 its authors advise against the installed version', '+25 the newer releases speak of security', '+10 something may break', '+2 the installed version is 130 days old'],
  });
});

test('a deprecated package matters also without a newer release', () => {
  expect(score({ deprecated: 'no longer maintained' })).toBe(40);
});

test('what another package brings along counts less, and says so', () => {
  expect(scoreOf({ ...current, distance: 'minor', ageDays: null, direct: false })).toEqual({ score: 9, why: ['+15 a minor version behind', '−6 brought along by another package'] });
});

test('the score is a whole number from 0 to 100, and the parts add up to it', () => {
  const circumstances = fc.record({
    distance: fc.constantFrom('major', 'minor', 'patch', 'prerelease', 'none'),
    majorsBehind: fc.nat(40),
    deprecated: fc.constantFrom(null, 'no'),
    ageDays: fc.option(fc.integer({ min: -5, max: 9_000 })),
    breaking: fc.nat(9),
    security: fc.nat(9),
    direct: fc.boolean(),
  });
  fc.assert(
    fc.property(circumstances, (given) => {
      const { score, why } = scoreOf(given as Circumstances);
      const sum = why.reduce((total, part) => total + Number(/^[+−](\d+)/.exec(part)![1]) * (part.startsWith('+') ? 1 : -1), 0);
      expect(score).toBe(Math.min(100, sum));
      expect(Number.isInteger(score) && score >= 0).toBe(true);
    }),
  );
});

test('a paragraph that stands there three times is a sign that something went wrong', () => {
  const block = 'This paragraph is long enough that nobody would write it down again and again, one thinks.';
  expect(repeatedBlocks([block, 'a', block].join('\n\n'))).toEqual([]);
  expect(repeatedBlocks([block, 'a', block.replace(' ', '\n'), 'a', 'a', block].join('\n\n'))).toEqual([`a paragraph stands there 3 times: "${block.slice(0, 60)}…"`]);
});
