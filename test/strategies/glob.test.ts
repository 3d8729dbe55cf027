import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globs } from '../../actors/strategies/files/glob.ts';

/** From the folder that the pattern is written for. */
function matches(pattern: string, file: string): boolean {
  return globs(pattern).some(({ base, matches }) => {
    const below = path.posix.relative(base, file);
    return below !== '' && !below.startsWith('..') && matches(below.split('/'));
  });
}

test.each([
  ['*.txt', 'a.txt', true],
  ['*.txt', 'sub/a.txt', false],
  ['*.txt', '.a.txt', false],
  ['.*.txt', '.a.txt', true],
  ['**/*.txt', 'a.txt', true],
  ['**/*.txt', 'x/y/a.txt', true],
  ['**/*.txt', 'x/.git/a.txt', false],
  ['**/.git/*.txt', 'x/.git/a.txt', true],
  ['in/**', 'in/x/y', true],
  ['in/**/done/*.txt', 'in/x/done/done/a.txt', true],
  ['in/*/a.txt', 'in/x/y/a.txt', false],
  ['a?c.[tT]xt', 'abc.Txt', true],
  ['[!a-c]*', 'beta', false],
  ['[!a-c]*', 'delta', true],
  ['{in,out/{x,y}}/*.{md,txt}', 'out/y/a.md', true],
  ['{in,out}/*.txt', 'other/a.txt', false],
  ['a+(b).txt', 'a+(b).txt', true],
  ['a$.^|txt', 'a$.^|txt', true],
  ['日*.txt', '日本.txt', true],
  ['./in/*.txt', 'in/a.txt', true],
  ['plain.txt', 'plain.txt', true],
])('%s and %s: %s', (pattern, file, expected) => {
  expect(matches(pattern, file)).toBe(expected);
});

test('it agrees with the globs of Node on any pattern and path', () => {
  const name = fc.stringMatching(/^[ab.]{1,3}$/).filter((name) => !/^\.(\.|$)/.test(name));
  const part = fc.oneof(fc.constantFrom('**', '*', '?', '*a', 'a*', '[ab]', '[!a]', '{a,b}', '.*'), name);
  const paths = fc.array(name, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), paths, (parts, names) => {
      const pattern = parts.join('/');
      expect([pattern, names.join('/'), matches(pattern, names.join('/'))]).toEqual([pattern, names.join('/'), path.posix.matchesGlob(names.join('/'), pattern)]);
    }),
    { numRuns: 3000 },
  );
});

test('a folder that cannot hold a match is not entered, and one that can is', () => {
  const name = fc.constantFrom('a', 'b', '.c');
  const part = fc.constantFrom('**', '*', 'a', 'b', '.c', '{a,b}');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.array(name, { minLength: 2, maxLength: 5 }), (parts, names) => {
      for (const { base, matches, mayHold } of globs(parts.join('/'))) {
        const below = path.posix.relative(base, names.join('/'));
        if (below.startsWith('..') || !matches(below.split('/'))) continue;
        for (let depth = 1; depth < below.split('/').length; depth++) expect(mayHold(below.split('/').slice(0, depth))).toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
  const [flat] = globs('in/*/a.txt');
  expect([flat!.base, flat!.mayHold(['x']), flat!.mayHold(['x', 'y'])]).toEqual(['in', true, false]);
});

test('a pattern that means too much, or nothing, is refused', () => {
  expect(() => globs('{a,b}'.repeat(11))).toThrow(/stands for more than 1000 patterns/);
  expect(() => globs('[z-a]')).toThrow(/"\[z-a\]" is no pattern of file names/);
});
