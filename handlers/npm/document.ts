/** A package as its registry describes it: the parts that are used here. Registries leave out much, and old packages hold odd shapes. */
import { z } from 'rivus';

const texts = z.record(z.string(), z.string()).catch({});
/** "MIT" or, long ago, `{ type: "MIT" }`; a repository "user/name" or `{ url }`. */
const wordOr = <Key extends string>(key: Key) =>
  z.union([z.string(), z.object({ [key]: z.string() } as Record<Key, z.ZodString>).transform((value) => (value as Record<Key, string>)[key])]).optional().catch(undefined);

const Document = z.object({
  'dist-tags': texts,
  versions: z.record(z.string(), z.unknown()),
  time: texts,
});
export type Document = z.output<typeof Document>;

/** What one version's package.json says, and what the registry added. */
const Manifest = z.object({
  description: z.string().optional().catch(undefined),
  license: wordOr('type'),
  repository: wordOr('url'),
  homepage: z.string().optional().catch(undefined),
  deprecated: z.union([z.string(), z.boolean()]).optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  exports: z.unknown().optional(),
  main: z.string().optional().catch(undefined),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional().catch(undefined),
  engines: texts,
  dependencies: texts,
  peerDependencies: texts,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).catch({}),
  scripts: texts,
  os: z.array(z.string()).optional().catch(undefined),
  cpu: z.array(z.string()).optional().catch(undefined),
  hasInstallScript: z.boolean().optional().catch(undefined),
  dist: z.object({ tarball: z.string(), attestations: z.unknown().optional() }),
});
export type Manifest = z.output<typeof Manifest>;

/** Throws when `json` has no `versions`. */
export function readDocument(json: unknown): Document {
  return Document.parse(json);
}

/** Undefined when the registry does not have that version. Throws when it says nothing of its tarball. */
export function manifestOf(document: Document, version: string): Manifest | undefined {
  if (!Object.hasOwn(document.versions, version)) return undefined;
  return Manifest.parse(document.versions[version]);
}

/** Why its authors advise against a version; undefined when they do not. */
export function deprecationOf(document: Document, version: string): string | undefined {
  const deprecated = (document.versions[version] as { deprecated?: unknown } | undefined)?.deprecated;
  if (deprecated === true) return 'deprecated, without a reason';
  return typeof deprecated === 'string' && deprecated !== '' ? deprecated : undefined;
}

/** Files that run on some systems only (a compiled binary): what there is to say stands in the package that brings it. */
export function isPlatformBuild({ os, cpu }: Manifest): boolean {
  return (os?.length ?? 0) > 0 || (cpu?.length ?? 0) > 0;
}

/** Something to click on: an https address. Undefined when there is none. */
export function repositoryUrl({ repository }: Manifest): string | undefined {
  if (!repository) return undefined;
  const short = /^(?:(github|gitlab|bitbucket):)?([\w.-]+\/[\w.-]+)$/.exec(repository);
  if (short) return `https://${short[1] ?? 'github'}.${short[1] === 'bitbucket' ? 'org' : 'com'}/${short[2]}`.replace(/\.git$/, '');
  const address = repository
    .replace(/^git\+/, '')
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$1/')
    .replace(/^git:\/\//, 'https://')
    .replace(/\.git(#.*)?$/, '');
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  url.protocol = 'https:';
  url.username = url.password = '';
  return url.href;
}
