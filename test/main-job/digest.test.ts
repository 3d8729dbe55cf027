import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrange, newestByName } from '../../handlers/digest/groups.ts';
import { anchor, cell, inline, link } from '../../handlers/digest/markdown.ts';
import { renderDigest } from '../../handlers/digest/render.ts';
import { reportOn } from '../support/report.ts';

const DAY = '2026-11-24';
const headings = (page: string) => page.split('\n').filter((line) => line.startsWith('#'));

test('a digest of one package reads like this', () => {
  const entry = reportOn({
    breaking: ['2.0.0: the cord is gone'],
    changes: [{ kind: 'note', text: 'needs Node >=22 (before >=18)' }],
    within: '1.4.0', releases: 12, via: ['house'], direct: false, score: 24, why: ['+30 a major version behind', '−6 brought along by another package'],
  });
  expect(renderDigest([entry], DAY)).toBe(`# Release digest, 2026-11-24

**One package** deserves a look: 1 in need of attention.

| package | installed | newest | behind | needed by | score |
|---|---|---|---|---|---:|
| [lamp](#lamp-100--200) | 1.0.0 | 2.0.0 | 1 major version | house | 24 |

## Needs attention

### lamp 1.0.0 → 2.0.0

**1 major version**, 12 releases · released 2026-01-31 · needed by house · MIT · [repository](https://github.com/owner/lamp) · [releases](https://github.com/owner/lamp/releases)

> A lamp for everybody

- **Breaking**: 2.0.0: the cord is gone
- needs Node >=22 (before >=18)
- a smaller step, which should be compatible: 1.4.0

2.0.0: It is brighter.

*Score 24: +30 a major version behind, −6 brought along by another package*
`);
});

test('a digest of nothing says so', () => {
  expect(renderDigest([], DAY)).toBe('# Release digest, 2026-11-24\n\nNothing deserves your attention: every package is current, or nearly so.\n');
});

test('what needs attention comes first, then the rest by distance, each by score', () => {
  const page = renderDigest(
    [
      reportOn({ name: 'patched', to: '1.0.1', distance: 'patch', repository: null, score: 90 }),
      reportOn({ name: 'large', repository: null, score: 30 }),
      reportOn({ name: 'larger', repository: null, score: 40 }),
      reportOn({ name: 'unsafe', repository: null, security: ['CVE-2026-1'], score: 20 }),
      reportOn({ name: 'over', to: null, distance: 'none', deprecated: 'use lamp', repository: null, score: 40 }),
      reportOn({ name: 'small', to: '1.1.0', distance: 'minor', repository: null }),
    ],
    DAY,
  );
  expect(headings(page)).toEqual([
    '# Release digest, 2026-11-24',
    '## Needs attention', '### over 1.0.0', '### unsafe 1.0.0 → 2.0.0',
    '## Major versions', '### larger 1.0.0 → 2.0.0', '### large 1.0.0 → 2.0.0',
    '## Minor versions', '### small 1.0.0 → 1.1.0',
    '## Patches', '### patched 1.0.0 → 1.0.1',
  ]);
  expect(page).toContain('**6 packages** deserve a look: 2 in need of attention, 2 major, 1 minor, 1 patch.');
});

test('the order in which packages came through does not matter', () => {
  const entries = ['a', 'b', 'c', 'd'].map((name, i) => reportOn({ name, repository: i < 2 ? null : 'https://github.com/owner/two', score: 30 }));
  fc.assert(fc.property(fc.shuffledSubarray(entries, { minLength: 4 }), (shuffled) => renderDigest(shuffled, DAY) === renderDigest(entries, DAY)));
});

test('of a package that was upgraded only the last word counts', () => {
  const [before, after, other] = [reportOn({ from: '1.9.0' }), reportOn({ from: '1.10.0' }), reportOn({ name: 'other' })];
  expect(newestByName([after, before, other])).toEqual([after, other]);
  expect(newestByName([before, other, after])).toEqual([after, other]);
});

test('packages of one repository that say the same are one entry, named after the one that is no build for some systems', () => {
  const builds = ['linux', 'darwin', 'win32', 'aix', 'sunos'].map((os) => reportOn({ name: `@lamp/${os}`, platform: true, score: 90 }));
  const { major } = arrange([...builds, reportOn()]);
  expect(major.map(({ entry, others }) => [entry.name, others.length])).toEqual([['lamp', 5]]);
  const page = renderDigest([...builds, reportOn()], DAY);
  expect(page).toContain('| [lamp](#lamp-100--200) +5 | 1.0.0 |');
  expect(page).toContain('The same goes for @lamp/aix, @lamp/darwin, @lamp/linux, @lamp/sunos and 1 more from the same repository.');
  expect(arrange([reportOn(), reportOn({ name: 'lamp-oil', from: '1.0.1' })]).major).toHaveLength(2);
});

test('a package without notes tells the way to its newest release', () => {
  const milestones = [{ version: '2.0.0', date: '2026-01-31T00:00:00.000Z' }, { version: '3.0.0', date: null }];
  expect(renderDigest([reportOn({ notes: '', notesFrom: 'readme', milestones })], DAY)).toContain('On the way: 2.0.0 (2026-01-31), 3.0.0. No release notes come with the package.');
  expect(renderDigest([reportOn({ notes: '', notesFrom: 'changelog' })], DAY)).toContain('\nIts changelog does not mention these releases.\n');
  expect(renderDigest([reportOn({ notes: '', to: null, deprecated: 'over' })], DAY)).toContain('There is no newer release to go to.');
});

test('many warnings are cut short', () => {
  const page = renderDigest([reportOn({ security: ['one', 'two', 'three', 'four', 'five'] })], DAY);
  expect(page.match(/\*\*Security\*\*: .*/g)).toEqual(['**Security**: one', '**Security**: two', '**Security**: three', '**Security**: 2 more like these']);
});

test.each([
  ['<script>alert(1)</script>', '\\<script>alert(1)\\</script>'],
  ['![x](https://example.com/track.gif)', '![x\\](https://example.com/track.gif)'],
  ['a [link](javascript:x) *and* __more__', 'a [link\\](javascript:x) \\*and\\* \\_\\_more\\_\\_'],
  ['snake_case and `code_*` stay', 'snake_case and `code_*` stay'],
  ['an open ` backtick', 'an open \\` backtick'],
  ['# not a heading', '\\# not a heading'],
  ['- no list', '\\- no list'],
  ['1. no list', '1\\. no list'],
  ['[x]: https://example.com', '\\[x\\]: https://example.com'],
  ['two\nlines\r\n and\tmore', 'two lines and more'],
  ['~~gone~~', '\\~\\~gone\\~\\~'],
])('from outside, %j is text: %s', (outside, text) => {
  expect(inline(outside)).toBe(text);
});

test('a bar does not end the cell of a table, also in code', () => {
  expect(cell('a | `b | c`')).toBe('a \\| `b \\| c`');
});

test('only addresses of the web become links', () => {
  expect(link('home', 'https://example.com/a_(b)')).toBe('[home](https://example.com/a_%28b%29)');
  expect([link('home', 'javascript:alert(1)'), link('home', 'http://example.com'), link('home', null), link('home', 'x')]).toEqual(['home', 'home', 'home', 'home']);
});

test('links of the table lead to the headings', () => {
  expect(anchor('@types/node 24.19.2 → 26.6.6')).toBe('typesnode-24192--2666');
});
