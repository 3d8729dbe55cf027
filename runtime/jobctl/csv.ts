/** Lines of a CSV table (RFC 4180). */

/** What a spreadsheet would take for a formula: titles come from anywhere. */
const FORMULA = /^[=+\-@\t\r]/;

/** Numbers stay numbers; a text that looks like a formula gets an apostrophe in front, which spreadsheets do not show. */
export const csvLine = (cells: readonly (string | number)[]): string => cells.map((cell) => (typeof cell === 'number' ? String(cell) : quoted(FORMULA.test(cell) ? `'${cell}` : cell))).join(',');

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
