/** How much a package deserves its owner's attention: 0 (nothing to do) to 100, with the parts that make it up. Pure. */
import type { Distance } from './semver.ts';

export type Circumstances = {
  distance: Distance;
  majorsBehind: number;
  /** What its authors say against the installed version. */
  deprecated: string | null;
  /** Of the installed version, in days; null when nobody knows. */
  ageDays: number | null;
  breaking: number;
  security: number;
  /** Named by the project itself, not brought along by another package. */
  direct: boolean;
};

export type Score = { score: number; why: string[] };

const OF_DISTANCE = { major: 30, minor: 15, patch: 8, prerelease: 5, none: 0 } as const;
const PER_FURTHER_MAJOR = 5;
const FURTHER_MAJORS_AT_MOST = 3;
const DEPRECATED = 40;
const SECURITY = 25;
const BREAKING = 10;
const DAYS_PER_POINT = 60;
const AGE_AT_MOST = 10;
/** What another package brings along is for that one to update. */
const INDIRECT = 0.6;

export function scoreOf(given: Circumstances): Score {
  const isBehind = given.distance !== 'none';
  const parts = [...distanceParts(given), ...deprecatedPart(given), ...(isBehind ? riskParts(given) : [])];
  const sum = parts.reduce((total, { points }) => total + points, 0);
  const weighed = given.direct ? sum : Math.round(sum * INDIRECT);
  const why = parts.map(({ points, reason }) => `+${points} ${reason}`);
  if (weighed < sum) why.push(`−${sum - weighed} brought along by another package`);
  return { score: Math.min(100, weighed), why };
}

type Part = { points: number; reason: string };

function distanceParts({ distance, majorsBehind }: Circumstances): Part[] {
  if (distance === 'none') return [];
  const further = Math.min(FURTHER_MAJORS_AT_MOST, Math.max(0, majorsBehind - 1));
  const first = { points: OF_DISTANCE[distance], reason: distance === 'prerelease' ? 'a newer pre-release' : `a ${distance} version behind` };
  return further > 0 ? [first, { points: further * PER_FURTHER_MAJOR, reason: `${majorsBehind} major versions in all` }] : [first];
}

function deprecatedPart({ deprecated }: Circumstances): Part[] {
  return deprecated === null ? [] : [{ points: DEPRECATED, reason: 'its authors advise against the installed version' }];
}

function riskParts({ security, breaking, ageDays }: Circumstances): Part[] {
  const age = Math.min(AGE_AT_MOST, Math.floor((ageDays ?? 0) / DAYS_PER_POINT));
  return [
    ...(security > 0 ? [{ points: SECURITY, reason: 'the newer releases speak of security' }] : []),
    ...(breaking > 0 ? [{ points: BREAKING, reason: 'something may break' }] : []),
    ...(age > 0 ? [{ points: age, reason: `the installed version is ${ageDays} days old` }] : []),
  ];
}
