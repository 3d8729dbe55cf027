/** The text in a package's tarball that may speak of its releases. */
import { filesIn, type TarFile } from './tar.ts';

export type PublishedText = { kind: 'changelog' | 'readme'; file: string; text: string };

const TEXT_BYTES = 1024 * 1024;
/** Best first. Only at the top of the package: those of its own dependencies lie deeper. */
const CHANGELOG = /^[^/]+\/(changelog|changes|history|releases?|release[-_]notes|news)(\.(md|markdown|mdx|txt|rst))?$/i;
const README = /^[^/]+\/readme(\.(md|markdown|mdx|txt|rst))?$/i;

/** A changelog, else the README, else undefined. */
export async function publishedText(tarball: Uint8Array): Promise<PublishedText | undefined> {
  const files = await filesIn(tarball, (path) => CHANGELOG.test(path) || README.test(path), TEXT_BYTES);
  const changelogs = files.filter(({ path }) => CHANGELOG.test(path)).toSorted((a, b) => rank(a) - rank(b));
  const readme = files.find(({ path }) => README.test(path));
  const found = changelogs[0] ?? readme;
  return found && { kind: found === readme ? 'readme' : 'changelog', file: baseName(found), text: found.text };
}

function rank(file: TarFile): number {
  return ['changelog', 'changes', 'history'].indexOf(baseName(file).replace(/\..*$/, '').toLowerCase()) >>> 0;
}

function baseName({ path }: TarFile): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
