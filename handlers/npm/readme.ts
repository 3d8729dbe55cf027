/** The beginning of a README that says what the thing is: without badges, logos, menus and code. */

const LETTERS_AT_LEAST = 30;

/** Up to `count` paragraphs as plain text, each on one line; '' when there are none. */
export function firstParagraphs(readme: string, count = 2): string {
  const paragraphs = withoutCode(readme)
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/\n\s*\n/)
    .filter((block) => !/^\s*(#{1,6}\s|\||=+$)/.test(block))
    .map(plain)
    .filter(isProse);
  return paragraphs.slice(0, count).join('\n\n');
}

function withoutCode(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/^ {0,3}(```|~~~)[\s\S]*?^ {0,3}\1.*$/gm, '');
}

/** Links keep their text, pictures and tags vanish. */
export function plain(markdown: string): string {
  return markdown
    .replace(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, '')
    .replace(/<[^>]*>/g, '')
    .replace(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/^\s*>+ ?/gm, '')
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Not a bar of links, nor a command. */
function isProse(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const separators = text.match(/[|·•]/g)?.length ?? 0;
  return letters >= LETTERS_AT_LEAST && letters > text.length / 2 && separators < 3;
}
