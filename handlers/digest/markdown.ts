/** Text from outside on its way into Markdown: it may say what it likes, and must not become markup. */

/** One line of plain text. Code between backticks stays code; everything else that means something in Markdown is escaped. */
export function inline(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(/ {2,}/g, ' ').trim();
  return line
    .split(/(`[^`]+`)/)
    .map((part, i) => (i % 2 === 1 ? part : escaped(part)))
    .join('');
}

/** For the cell of a table, where a bar ends the cell even within code. */
export function cell(text: string): string {
  return inline(text).replace(/(?<!\\)\|/g, '\\|');
}

/** A link where `url` is https, else the plain text. */
export function link(text: string, url: string | null): string {
  const parsed = url === null ? null : URL.parse(url);
  return parsed?.protocol === 'https:' ? `[${inline(text)}](${parsed.href.replaceAll('(', '%28').replaceAll(')', '%29')})` : inline(text);
}

/** The address of a heading within the page, as GitHub makes it. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
}

function escaped(text: string): string {
  return text
    .replace(/[\\`*<~]|\](?=[([:])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/^[-+=#>[]/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');
}
