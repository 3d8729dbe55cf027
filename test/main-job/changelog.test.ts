import { expect, test } from 'vitest';
import { readChangelog } from '../../handlers/npm/changelog.ts';

const versions = (text: string) => readChangelog(text).map(({ version, date, notes }) => [version, date, notes]);

test('Keep a Changelog: versions in brackets, kinds of changes below', () => {
  const text = `# Changelog
All notable changes.

## [Unreleased]
- not yet

## [1.1.0] - 2026-01-31
### Added
- a lamp

### Removed
- the candle

## [1.0.0] - 2025-12-01
First.

[1.1.0]: https://example.com/compare/v1.0.0...v1.1.0
`;
  expect(versions(text)).toEqual([
    ['1.1.0', '2026-01-31', '### Added\n- a lamp\n\n### Removed\n- the candle'],
    ['1.0.0', '2025-12-01', 'First.\n\n[1.1.0]: https://example.com/compare/v1.0.0...v1.1.0'],
  ]);
});

test('Conventional commits: headings of two levels, each with a link', () => {
  const text = `# [2.0.0](https://example.com/v2) (2026-02-01)
### Bug Fixes
* a leak

## [1.9.1](https://example.com/v1.9.1) (2026-01-01)
* another
`;
  expect(versions(text)).toEqual([
    ['2.0.0', '2026-02-01', '### Bug Fixes\n* a leak'],
    ['1.9.1', '2026-01-01', '* another'],
  ]);
});

test('Changesets: bare versions below the name of the package', () => {
  const text = '# @scope/lamp\n\n## 3.0.0\n\n### Major Changes\n\n- brighter\n\n## 2.9.0-beta.1\n\n### Patch Changes\n\n- warmer\n';
  expect(versions(text)).toEqual([
    ['3.0.0', undefined, '### Major Changes\n\n- brighter'],
    ['2.9.0-beta.1', undefined, '### Patch Changes\n\n- warmer'],
  ]);
});

test('a history of underlined lines', () => {
  const text = '4.18.0 / 2022-04-25\n===================\n\n  * one\n  * two\n\n4.17.3 / 2022-02-16\n---\n  * three\n';
  expect(versions(text)).toEqual([
    ['4.18.0', '2022-04-25', '* one\n  * two'],
    ['4.17.3', '2022-02-16', '* three'],
  ]);
});

test.each([
  ['## v1.2.3', '1.2.3'],
  ['## 1.2.3 (Jan 31, 2026)', '1.2.3'],
  ['# Version 1.2.3', '1.2.3'],
  ['### Release 1.2', '1.2.0'],
  ['## 8.4 “The Name”', '8.4.0'],
  ['## lamp@1.2.3', '1.2.3'],
  ['## @scope/lamp@1.2.3', '1.2.3'],
  ['## `1.2.3`', '1.2.3'],
  ['**1.2.3** (2026-01-31)', '1.2.3'],
  ['## [v1.2.3](https://example.com) ##', '1.2.3'],
  ['## 1.2.3-rc.1', '1.2.3-rc.1'],
])('%s is about %s', (heading, version) => {
  expect(readChangelog(`${heading}\nsomething`)).toMatchObject([{ version, notes: 'something' }]);
});

test.each(['## Installation', '## 3 reasons', '## Node 18.0.0 is needed', '1.2.3 is mentioned', '    ## 1.2.3', '## 1.2.3.4', 'text\n---'])('"%s" is no heading of a version', (line) => {
  expect(readChangelog(`${line}\nsomething`)).toEqual([]);
});

test('headings in code are code', () => {
  const text = '## 1.0.0\n```md\n## 0.9.0\n```\n~~~\n## 0.8.0\n~~~\nafter\n';
  expect(versions(text)).toEqual([['1.0.0', undefined, '```md\n## 0.9.0\n```\n~~~\n## 0.8.0\n~~~\nafter']]);
});

test('a heading beside the versions ends what the last one says', () => {
  expect(versions('## 1.0.0\n- one\n\n## License\nMIT\n')).toEqual([['1.0.0', undefined, '- one']]);
});

test('lines may end as on Windows', () => {
  expect(versions('## 1.0.0\r\n\r\n- one\r\n- two\r\n')).toEqual([['1.0.0', undefined, '- one\n- two']]);
});
