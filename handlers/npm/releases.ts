/** Which releases of a package there are for somebody who has a given one. Pure. */
import { deprecationOf, type Document } from './document.ts';
import { compareVersions, distance, isPrerelease, parseVersion } from './semver.ts';

/** `date` is ISO 8601, or null where the registry does not say. */
export type Release = { version: string; date: string | null; deprecated?: string };

export type Newer = {
  /** The release to go to, or null when there is none. */
  target: string | null;
  /** The newest release that keeps the major version (for 0.x: the minor one), when that is another one than `target`. */
  within: string | null;
  /** All releases up to the target, newest first. */
  releases: Release[];
  /** The first release of each newer major version; or else of each minor one; or else each patch. The newest 5 of them, oldest first. */
  milestones: Release[];
  behind: Behind;
};

/** How many major versions, minor versions of the installed major one, and patches of the installed minor one are newer. */
export type Behind = { major: number; minor: number; patch: number };

const MILESTONES_AT_MOST = 5;

/**
 * Releases only; whoever has a pre-release is also shown its successors of the same number. Nothing above `latest`,
 * unless the installed version is above it already: its authors do not recommend it yet.
 */
export function newerReleases(document: Document, installed: string): Newer {
  const latest = document['dist-tags'].latest;
  const limit = latest !== undefined && compareVersions(latest, installed) > 0 ? latest : undefined;
  const applicable = Object.keys(document.versions)
    .filter((version) => parseVersion(version) !== undefined && compareVersions(version, installed) > 0)
    .filter((version) => (limit === undefined || compareVersions(version, limit) <= 0) && (!isPrerelease(version) || isSuccessor(version, installed)))
    .toSorted((a, b) => compareVersions(b, a));
  const sound = applicable.filter((version) => deprecationOf(document, version) === undefined);
  const target = sound[0] ?? null;
  const within = sound.find((version) => line(version) === line(installed)) ?? null;
  const upToTarget = target === null ? [] : applicable.filter((version) => compareVersions(version, target) <= 0);
  const release = (version: string) => releaseOf(document, version);
  return {
    target,
    within: within === target ? null : within,
    releases: upToTarget.map(release),
    milestones: firstOfEach(upToTarget, installed).map(release),
    behind: countBehind(upToTarget, installed),
  };
}

export function dateOf(document: Document, version: string): string | null {
  const at = new Date(document.time[version] ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

function releaseOf(document: Document, version: string): Release {
  const deprecated = deprecationOf(document, version);
  return { version, date: dateOf(document, version), ...(deprecated === undefined ? {} : { deprecated }) };
}

/** 2.0.0-beta.3 for whoever has 2.0.0-beta.2. */
function isSuccessor(version: string, installed: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(installed)];
  return a !== undefined && b !== undefined && b.prerelease.length > 0 && a.major === b.major && a.minor === b.minor && a.patch === b.patch;
}

/** Versions of one line promise to be compatible: 3.x, and 0.4.x. */
function line(version: string): string {
  const { major, minor } = parseVersion(version) ?? {};
  return major === 0 ? `0.${minor}` : `${major}`;
}

const NUMBERS_OF_A_LINE = { major: 1, minor: 2, patch: 3, prerelease: Infinity, none: 0 };

/** Of versions that are as far away as the first one is. */
function firstOfEach(newestFirst: readonly string[], installed: string): string[] {
  const furthest = distance(installed, newestFirst[0] ?? installed);
  const firsts = new Map<string, string>();
  for (const version of newestFirst.filter((version) => distance(installed, version) === furthest)) {
    firsts.set(version.split('.').slice(0, NUMBERS_OF_A_LINE[furthest]).join('.'), version);
  }
  return [...firsts.values()].slice(0, MILESTONES_AT_MOST).reverse();
}

function countBehind(versions: readonly string[], installed: string): Behind {
  const from = parseVersion(installed);
  const newer = versions.map((version) => parseVersion(version)!);
  const sameMajor = newer.filter(({ major }) => major === from?.major);
  return {
    major: new Set(newer.map(({ major }) => major)).difference(new Set([from?.major])).size,
    minor: new Set(sameMajor.map(({ minor }) => minor)).difference(new Set([from?.minor])).size,
    patch: sameMajor.filter(({ minor }) => minor === from?.minor).length,
  };
}
