/** Versions as npm knows them (semver.org 2.0.0). Build metadata (`+sha`) is left out: it has no say in the order. */

export type Version = { major: number; minor: number; patch: number; prerelease: (string | number)[] };

/** How far apart two versions are: the first number that differs. */
export type Distance = 'major' | 'minor' | 'patch' | 'prerelease' | 'none';

const VERSION = /^v?(\d{1,15})\.(\d{1,15})\.(\d{1,15})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Undefined when `text` is no whole version. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, prerelease] = VERSION.exec(text) ?? [];
  if (major === undefined) return undefined;
  const parts = (prerelease?.split('.') ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return { major: Number(major), minor: Number(minor), patch: Number(patch), prerelease: parts };
}

/** For sorting, oldest first. What is no version comes before all that are. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (!left || !right) return Number(left !== undefined) - Number(right !== undefined);
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch || comparePrereleases(left.prerelease, right.prerelease);
}

export function isPrerelease(text: string): boolean {
  return (parseVersion(text)?.prerelease.length ?? 0) > 0;
}

/** From `a` to `b`, whichever is newer. */
export function distance(a: string, b: string): Distance {
  const [from, to] = [parseVersion(a), parseVersion(b)];
  if (!from || !to || compareVersions(a, b) === 0) return 'none';
  if (from.major !== to.major) return 'major';
  if (from.minor !== to.minor) return 'minor';
  return from.patch !== to.patch ? 'patch' : 'prerelease';
}

/** A release comes after its pre-releases; numbers before words; fewer parts before more. */
function comparePrereleases(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i]!, b[i]!];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
