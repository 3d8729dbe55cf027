/** Which entries a digest shows, and in which order. Pure. */
import type { Report } from '../npm/report.ts';
import { compareVersions } from '../npm/semver.ts';

/** An entry with those that say the same: built from the same repository, from the same version to the same. */
export type Group = { entry: Report; others: string[] };
export type Digest = { attention: Group[]; major: Group[]; minor: Group[]; patch: Group[] };

/** The last word on each package: whoever has upgraded it does not want to read of the old version. */
export function newestByName(entries: readonly Report[]): Report[] {
  const byName = new Map<string, Report>();
  for (const entry of entries) {
    const known = byName.get(entry.name);
    if (!known || compareVersions(entry.from, known.from) >= 0) byName.set(entry.name, entry);
  }
  return [...byName.values()];
}

export function arrange(entries: readonly Report[]): Digest {
  const digest: Digest = { attention: [], major: [], minor: [], patch: [] };
  for (const group of grouped(entries.toSorted(byUrgency))) digest[sectionOf(group.entry)].push(group);
  return digest;
}

function sectionOf({ deprecated, breaking, security, distance }: Report): keyof Digest {
  if (deprecated !== null || breaking.length > 0 || security.length > 0) return 'attention';
  return distance === 'major' || distance === 'minor' ? distance : 'patch';
}

/** The package itself speaks for its builds for single systems. */
function byUrgency(a: Report, b: Report): number {
  return b.score - a.score || Number(b.direct) - Number(a.direct) || Number(a.platform) - Number(b.platform) || (a.name < b.name ? -1 : 1);
}

function grouped(entries: readonly Report[]): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const { name, from, to, repository } = entry;
    const same = repository === null ? name : JSON.stringify([repository, from, to]);
    const group = groups.get(same);
    if (!group) groups.set(same, { entry, others: [] });
    else if (group.entry.platform && !entry.platform) groups.set(same, { entry, others: [group.entry.name, ...group.others] });
    else group.others.push(name);
  }
  return [...groups.values()].map(({ entry, others }) => ({ entry, others: others.toSorted() }));
}
