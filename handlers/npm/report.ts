/** What is known of a package at the end of its way through dependency_watch: small, and all that a digest needs. */
import { z } from 'rivus';
import type { InstalledPackage, PackageFacts } from './installed-package.ts';
import type { ReleaseNotes } from './release-notes.ts';
import { repeatedBlocks } from './repeated-blocks.ts';
import type { Score } from './score.ts';
import { distance } from './semver.ts';

const version = z.string();
const date = z.string().nullable().describe('ISO 8601');
const lines = z.array(z.string());

export const Report = z.object({
  name: z.string(),
  from: version,
  to: version.nullable().describe('null: the installed version is the one to have'),
  fromDate: date,
  toDate: date,
  within: version.nullable().describe('the newest release that is compatible with the installed one, when `to` is not'),
  distance: z.enum(['major', 'minor', 'patch', 'prerelease', 'none']),
  behind: z.object({ major: z.number(), minor: z.number(), patch: z.number() }),
  releases: z.number().describe('between `from` and `to`, the last one included'),
  milestones: z.array(z.object({ version, date })).describe('the releases that begin a new line'),
  score: z.number().min(0).max(100),
  why: lines.describe('the parts of the score'),
  deprecated: z.string().nullable(),
  breaking: lines,
  security: lines,
  changes: z.array(z.object({ kind: z.enum(['breaking', 'security', 'note']), text: z.string() })),
  notes: z.string().describe("the release notes in one paragraph; '' where none were published"),
  notesFrom: z.enum(['changelog', 'readme', 'none']),
  about: z.string(),
  license: z.string().nullable(),
  repository: z.string().nullable(),
  direct: z.boolean(),
  dev: z.boolean(),
  via: lines.describe('packages that bring it along'),
  platform: z.boolean().describe('a build for some systems only'),
});
export type Report = z.output<typeof Report>;

/** What the text says, next to what the registry says. */
export type Extracted = Pick<Report, 'notes' | 'notesFrom' | 'about' | 'breaking' | 'security'> & { releases: readonly ReleaseNotes[] };

export function reportOf({ name, version, direct, dev, via }: InstalledPackage, facts: PackageFacts, extracted: Extracted, { score, why }: Score): Report {
  const { target, within, behind, releasesInAll, milestones, installedAt, deprecated, changes, license, repository, platform } = facts;
  const { notes, notesFrom, about, breaking, security, releases } = extracted;
  return {
    ...{ name, from: version, to: target, fromDate: installedAt, toDate: releases[0]?.date ?? null },
    ...{ within, distance: target === null ? 'none' : distance(version, target), behind, releases: releasesInAll, milestones },
    ...{ score, why, deprecated, breaking, security, changes },
    ...{ notes, notesFrom, about, license, repository, direct, dev, via, platform },
  };
}

/** What is missing in a report, or looks wrong. */
export function problemsOf(report: Report, releases: readonly ReleaseNotes[]): string[] {
  const { about, to, notes, notesFrom } = report;
  return [
    ...(about === '' ? ['nobody says what the package is: it has neither a description nor a README'] : []),
    ...(to !== null && releases.length === 0 ? [`it is behind ${to}, but no release is listed`] : []),
    ...(notesFrom === 'changelog' && releases.length > 0 && notes === '' ? ['its changelog has nothing to say of the newer releases'] : []),
    ...repeatedBlocks(releases.map((release) => release.notes ?? '').join('\n\n')),
  ];
}
