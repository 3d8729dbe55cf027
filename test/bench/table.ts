/** Text in columns: the first to the left, the others to the right. */

export function table(rows: readonly (readonly string[])[]): string {
  const widths = Array.from({ length: Math.max(...rows.map(({ length }) => length)) }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n');
}
