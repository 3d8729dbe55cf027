/** A digest as Markdown: what to look at first, then the rest by distance. The same entries and the same day give the same text. */
import type { Report } from '../npm/report.ts';
import { arrange, newestByName, type Digest, type Group } from './groups.ts';
import { anchor, cell, inline, link } from './markdown.ts';

const SECTIONS: [keyof Digest, title: string, inWords: string][] = [
  ['attention', 'Needs attention', 'in need of attention'],
  ['major', 'Major versions', 'major'],
  ['minor', 'Minor versions', 'minor'],
  ['patch', 'Patches', 'patch'],
];
const NAMES_AT_MOST = 4;
const WARNINGS_AT_MOST = 3;

/** `day`: YYYY-MM-DD. */
export function renderDigest(entries: readonly Report[], day: string): string {
  const digest = arrange(newestByName(entries));
  const groups = SECTIONS.flatMap(([section]) => digest[section]);
  const sections = SECTIONS.filter(([section]) => digest[section].length > 0);
  return `${[
    `# Release digest, ${day}`,
    summary(digest, groups.length),
    ...(groups.length > 0 ? [table(groups)] : []),
    ...sections.flatMap(([section, title]) => [`## ${title}`, ...digest[section].map(paragraphs)]),
  ].join('\n\n')}\n`;
}

function summary(digest: Digest, all: number): string {
  if (all === 0) return 'Nothing deserves your attention: every package is current, or nearly so.';
  const counts = SECTIONS.filter(([section]) => digest[section].length > 0).map(([section, , inWords]) => `${digest[section].length} ${inWords}`);
  return `${all === 1 ? '**One package** deserves' : `**${all} packages** deserve`} a look: ${counts.join(', ')}.`;
}

function table(groups: readonly Group[]): string {
  const rows = groups.map(({ entry, others }) => {
    const { name, from, to, score } = entry;
    return `| [${cell(name)}](#${anchor(heading(entry))})${others.length > 0 ? ` +${others.length}` : ''} | ${cell(from)} | ${cell(to ?? 'deprecated')} | ${howFar(entry)} | ${whose(entry)} | ${score} |`;
  });
  return ['| package | installed | newest | behind | needed by | score |', '|---|---|---|---|---|---:|', ...rows].join('\n');
}

function paragraphs(group: Group): string {
  const { entry, others } = group;
  const about = entry.about === '' || entry.about === entry.name ? [] : [`> ${inline(entry.about)}`];
  return [`### ${inline(heading(entry))}`, facts(entry), ...about, ...points(entry), notes(entry), ...together(others), score(entry)].join('\n\n');
}

function heading({ name, from, to }: Report): string {
  return `${name} ${from}${to === null ? '' : ` → ${to}`}`;
}

/** One line: how far, since when, whose, under which license, where. */
function facts(entry: Report): string {
  const { releases, toDate, license, repository } = entry;
  return [
    `**${howFar(entry)}**${releases > 1 ? `, ${releases} releases` : ''}`,
    ...(toDate === null ? [] : [`released ${toDate.slice(0, 10)}`]),
    `needed by ${whose(entry)}`,
    ...(license === null ? [] : [inline(license)]),
    ...(repository === null ? [] : [link('repository', repository)]),
    ...releasesPage(repository),
  ].join(' · ');
}

function releasesPage(repository: string | null): string[] {
  const found = /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+/.exec(repository ?? '')?.[0];
  return found === undefined ? [] : [link('releases', `${found}/releases`)];
}

function points({ deprecated, security, breaking, changes, within }: Report): string[] {
  const lines = [
    ...(deprecated === null ? [] : [`**Deprecated**: ${inline(deprecated)}`]),
    ...labelled('Security', security),
    ...labelled('Breaking', breaking),
    ...changes.filter(({ kind }) => kind === 'note').map(({ text }) => inline(text)),
    ...(within === null ? [] : [`a smaller step, which should be compatible: ${inline(within)}`]),
  ];
  return lines.length === 0 ? [] : [lines.map((line) => `- ${line}`).join('\n')];
}

function labelled(label: string, lines: readonly string[]): string[] {
  const more = lines.length - WARNINGS_AT_MOST;
  return [...lines.slice(0, WARNINGS_AT_MOST), ...(more > 0 ? [`${more} more like these`] : [])].map((line) => `**${label}**: ${inline(line)}`);
}

function notes({ notes, notesFrom, to, milestones }: Report): string {
  if (notes !== '') return inline(notes);
  if (to === null) return 'There is no newer release to go to.';
  const silence = notesFrom === 'changelog' ? 'Its changelog does not mention these releases.' : 'No release notes come with the package.';
  const way = milestones.map(({ version, date }) => `${inline(version)}${date === null ? '' : ` (${date.slice(0, 10)})`}`);
  return way.length === 0 ? silence : `On the way: ${way.join(', ')}. ${silence}`;
}

function score({ score, why }: Report): string {
  return `*${inline(`Score ${score}: ${why.join(', ')}`)}*`;
}

function together(others: readonly string[]): string[] {
  if (others.length === 0) return [];
  const more = others.length - NAMES_AT_MOST;
  return [`The same goes for ${others.slice(0, NAMES_AT_MOST).map(inline).join(', ')}${more > 0 ? ` and ${more} more from the same repository` : ''}.`];
}

function howFar({ distance, behind, to }: Report): string {
  if (to === null) return 'deprecated';
  if (distance === 'major') return counted(Math.max(1, behind.major), 'major version');
  if (distance === 'minor') return counted(Math.max(1, behind.minor), 'minor version');
  return distance === 'patch' ? counted(Math.max(1, behind.patch), 'patch', 'patches') : 'a pre-release';
}

function counted(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `1 ${one}` : `${n} ${many}`;
}

function whose({ direct, dev, via }: Report): string {
  if (direct) return dev ? 'this project (development)' : 'this project';
  return via.length === 0 ? 'another package' : `${via.slice(0, 2).map(cell).join(', ')}${via.length > 2 ? ' …' : ''}`;
}
