/** A mistake in a file, shown where it stands. Plain JSON, so that it travels to the CLI and the inspector. */
export type Problem = {
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units, as editors count. */
  column: number;
  message: string;
  /** The line with its neighbours, and carets below the place. */
  frame: string;
};

/** Offsets into the text: from, up to but without. */
export type Span = readonly [number, number];

/** A file's text with what it takes to point into it. `starts`: offsets of its lines. */
export type Source = { file: string; text: string; lines: string[]; starts: number[] };

const SHOWN = 50;
const WIDEST = 140;
const WIDE = /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u;

export function sourceOf(file: string, text: string): Source {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return { file, text, lines: text.split(/\r?\n/), starts };
}

/** `message` at `span` of the source. */
export function problemAt(source: Source, [from, to]: Span, message: string): Problem {
  const line = source.starts.findLastIndex((start) => start <= from) + 1;
  const column = from - source.starts[line - 1]! + 1;
  return { file: source.file, line, column, message: printable(message), frame: codeFrame(source.lines, line, column, to - from) };
}

/** One block of lines per problem, in the order of the file. */
export function formatProblems(problems: readonly Problem[]): string {
  const blocks = problems.slice(0, SHOWN).map(({ file, line, column, message, frame }) => `${file}:${line}:${column} ${message}\n${frame}`);
  if (problems.length > SHOWN) blocks.push(`… and ${problems.length - SHOWN} more\n`);
  return blocks.join('\n');
}

/** One line per problem, without what stands in the file there. */
export function listProblems(problems: readonly Problem[]): string {
  const lines = problems.slice(0, SHOWN).map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more`);
  return lines.join('\n');
}

function codeFrame(lines: readonly string[], line: number, column: number, length: number): string {
  // A file of one endless line must not fill the terminal: the frame slides along with the column.
  const skipped = lines[line - 1]!.length > WIDEST ? Math.max(0, column - WIDEST / 2) : 0;
  const gutter = String(line + 1).length + 2;
  let frame = '';
  for (let n = Math.max(1, line - 1); n <= Math.min(lines.length, line + 1); n++) {
    const text = printable(lines[n - 1]!.slice(skipped, skipped + WIDEST));
    frame += `${`${n === line ? '>' : ' '} ${n}`.padEnd(gutter)} | ${text}`.trimEnd() + '\n';
    if (n !== line) continue;
    const before = text.slice(0, column - 1 - skipped);
    const marked = text.slice(before.length, before.length + Math.max(1, length));
    frame += `${' '.repeat(gutter)} | ${blank(before, ' ')}${blank(marked, '^') || '^'}\n`;
  }
  return frame;
}

/** The file may come from anywhere: what it holds must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
}

/** As wide on the screen as `text`: tabs stay tabs, wide characters count twice, joiners and selectors not at all. */
function blank(text: string, fill: string): string {
  return [...text]
    .map((character) => (character === '\t' && fill === ' ' ? '\t' : /[\u200d\ufe0f]/.test(character) ? '' : WIDE.test(character) ? fill + fill : fill))
    .join('');
}
