/** What a registry's document says to somebody who has a given version of the package. Pure. */
import { z } from 'rivus';
import { deprecationOf, isPlatformBuild, manifestOf, repositoryUrl, type Document, type Manifest } from './document.ts';
import { manifestChanges, type Change } from './manifest-changes.ts';
import { dateOf, newerReleases, type Newer } from './releases.ts';

/** The data of an item, as npm_lockfile finds it. By hand, `{ "name": "…", "version": "…" }` is enough. */
export const InstalledPackage = z.object({
  name: z.string().regex(/^(?:@[\w.~-]+\/)?[\w.~-]+$/, 'not the name of an npm package'),
  version: z.string().min(1),
  dev: z.boolean().default(false),
  direct: z.boolean().default(true),
  via: z.array(z.string()).default([]),
});
export type InstalledPackage = z.output<typeof InstalledPackage>;

export type PackageFacts = Omit<Newer, 'releases'> & {
  releases: Newer['releases'];
  /** How many there are; `releases` may hold fewer. */
  releasesInAll: number;
  installedAt: string | null;
  deprecated: string | null;
  changes: Change[];
  description: string | null;
  license: string | null;
  repository: string | null;
  platform: boolean;
};

const RELEASES_AT_MOST = 60;

/** `node`: the major version of Node that is in use. `published`: of the version to look into, the target or else the installed one. Undefined when the registry has no such version. */
export function factsOf(document: Document, version: string, node: number): { facts: PackageFacts; published: Manifest } | undefined {
  const installed = manifestOf(document, version);
  if (!installed) return undefined;
  const newer = newerReleases(document, version);
  const published = newer.target === null ? installed : manifestOf(document, newer.target)!;
  const facts = {
    ...newer,
    releases: newer.releases.slice(0, RELEASES_AT_MOST),
    releasesInAll: newer.releases.length,
    installedAt: dateOf(document, version),
    deprecated: deprecationOf(document, version) ?? null,
    changes: newer.target === null ? [] : manifestChanges(installed, published, node),
    description: published.description ?? null,
    license: published.license ?? null,
    repository: repositoryUrl(published) ?? null,
    platform: isPlatformBuild(published),
  };
  return { facts, published };
}
