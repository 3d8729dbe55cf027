/** Aligned columns for people. */
import { oneLine } from './text.ts';
import { fit, width } from './width.ts';

export type Column<Row> = {
  head: string;
  /** Whatever it says is cleaned before it is shown. */
  text(row: Row): string | number;
  align?: 'right';
  /** Longest width; more is cut. */
  most?: number;
  /** Applied after the width is settled. */
  paint?(text: string, row: Row): string;
};

/** Lines without trailing blanks; columns in which no row has anything are left out. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const filled = columns
    .map((column) => ({ ...column, cells: rows.map((row) => fit(oneLine(String(column.text(row))), column.most ?? Infinity)) }))
    .filter((column) => column.cells.some((cell) => cell !== ''));
  const widths = filled.map((column) => Math.max(width(column.head), ...column.cells.map(width)));
  const line = (cells: readonly string[], painted: (text: string, column: number) => string) =>
    cells.map((cell, index) => pad(cell, widths[index]!, filled[index]!.align, (text) => painted(text, index))).join('  ').trimEnd();
  return [
    line(filled.map((column) => column.head), (text) => text),
    ...rows.map((row, at) => line(filled.map((column) => column.cells[at]!), (text, index) => filled[index]!.paint?.(text, row) ?? text)),
  ];
}

function pad(text: string, columns: number, align: 'right' | undefined, paint: (text: string) => string): string {
  const blanks = ' '.repeat(Math.max(0, columns - width(text)));
  return align === 'right' ? blanks + paint(text) : paint(text) + blanks;
}
