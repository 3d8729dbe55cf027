import { expect, test } from 'vitest';
import { readDocument, type Document } from '../../handlers/npm/document.ts';
import { newerReleases } from '../../handlers/npm/releases.ts';

/** A document with these versions, published one day after the other. */
function documentOf(versions: readonly string[], { latest = versions.at(-1)!, deprecated = {} }: { latest?: string; deprecated?: Record<string, unknown> } = {}): Document {
  return readDocument({
    'dist-tags': { latest },
    versions: Object.fromEntries(versions.map((version) => [version, version in deprecated ? { deprecated: deprecated[version] } : {}])),
    time: Object.fromEntries(versions.map((version, day) => [version, `2026-01-${String(day + 1).padStart(2, '0')}T00:00:00+00:00`])),
  });
}
const LINES = ['1.0.0', '1.0.1', '1.1.0', '1.1.1', '2.0.0', '2.1.0', '3.0.0', '3.0.1'];

test('newer releases come newest first, with their dates', () => {
  const { target, releases } = newerReleases(documentOf(LINES), '2.0.0');
  expect(target).toBe('3.0.1');
  expect(releases).toEqual([
    { version: '3.0.1', date: '2026-01-08T00:00:00.000Z' },
    { version: '3.0.0', date: '2026-01-07T00:00:00.000Z' },
    { version: '2.1.0', date: '2026-01-06T00:00:00.000Z' },
  ]);
});

test('behind counts major versions, minor versions of the installed major one, and patches of the installed minor one', () => {
  expect(newerReleases(documentOf(LINES), '1.0.0').behind).toEqual({ major: 2, minor: 1, patch: 1 });
  expect(newerReleases(documentOf(LINES), '3.0.1').behind).toEqual({ major: 0, minor: 0, patch: 0 });
});

test('the newest compatible release is named beside a target that is not', () => {
  expect(newerReleases(documentOf(LINES), '1.0.0').within).toBe('1.1.1');
  expect(newerReleases(documentOf(LINES), '3.0.0')).toMatchObject({ target: '3.0.1', within: null });
  // Below 1.0.0 a minor version may break.
  expect(newerReleases(documentOf(['0.4.0', '0.4.9', '0.5.0']), '0.4.0')).toMatchObject({ target: '0.5.0', within: '0.4.9' });
});

test('milestones are the releases that begin a line, the newest five of them', () => {
  const milestones = (versions: readonly string[], installed: string) => newerReleases(documentOf(versions), installed).milestones.map(({ version }) => version);
  expect(milestones(LINES, '1.0.0')).toEqual(['2.0.0', '3.0.0']);
  expect(milestones(LINES.slice(0, 4), '1.0.0')).toEqual(['1.1.0']);
  expect(milestones(LINES.slice(0, 2), '1.0.0')).toEqual(['1.0.1']);
  expect(milestones(['1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0', '6.0.0', '7.0.0'], '1.0.0')).toEqual(['3.0.0', '4.0.0', '5.0.0', '6.0.0', '7.0.0']);
  expect(milestones(LINES, '3.0.1')).toEqual([]);
});

test('pre-releases are for those who have one of the same number', () => {
  const versions = ['1.0.0', '2.0.0-beta.1', '2.0.0-beta.2', '2.0.1-beta.1', '3.0.0-rc.1'];
  expect(newerReleases(documentOf(versions, { latest: '1.0.0' }), '1.0.0').target).toBeNull();
  expect(newerReleases(documentOf(versions, { latest: '1.0.0' }), '2.0.0-beta.1')).toMatchObject({ target: '2.0.0-beta.2', behind: { major: 0, minor: 0, patch: 1 } });
});

test('nothing above what its authors call the latest, unless one is above it already', () => {
  const versions = ['1.0.0', '1.1.0', '2.0.0', '2.0.1'];
  expect(newerReleases(documentOf(versions, { latest: '1.1.0' }), '1.0.0').target).toBe('1.1.0');
  expect(newerReleases(documentOf(versions, { latest: '1.1.0' }), '2.0.0').target).toBe('2.0.1');
});

test('a deprecated release is no target, and says why', () => {
  const document = documentOf(['1.0.0', '1.1.0', '1.2.0'], { deprecated: { '1.2.0': 'broken', '1.1.0': false } });
  expect(newerReleases(document, '1.0.0')).toMatchObject({ target: '1.1.0', releases: [{ version: '1.1.0' }] });
  const skipped = documentOf(['1.0.0', '1.1.0', '1.2.0'], { deprecated: { '1.1.0': 'broken' } });
  expect(newerReleases(skipped, '1.0.0').releases).toMatchObject([{ version: '1.2.0' }, { version: '1.1.0', deprecated: 'broken' }]);
});

test('a registry may leave out dates and tags, and hold odd versions', () => {
  const document = readDocument({ versions: { '1.0.0': {}, '1.1.0': {}, nightly: {} } });
  expect(newerReleases(document, '1.0.0')).toMatchObject({ target: '1.1.0', releases: [{ version: '1.1.0', date: null }] });
});

test('what is no document is refused', () => {
  expect(() => readDocument({ error: 'not found' })).toThrow(/versions/);
});
