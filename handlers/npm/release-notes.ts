/** Joins the releases that the registry knows with what the package's own text says of them. Pure. */
import { readChangelog } from './changelog.ts';
import type { Change } from './manifest-changes.ts';
import { firstParagraphs } from './readme.ts';
import type { Release } from './releases.ts';
import { breakingLines, securityLines } from './wording.ts';

/** `notes` is null where nothing was published. */
export type ReleaseNotes = Release & { notes: string | null; breaking: string[]; security: string[] };

/** Where the notes come from. A README says what the package is; seldom what is new. */
export type NotesSource = 'changelog' | 'readme' | 'none';

const NOTES_CHARACTERS = 4_000;
const WARNINGS_AT_MOST = 8;

/** One entry per release, in the same order. `text` is a changelog or a README. */
export function notesOfReleases(releases: readonly Release[], text: string): ReleaseNotes[] {
  const sections = new Map(readChangelog(text).map((section) => [section.version, section]));
  return releases.map((release) => {
    const { notes = '', date = null } = sections.get(release.version) ?? {};
    return { ...release, date: release.date ?? date, notes: notes === '' ? null : trimmed(notes), breaking: breakingLines(notes), security: securityLines(notes) };
  });
}

/** What may break and what concerns security, as the package.json files and the notes tell. */
export function warningsOf(releases: readonly ReleaseNotes[], changes: readonly Change[]): Record<'breaking' | 'security', string[]> {
  const linesOf = (kind: 'breaking' | 'security') => [
    ...changes.filter((change) => change.kind === kind).map(({ text }) => text),
    ...releases.flatMap((release) => release[kind].map((line) => `${release.version}: ${line}`)),
  ];
  return { breaking: linesOf('breaking').slice(0, WARNINGS_AT_MOST), security: linesOf('security').slice(0, WARNINGS_AT_MOST) };
}

/** What the package is, in its authors' words: the description of its package.json, else the README's beginning. */
export function aboutPackage(description: string | null, readme: string): string {
  return description?.trim() || firstParagraphs(readme, 1);
}

/** Cut between paragraphs where possible. */
function trimmed(notes: string): string {
  if (notes.length <= NOTES_CHARACTERS) return notes;
  const cut = notes.slice(0, NOTES_CHARACTERS - 1);
  const end = cut.lastIndexOf('\n');
  return `${cut.slice(0, end > NOTES_CHARACTERS / 2 ? end : undefined).trimEnd()}\n…`;
}
