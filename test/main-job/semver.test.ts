import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions, distance, isPrerelease, parseVersion } from '../../handlers/npm/semver.ts';

// The order of semver.org, §11.
const ORDER = ['0.9.12', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.2.0', '1.10.0', '2.0.0'];

test('versions are ordered as semver.org says', () => {
  expect(ORDER.toReversed().toSorted(compareVersions)).toEqual(ORDER);
});

test('the order is one: it can be turned round, and each version equals itself', () => {
  const version = fc.constantFrom(...ORDER, 'latest', 'v1.0.0+build');
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
      expect(compareVersions(a, a)).toBe(0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

test.each([
  ['1.2.3', '2.0.0', 'major'],
  ['2.0.0', '1.2.3', 'major'],
  ['1.2.3', '1.3.0', 'minor'],
  ['1.2.3', '1.2.4', 'patch'],
  ['1.2.3-beta.1', '1.2.3', 'prerelease'],
  ['1.2.3+a', '1.2.3+b', 'none'],
  ['1.2.3', 'latest', 'none'],
] as const)('from %s to %s it is a %s', (from, to, expected) => {
  expect(distance(from, to)).toBe(expected);
});

test.each(['latest', '1.2', '1.2.3.4', '^1.2.3', '', '1.2.x'])('"%s" is no version', (text) => {
  expect(parseVersion(text)).toBeUndefined();
});

test('what is no version comes first, and is no pre-release', () => {
  expect(['1.0.0', 'latest', '0.1.0'].toSorted(compareVersions)).toEqual(['latest', '0.1.0', '1.0.0']);
  expect([isPrerelease('1.0.0-rc.1'), isPrerelease('1.0.0+rc'), isPrerelease('latest')]).toEqual([true, false, false]);
});
