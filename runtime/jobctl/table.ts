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
  /** Left out where a narrow terminal has no room for it; the last of them goes first. */
  spare?: boolean;
  /** Applied after the width is settled. */
  paint?(text: string, row: Row): string;
};

const GAP = '  ';
/** What a column that may be cut keeps at least. */
const LEAST = 10;

/** Lines without trailing blanks; columns in which no row has anything are left out. On a terminal, those with a `most` are cut, then spare ones left out, until a line fits. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], within: number = process.stdout.columns ?? Infinity): string[] {
  const written = columns.map((column) => ({ ...column, cells: rows.map((row) => fit(oneLine(String(column.text(row))), column.most ?? Infinity)) }));
  const filled = fitting(written.filter((column) => column.cells.some((cell) => cell !== '')), within);
  const widths = fitted(filled.map((column) => ({ wanted: wantedBy(column), isFlexible: column.most !== undefined })), within);
  const line = (cells: readonly string[], painted: (text: string, column: number) => string) =>
    cells.map((cell, index) => pad(fit(cell, widths[index]!), widths[index]!, filled[index]!.align, (text) => painted(text, index))).join(GAP).trimEnd();
  return [
    line(filled.map((column) => column.head), (text) => text),
    ...rows.map((row, at) => line(filled.map((column) => column.cells[at]!), (text, index) => filled[index]!.paint?.(text, row) ?? text)),
  ];
}

type Filled = Pick<Column<never>, 'head' | 'most' | 'spare'> & { cells: string[] };

const wantedBy = ({ head, cells }: Filled): number => Math.max(width(head), ...cells.map(width));

function fitting<Of extends Filled>(columns: readonly Of[], within: number): readonly Of[] {
  const least = columns.reduce((sum, column) => sum + GAP.length + (column.most === undefined ? wantedBy(column) : Math.min(LEAST, wantedBy(column))), -GAP.length);
  const spare = columns.findLastIndex((column) => column.spare);
  return least > within && spare >= 0 ? fitting(columns.toSpliced(spare, 1), within) : columns;
}

/** The widest column that may be cut gives first. */
function fitted(columns: readonly { wanted: number; isFlexible: boolean }[], within: number): number[] {
  const widths = columns.map(({ wanted }) => wanted);
  const over = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1)) - within;
  while (over() > 0) {
    const widest = Math.max(...widths.filter((_, index) => columns[index]!.isFlexible));
    if (!(widest > LEAST)) break;
    widths[widths.findIndex((one, index) => columns[index]!.isFlexible && one === widest)]! -= 1;
  }
  return widths;
}

function pad(text: string, columns: number, align: 'right' | undefined, paint: (text: string) => string): string {
  const blanks = ' '.repeat(Math.max(0, columns - width(text)));
  return align === 'right' ? blanks + paint(text) : paint(text) + blanks;
}
