/** A tree → the words of the author and nothing else: blocks on lines of their own, no marks added. */
import { isElement, isText, type DomNode } from './dom.ts';

/** An empty line before and after. */
const PARAGRAPHS = new Set(
  'address article aside blockquote details div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section summary table ul'.split(' '),
);
/** A line of their own. */
const LINES = new Set(['br', 'caption', 'dd', 'dt', 'li', 'tr', 'option']);
const CELLS = new Set(['td', 'th']);
/** `annotation`: the source of a formula that stands there already. */
const SILENT = new Set(['annotation', 'annotation-xml', 'head', 'noscript', 'object', 'script', 'style', 'svg', 'template', 'textarea', 'select']);

export function plainText(node: DomNode): string {
  const writer = new Writer();
  writer.children(node, false);
  return writer.toString();
}

class Writer {
  private readonly lines: string[] = [];
  /** The line that is being written, in pieces: to look at the end of a growing text again and again would be quadratic. */
  private line: string[] = [];
  private spaced = true;

  children(node: DomNode, verbatim: boolean): void {
    for (const child of node.childNodes) this.node(child, verbatim);
  }

  toString(): string {
    this.end();
    return this.lines.join('\n').replace(/\n{3,}/g, '\n\n').trim();
  }

  private node(node: DomNode, verbatim: boolean): void {
    if (isText(node)) return this.write(node.textContent ?? '', verbatim);
    if (!isElement(node) || SILENT.has(node.localName)) return;
    const name = node.localName;
    const isParagraph = PARAGRAPHS.has(name);
    const isBlock = isParagraph || LINES.has(name);
    if (isBlock) this.end();
    if (isParagraph) this.lines.push('');
    this.children(node, verbatim || name === 'pre');
    if (isBlock) this.end();
    if (isParagraph) this.lines.push('');
    if (CELLS.has(name)) this.put('\t');
  }

  private write(text: string, verbatim: boolean): void {
    // Soft hyphens say where a word may be broken; it is one word.
    const whole = text.replaceAll('\u00ad', '');
    if (!verbatim) return this.put(whole.replace(/\s+/g, ' '));
    const [first = '', ...others] = whole.split(/\r?\n/);
    this.put(first);
    for (const other of others) {
      this.end();
      this.line = [other];
    }
  }

  private put(text: string): void {
    const piece = this.spaced ? text.replace(/^ /, '') : text;
    if (piece === '') return;
    this.line.push(piece);
    this.spaced = /\s$/.test(piece);
  }

  private end(): void {
    const line = this.line.join('').trimEnd();
    if (line !== '') this.lines.push(line);
    this.line = [];
    this.spaced = true;
  }
}
