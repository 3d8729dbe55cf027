/** A tree → Markdown, for people and models: with headings, lists, quotes, tables, code, links and pictures. */
import { isElement, isText, type DomElement, type DomNode } from './dom.ts';

const BLOCKS = new Set(
  'address article aside blockquote body details dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table ul'.split(' '),
);
const SILENT = new Set(['annotation', 'annotation-xml', 'head', 'noscript', 'object', 'script', 'style', 'svg', 'template', 'textarea', 'select']);
const EMPHASIS: Readonly<Record<string, string>> = { strong: '**', b: '**', em: '*', i: '*', del: '~~', s: '~~' };

export function markdown(root: DomElement): string {
  return blocks(root).join('\n\n').replace(/\n{3,}/g, '\n\n').trim();
}

/** The children of an element as blocks; what stands between blocks is a paragraph. */
function blocks(element: DomNode): string[] {
  const found: string[] = [];
  let paragraph = '';
  const end = () => {
    if (paragraph.trim() !== '') found.push(tidy(paragraph));
    paragraph = '';
  };
  for (const child of element.childNodes) {
    if (isElement(child) && (BLOCKS.has(child.localName) || holdsBlocks(child))) {
      end();
      found.push(...block(child).filter((text) => text !== ''));
    } else paragraph += inline(child);
  }
  end();
  return found;
}

/** An <a> or <span> may hold whole paragraphs. */
function holdsBlocks(element: DomElement): boolean {
  return !SILENT.has(element.localName) && [...element.children].some((child) => BLOCKS.has(child.localName) || holdsBlocks(child));
}

function block(element: DomElement): string[] {
  const name = element.localName;
  if (SILENT.has(name)) return [];
  if (/^h[1-6]$/.test(name)) return [`${'#'.repeat(Number(name[1]))} ${tidy(inlines(element)).replaceAll('\n', ' ')}`.trimEnd()].filter((text) => /[^# ]/.test(text));
  if (name === 'hr') return ['---'];
  if (name === 'pre') return [fenced(element)];
  if (name === 'blockquote') return [prefixed(blocks(element), '> ', '> ')];
  if (name === 'ul' || name === 'ol') return [list(element, name === 'ol')];
  if (name === 'table') return [table(element)];
  return blocks(element);
}

function list(element: DomElement, numbered: boolean): string {
  const items = [...element.children].filter(({ localName }) => !SILENT.has(localName));
  const start = Number.parseInt(element.getAttribute('start') ?? '1', 10) || 1;
  return items
    .map((item, index) => {
      const mark = numbered ? `${start + index}. ` : '- ';
      return prefixed(item.localName === 'li' ? blocks(item) : block(item), mark, ' '.repeat(mark.length));
    })
    .filter((text) => /[^\s\d.-]/.test(text))
    .join('\n');
}

function prefixed(texts: readonly string[], first: string, others: string): string {
  return texts.join('\n\n').split('\n').map((line, index) => ((index === 0 ? first : others) + line).trimEnd()).join('\n');
}

/** A table of one column, or with large blocks in its cells, is a layout. */
function table(element: DomElement): string {
  const rows = [...element.querySelectorAll('tr')].map((row) => [...row.children].filter(({ localName }) => localName === 'td' || localName === 'th'));
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width < 2 || element.querySelector('table, pre, blockquote, h1, h2, h3')) return blocksOfCells(rows);
  const lines = rows.filter((row) => row.length > 0).map((row) => `| ${Array.from({ length: width }, (_, column) => cell(row[column])).join(' | ')} |`);
  return [lines[0], `|${' --- |'.repeat(width)}`, ...lines.slice(1)].join('\n');
}

function blocksOfCells(rows: readonly DomElement[][]): string {
  return rows.flat().flatMap(blocks).join('\n\n');
}

function cell(element: DomElement | undefined): string {
  return element ? tidy(inlines(element)).replaceAll('\n', ' ').replaceAll('|', '\\|') : '';
}

function fenced(element: DomElement): string {
  const code = element.textContent.replace(/^\n/, '').trimEnd();
  const fence = '`'.repeat(Math.max(3, ...(code.match(/`+/g) ?? []).map((ticks) => ticks.length + 1)));
  const [, language = ''] = /\blang(?:uage)?-([\w+#-]+)/.exec(`${element.className} ${element.querySelector('code')?.className ?? ''}`) ?? [];
  return `${fence}${language}\n${code}\n${fence}`;
}

function inlines(element: DomElement): string {
  return [...element.childNodes].map(inline).join('');
}

function inline(node: DomNode): string {
  if (isText(node)) return (node.textContent ?? '').replace(/\s+/g, ' ');
  if (!isElement(node) || SILENT.has(node.localName)) return '';
  const name = node.localName;
  if (name === 'br') return '\n';
  if (name === 'img') return picture(node);
  if (name === 'code') return `\`${(node.textContent ?? '').trim()}\``;
  const text = inlines(node);
  if (BLOCKS.has(name)) return ` ${text} `; // In the cell of a table.
  if (name === 'a') return link(node, text);
  const mark = EMPHASIS[name];
  return mark && text.trim() !== '' ? text.replace(/^(\s*)(.*?)(\s*)$/s, `$1${mark}$2${mark}$3`) : text;
}

function link(element: DomElement, text: string): string {
  const href = element.getAttribute('href') ?? '';
  if (!/^https?:/i.test(href) || text.trim() === '') return text;
  return text.replace(/^(\s*)(.*?)(\s*)$/s, (_, before, label, after) => `${before}[${label}](${address(href)})${after}`);
}

function picture(element: DomElement): string {
  const src = element.getAttribute('src') ?? '';
  return /^https?:/i.test(src) ? `![${(element.getAttribute('alt') ?? '').replace(/[\s[\]]+/g, ' ').trim()}](${address(src)})` : '';
}

/** As Markdown can hold it between round brackets. */
function address(url: string): string {
  return url.replace(/[()\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function tidy(text: string): string {
  return text.replace(/[ \t]+/g, ' ').replace(/ ?\n ?/g, '\n').trim();
}
