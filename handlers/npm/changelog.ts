/**
 * Finds what a changelog says of each version. Authors write headings as they like; these are known:
 * `## [1.2.3] - 2026-01-31`, `## 1.2.3`, `# v1.2.3`, `# [1.2.0](link) (2026-01-31)`, `## name@1.2.3`, `## Version 1.2`,
 * and a line `1.2.3 / 2026-01-31` that is underlined, or bold.
 */

/** `date` as YYYY-MM-DD where the heading has one. */
export type Section = { version: string; date?: string; notes: string };

type Line = { text: string; heading?: { level: number; title: string } };

const VERSION = /^(?:(?:@[\w.-]+\/)?[a-z][\w.-]*@|(?:version|release)\s+)?v?(\d+\.\d+(?:\.\d+(?:-[0-9a-z.-]+)?)?)(?![\w.])/i;
const DATE = /\b(\d{4}-\d{2}-\d{2})\b/;

/** In the order of the text. Text before the first version, and in headings beside the versions, is left out. */
export function readChangelog(text: string): Section[] {
  const sections: (Section & { level: number; lines: string[] })[] = [];
  let open: (typeof sections)[number] | undefined;
  for (const { text: line, heading } of linesOf(text)) {
    const version = heading && versionIn(heading.title);
    if (heading && version !== undefined) {
      open = { version, level: heading.level, lines: [], notes: '', ...dateIn(heading.title) };
      sections.push(open);
    } else if (heading && open && heading.level <= open.level) open = undefined;
    else open?.lines.push(line);
  }
  return sections.map(({ version, date, lines }) => ({ version, ...(date === undefined ? {} : { date }), notes: lines.join('\n').trim() }));
}

/** The version that a heading is about: "1.2" is 1.2.0. */
function versionIn(title: string): string | undefined {
  const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[[\]*`]/g, '').trim();
  const version = VERSION.exec(plain)?.[1];
  return version?.split('.').length === 2 ? `${version}.0` : version;
}

function dateIn(title: string): { date?: string } {
  const date = DATE.exec(title)?.[1];
  return date === undefined ? {} : { date };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let fence: string | undefined;
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    const mark = /^\s{0,3}(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || fence === mark)) fence = fence === undefined ? mark : undefined;
    if (fence !== undefined || mark !== undefined) lines.push({ text: line });
    else if (/^(=+|-{3,})\s*$/.test(line) && isTitle(lines.at(-1))) lines.push(underlined(lines.pop()!, line));
    else lines.push({ text: line, ...headingOf(line) });
  }
  return lines;
}

function headingOf(line: string): Pick<Line, 'heading'> {
  const [, marks, title] = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line) ?? [];
  if (marks !== undefined) return { heading: { level: marks.length, title: title! } };
  const bold = /^\*\*(v?\d+\.\d+[^*]*)\*\*(.*)$/.exec(line);
  return bold ? { heading: { level: 6, title: `${bold[1]}${bold[2]}` } } : {};
}

function isTitle(line: Line | undefined): boolean {
  return line !== undefined && line.heading === undefined && versionIn(line.text) !== undefined;
}

function underlined({ text }: Line, line: string): Line {
  return { text, heading: { level: line.startsWith('=') ? 1 : 2, title: text } };
}
