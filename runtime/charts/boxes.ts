/** How large things are, in CSS px: text of 12 px, events and lines in a face of even width. */
import type { ChartLine, ChartState } from '../../inspector/protocol.ts';

const CHARACTER = { name: 8.4, text: 6.7 };
const PADDING = 8;
const HEADER = 26;
export const LINE = 16;
const LEAST_WIDTH = 76;
/** Before a text: the truth of its guard, the ring of its timer. */
export const MARK = 16;
/** The circle of a history state, the dot before a first state. */
const HISTORY = 26;
export const DOT = 8;

export type Size = { width: number; height: number };

export const textWidth = (text: string): number => Math.ceil(text.length * CHARACTER.text);
export const widthOf = ({ text, isMarked }: { text: string; isMarked?: boolean }): number => textWidth(text) + (isMarked ? MARK : 0);

/** What stands above the states within: the name, and lines in as many columns as keep it flat. */
export type Header = Size & { name: Size; columns: ChartLine[][] };

export function headerOf({ key, type, states }: ChartState, lines: readonly ChartLine[]): Header {
  if (type === 'history') return { width: HISTORY, height: HISTORY, name: { width: HISTORY, height: HISTORY }, columns: [] };
  const columns = inColumns(lines, states.length > 0 ? columnsFor(lines.length) : 1);
  const widths = columns.map(columnWidth);
  const name = { width: key.length * CHARACTER.name + 2 * PADDING, height: HEADER };
  const width = Math.max(name.width, LEAST_WIDTH, widths.reduce((sum, one) => sum + one + PADDING, PADDING));
  const rows = columns[0]?.length ?? 0;
  return { width: Math.ceil(width), height: HEADER + rows * LINE + (rows > 0 || states.length === 0 ? PADDING : 0), name, columns };
}

/** Where each line begins, from the corner of its state. */
export function placed(columns: readonly ChartLine[][]): { line: ChartLine; x: number; y: number }[] {
  let x = PADDING;
  return columns.flatMap((column) => {
    const at = x;
    x += columnWidth(column) + PADDING;
    return column.map((line, row) => ({ line, x: at, y: HEADER + row * LINE }));
  });
}

const columnWidth = (column: readonly ChartLine[]): number => Math.max(...column.map(widthOf));
const columnsFor = (lines: number): number => (lines <= 5 ? 1 : lines <= 12 ? 2 : 3);

function inColumns(lines: readonly ChartLine[], columns: number): ChartLine[][] {
  const rows = Math.ceil(lines.length / columns);
  return Array.from({ length: columns }, (_, column) => lines.slice(column * rows, (column + 1) * rows)).filter((column) => column.length > 0);
}
