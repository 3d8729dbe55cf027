import { expect, test } from 'vitest';
import { gistOf } from '../../handlers/npm/gist.ts';
import { firstParagraphs } from '../../handlers/npm/readme.ts';
import { aboutPackage, notesOfReleases, warningsOf } from '../../handlers/npm/release-notes.ts';
import { breakingLines, securityLines } from '../../handlers/npm/wording.ts';

const release = (version: string) => ({ version, date: null });

test('each release gets its own section, whatever else the changelog holds', () => {
  const text = '## 2.0.0 - 2026-01-31\n- two\n\n## 1.5.0\n- older than what is installed\n';
  expect(notesOfReleases([release('2.0.0'), release('1.9.0')], text)).toEqual([
    { version: '2.0.0', date: '2026-01-31', notes: '- two', breaking: [], security: [] },
    { version: '1.9.0', date: null, notes: null, breaking: [], security: [] },
  ]);
});

test('the date of the registry is better than the one in the changelog', () => {
  const [known] = notesOfReleases([{ version: '2.0.0', date: '2026-02-01T10:00:00.000Z' }], '## 2.0.0 - 2026-01-31\n- two');
  expect(known!.date).toBe('2026-02-01T10:00:00.000Z');
});

test('long notes are cut at the end of a line, and say so', () => {
  const [long] = notesOfReleases([release('1.0.0')], `## 1.0.0\n${'- a line of it\n'.repeat(1_000)}`);
  expect(long!.notes!.length).toBeLessThanOrEqual(4_000);
  expect(long!.notes).toMatch(/- a line of it\n…$/);
});

test.each([
  ['- **BREAKING**: the lamp needs a fuse', ['BREAKING: the lamp needs a fuse']],
  ['### ⚠ BREAKING CHANGES\n\n* the switch is gone\n* so is the cord\n\n### Features\n\n* a dimmer', ['the switch is gone', 'so is the cord']],
  ['### Major Changes\n\n- a new plug', ['a new plug']],
  ['- Dropped support for candles', ['Dropped support for candles']],
  ['- lamps no longer accept oil', ['lamps no longer accept oil']],
  ['- Requires Node 20', ['Requires Node 20']],
  ['- this is a non-breaking change\n- no breaking changes', []],
  ['- a brighter lamp\n- broke a glass', []],
])('something may break: %j', (notes, lines) => {
  expect(breakingLines(notes)).toEqual(lines);
});

test.each([
  ['- fixes CVE-2026-12345', ['fixes CVE-2026-12345']],
  ['- GHSA-abcd-1234-wxyz is fixed', ['GHSA-abcd-1234-wxyz is fixed']],
  ['### Security\n- the lock was open\n### Fixed\n- a squeak', ['the lock was open']],
  ['- mends a [prototype pollution](https://example.com) ([0123abc](https://example.com/c))', ['mends a prototype pollution']],
  ['- a ReDoS in the parser', ['a ReDoS in the parser']],
  ['- more secure feeling of the handle', []],
])('security is concerned: %j', (notes, lines) => {
  expect(securityLines(notes)).toEqual(lines);
});

test('warnings name the release, those of the package.json come first', () => {
  const releases = notesOfReleases([release('2.0.0'), release('1.1.0')], '## 2.0.0\n- breaking: all\n## 1.1.0\n- fixes CVE-2026-1111\n');
  expect(warningsOf(releases, [{ kind: 'breaking', text: 'no longer has the command `lamp`' }, { kind: 'note', text: 'brings along oil' }])).toEqual({
    breaking: ['no longer has the command `lamp`', '2.0.0: breaking: all'],
    security: ['1.1.0: fixes CVE-2026-1111'],
  });
});

test('the gist is a paragraph: new lines of versions first, without commits, numbers of issues and names', () => {
  const text = gistOf([
    { version: '2.1.0', notes: '### Features\n\n- a **dimmer** ([#12](https://example.com/12)) ([0123abc](https://example.com/c))\n- a timer, closes #3' },
    { version: '2.0.1', notes: null },
    { version: '2.0.0', notes: '### Major Changes\n\n- [#7](https://example.com/7) [`89abcde`](https://example.com/d) Thanks [@ann](https://example.com/ann)! - The `cord` is gone.\n  Use a battery.' },
  ]);
  expect(text).toBe('2.0.0: The `cord` is gone. Use a battery. 2.1.0: a dimmer; a timer.');
});

test('prose has a gist too, code has none, and nothing has an empty one', () => {
  expect(gistOf([{ version: '1.1.0', notes: 'It is brighter.\n\n```js\nlamp.on()\n```' }])).toBe('1.1.0: It is brighter.');
  expect(gistOf([{ version: '1.1.0', notes: null }])).toBe('');
  expect(gistOf([])).toBe('');
});

test('a gist stays short, and names whole versions as long as it can', () => {
  const notes = `- ${'bright '.repeat(30)}`;
  const text = gistOf([{ version: '1.3.0', notes }, { version: '1.2.0', notes }, { version: '1.1.0', notes }]);
  expect(text.length).toBeLessThanOrEqual(422);
  expect([text.includes('1.3.0'), text.includes('1.1.0')]).toEqual([true, false]);
  expect(gistOf([{ version: '1.0.0', notes: `- ${'word '.repeat(400)}` }])).toMatch(/word …$/);
});

const README = `# lamp

[![build](https://example.com/b.svg)](https://example.com) [![npm](https://example.com/n.svg)](https://example.com)

<p align="center"><img src="logo.svg"></p>

[Docs](https://example.com/docs) | [Blog](https://example.com/blog) | [Chat](https://example.com/chat) | [Support](https://example.com/help)

\`\`\`sh
npm install lamp-for-everybody --save-it-please-now
\`\`\`

A **lamp** for [everybody](https://example.com),
in all rooms of the house.

> It burns oil as well as electricity, if you ask it to.
`;

test('a README begins where it says what the thing is', () => {
  expect(firstParagraphs(README)).toBe('A lamp for everybody, in all rooms of the house.\n\nIt burns oil as well as electricity, if you ask it to.');
  expect(firstParagraphs('# lamp\n\n![logo](x.svg)')).toBe('');
});

test('the description of a package is better than its README', () => {
  expect(aboutPackage(' A lamp. ', README)).toBe('A lamp.');
  expect(aboutPackage(null, README)).toBe('A lamp for everybody, in all rooms of the house.');
});
