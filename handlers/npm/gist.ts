/** Release notes of several versions in one paragraph that a person reads in a few seconds. Pure. */
import { plain } from './readme.ts';
import { parseVersion } from './semver.ts';

const CHARACTERS_AT_MOST = 420;
const POINTS_PER_VERSION = 4;

/** `6.0.0: Removed Node 20. 6.0.2: Fixed a leak; faster start.` Versions that begin a line of their own (x.0.0) go first. '' without notes. */
export function gistOf(releases: readonly { version: string; notes: string | null }[]): string {
  const points = releases
    .map(({ version, notes }) => ({ version, points: pointsOf(notes ?? '').slice(0, POINTS_PER_VERSION) }))
    .filter(({ points }) => points.length > 0)
    .toSorted((a, b) => Number(beginsLine(b.version)) - Number(beginsLine(a.version)));
  let text = '';
  for (const { version, points: said } of points) {
    const next = `${text}${text && ' '}${version}: ${said.join('; ').replace(/[.;:,]+$/, '')}.`;
    if (next.length > CHARACTERS_AT_MOST && text !== '') break;
    text = next;
  }
  return text.length > CHARACTERS_AT_MOST ? `${text.slice(0, text.lastIndexOf(' ', CHARACTERS_AT_MOST))} …` : text;
}

function beginsLine(version: string): boolean {
  const { minor, patch } = parseVersion(version) ?? {};
  return minor === 0 && patch === 0;
}

/** List items where there are any, else paragraphs; without commits, authors and the headings of kinds. */
function pointsOf(notes: string): string[] {
  const text = notes.replace(/^ {0,3}(```|~~~)[\s\S]*?^ {0,3}\1.*$/gm, '');
  const items = [...text.matchAll(/^ {0,3}[-*+] +(.*(?:\n(?! *[-*+] |\s*\n|#).*)*)/gm)].map((match) => match[1]!);
  const blocks = items.length > 0 ? items : text.split(/\n\s*\n/).filter((block) => !/^\s*#/.test(block));
  return blocks.map(point).filter((one) => /\p{L}{3}/u.test(one));
}

function point(markdown: string): string {
  const withoutCredits = markdown
    .replace(/\(?\[`?[0-9a-f]{7,40}`?\]\([^)]*\)\)?/g, '')
    .replace(/\s*(?:,\s*)?(?:closes?|fixes)\s+\[?`?#\d+`?\]?(?:\([^)]*\))?/gi, '')
    .replace(/\(?\[?`?#\d+`?\]?(?:\([^)]*\))?\)?/g, '')
    .replace(/!?\s*Thanks \[?@[\w-]+\]?(?:\([^)]*\))?\s*!?/gi, '')
    .replace(/\s*\(?\bby \[?@[\w-]+\]?(?:\([^)]*\))?\)?/gi, '');
  return plain(withoutCredits)
    .replace(/^[\s\-–:;,]+|[\s\-–:;,(]+$/g, '')
    .replace(/\s+([.,;])/g, '$1')
    .replace(/\.$/, '');
}
