/**
 * What has been released since, for every package of a lock file: fetch → extract → score → qa.
 * No keys, no models: the registry's own documents, the text that packages bring along, and rules.
 */
import { Fatal, handler, stage, type Ctx } from 'rivus';
import { readDocument, type Manifest } from './npm/document.ts';
import { gistOf } from './npm/gist.ts';
import { factsOf, InstalledPackage } from './npm/installed-package.ts';
import { publishedText } from './npm/published-text.ts';
import { fetchDocument, fetchTarball, findRegistry, TARBALL_BYTES, withoutAddress, type Registry } from './npm/registry.ts';
import { aboutPackage, notesOfReleases, warningsOf, type NotesSource } from './npm/release-notes.ts';
import { problemsOf, reportOf } from './npm/report.ts';
import { scoreOf } from './npm/score.ts';
import { distance } from './npm/semver.ts';
import { UnreadableTarball } from './npm/tar.ts';

const NODE_MAJOR = Number.parseInt(process.versions.node, 10);
const NOTHING: Kept = { kind: 'none', file: null, hash: null };
const DAY_MS = 86_400_000;
/** Enough for all but a few: text is a small part of a package. */
const FIRST_LOOK_BYTES = 2 * 1024 * 1024;
/** One that is incomplete is a package of its kind; so many in a row are the registry, or what reads it. */
const ENOUGH_REPORTS = 10;
/** A compiled binary has at most a line of text, in front. */
const PLATFORM_BUILD_BYTES = 128 * 1024;

const fetch = stage({
  item: InstalledPackage,
  async run({ item, ctx }) {
    const registry = await findRegistry(ctx);
    const found = factsOf(readDocument(await fetchDocument(item.name, registry, ctx)), item.version, NODE_MAJOR);
    if (!found) throw new Fatal(`the npm registry has "${item.name}", but no version ${item.version} of it`);
    const text = await keepText(item.name, found.published, found.facts.platform, registry, ctx);
    return withoutAddress({ ...found.facts, text }, registry);
  },
});

const extract = stage({
  item: InstalledPackage,
  needs: { fetch },
  async run({ prev: { fetch }, ctx }) {
    const text = fetch.text.hash === null ? '' : await ctx.artifacts.text(fetch.text.hash);
    const releases = notesOfReleases(fetch.releases, text);
    const isMentioned = releases.some(({ notes }) => notes !== null);
    return {
      releases,
      notes: gistOf(releases),
      notesFrom: isMentioned ? ('changelog' as const) : fetch.text.kind,
      about: aboutPackage(fetch.description, fetch.text.kind === 'readme' ? text : ''),
      ...warningsOf(releases, fetch.changes),
    };
  },
});

const score = stage({
  item: InstalledPackage,
  needs: { fetch, extract },
  run({ item, prev: { fetch, extract }, ctx }) {
    const { score, why } = scoreOf({
      distance: fetch.target === null ? 'none' : distance(item.version, fetch.target),
      majorsBehind: fetch.behind.major,
      deprecated: fetch.deprecated,
      ageDays: fetch.installedAt === null ? null : Math.floor((ctx.now() - Date.parse(fetch.installedAt)) / DAY_MS),
      breaking: extract.breaking.length,
      security: extract.security.length,
      direct: item.direct,
    });
    return ctx.done({ score, why }, { priority: -score });
  },
});

const qa = stage({
  item: InstalledPackage,
  needs: { fetch, extract, score },
  run({ item, prev: { fetch, extract, score } }) {
    const report = reportOf(item, fetch, extract, score);
    const problems = problemsOf(report, extract.releases);
    return { ok: problems.length === 0, problems, ...report };
  },
});

export default handler({
  item: InstalledPackage,
  stages: { fetch, extract, score, qa },
  validate({ sample }) {
    const reports = sample.filter(({ stage }) => stage === 'qa');
    if (reports.length < ENOUGH_REPORTS || reports.some(({ output }) => output.ok)) return;
    return `none of the latest ${reports.length} reports is complete: ${reports[0]!.output.problems[0]}`;
  },
});

type Kept = { kind: NotesSource; file: string | null; hash: string | null };

/** Keeps the published text as an artifact, so that it need not be fetched again when the later stages change. */
async function keepText(name: string, { dist }: Manifest, platform: boolean, registry: Registry, ctx: Ctx): Promise<Kept> {
  try {
    const found = await findText(name, dist.tarball, platform ? PLATFORM_BUILD_BYTES : FIRST_LOOK_BYTES, registry, ctx);
    if (!found) return NOTHING;
    const { hash } = await ctx.artifacts.write(found.file, withoutAddress(found.text, registry));
    return { kind: found.kind, file: found.file, hash };
  } catch (error) {
    // The document alone says a good deal: a tarball that is missing or odd is no reason to know nothing.
    if (!(error instanceof Fatal || error instanceof UnreadableTarball)) throw error;
    ctx.log.warn(`no text from the tarball of ${name}: ${error.message}`);
    return NOTHING;
  }
}

/** In the beginning of the tarball if possible, which for a few packages means megabytes less. */
async function findText(name: string, tarball: string, bytes: number, registry: Registry, ctx: Ctx) {
  const beginning = await fetchTarball(name, tarball, bytes, registry, ctx);
  const found = await publishedText(beginning.bytes);
  if (found || beginning.whole || bytes === PLATFORM_BUILD_BYTES) return found;
  const all = await fetchTarball(name, tarball, TARBALL_BYTES, registry, ctx);
  return publishedText(all.bytes);
}
