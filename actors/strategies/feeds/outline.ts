/** Where the entries of an XML feed stand. So each is parsed by itself: a broken one costs no other, and a long feed blocks nobody. */
import { declaredEntities, type Entities } from './doctype.ts';
import { tagsOf, type Tag } from './tags.ts';
import { UnreadableFeed } from './unreadable.ts';

export type XmlKind = 'rss' | 'atom' | 'rdf';

/** An entry, from its first character to behind its last. */
export type Item = { from: number; to: number };

export type Outline = {
  kind: XmlKind;
  /** Of `<r:rss>`. */
  prefix?: string;
  items: Item[];
  /** What stands around an entry: the start tags of its ancestors, which declare its namespaces, and their ends. */
  before: string;
  after: string;
  /** `xml:base` of the ancestors, the outermost first. */
  bases: string[];
  /** The feed without its entries. */
  shell: string;
  entities: Entities;
  /** It ends in the middle: what is not complete is no entry. */
  cut?: string;
  /** What is wrong and could be read all the same; the first of it. */
  fault?: string;
};

const ROOTS: Readonly<Record<string, XmlKind>> = { rss: 'rss', channel: 'rss', feed: 'atom', rdf: 'rdf' };
const ITEM: Readonly<Record<XmlKind, string>> = { rss: 'item', atom: 'entry', rdf: 'item' };
const DEEPEST = 256;
const PART = 1_000_000;

/**
 * @param turn called once per megabyte: lets others go on
 * @returns undefined when there is no feed in it
 * @throws UnreadableFeed for what is refused
 */
export async function outline(text: string, turn: () => Promise<void>): Promise<Outline | undefined> {
  const found = new Reading(text);
  let part = PART;
  for (const tag of tagsOf(text)) {
    if (tag.kind === 'cut') found.cut ??= `it ends within ${tag.within} that begins in ${place(text, tag.from)}`;
    else if (tag.kind === 'doctype') found.entities = declaredEntities(text.slice(tag.from, tag.to));
    else found.take(tag);
    if (found.complete) break;
    if (tag.from < part) continue;
    part = tag.from + PART;
    await turn();
  }
  return found.outline();
}

/** "line 3" */
export function place(text: string, at: number): string {
  let line = 1;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', end + 1)) line++;
  return `line ${line}`;
}

/** One pass over the tags. */
class Reading {
  entities: Entities = new Map();
  cut: string | undefined;
  complete = false;
  private readonly text: string;
  private readonly open: Tag[] = [];
  private root: { tag: Tag; kind: XmlKind; depth: number } | undefined;
  private item: { from: number; depth: number } | undefined;
  private around: readonly Tag[] | undefined;
  private readonly items: Item[] = [];
  private fault: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  take(tag: Tag): void {
    if (tag.kind === 'close') this.end(tag);
    else this.begin(tag);
  }

  private begin(tag: Tag): void {
    this.root ??= this.rootAt(tag);
    if (tag.kind === 'empty') {
      if (this.isItem(tag)) this.items.push({ from: tag.from, to: tag.to });
      if (this.root?.tag === tag) this.complete = true;
      return;
    }
    if (this.isItem(tag)) {
      this.around ??= this.open.slice(this.root!.depth);
      this.item = { from: tag.from, depth: this.open.length };
    }
    this.open.push(tag);
    if (this.root && this.open.length > DEEPEST) throw new UnreadableFeed(`it is nested more than ${DEEPEST} deep in ${place(this.text, tag.from)}; no feed is`);
  }

  /** Closes what has this name, and with it whatever was left open within. */
  private end(tag: Tag): void {
    const depth = this.open.findLastIndex(({ name }) => name === tag.name);
    // What is open outside of an entry is not closed from within it.
    if (depth === -1 || (this.item && depth < this.item.depth && depth !== this.root?.depth)) return this.note(`</${tag.name}> closes nothing`, tag);
    if (depth < this.open.length - 1) this.note(`<${this.open.at(-1)!.name}> is not closed`, tag);
    this.open.length = depth;
    if (this.item && depth === this.item.depth) this.items.push({ from: this.item.from, to: tag.to });
    if (this.item && depth <= this.item.depth) this.item = undefined;
    this.complete = this.root !== undefined && depth <= this.root.depth;
  }

  private isItem(tag: Tag): boolean {
    return this.root !== undefined && this.item === undefined && tag !== this.root.tag && tag.name === ITEM[this.root.kind];
  }

  private note(what: string, { from }: Tag): void {
    if (this.root) this.fault ??= `${what} (${place(this.text, from)})`;
  }

  /** Some servers wrap their feed in a web page: then it must say of itself that it is a feed. */
  private rootAt(tag: Tag): Reading['root'] {
    const kind = ROOTS[tag.name];
    if (kind === undefined) return undefined;
    const source = this.text.slice(tag.from, tag.to);
    const says = kind === 'atom' ? /atom/i.test(source) : kind === 'rss' && /\sversion\s*=/i.test(source);
    return this.open.length === 0 || says ? { tag, kind, depth: this.open.length } : undefined;
  }

  outline(): Outline | undefined {
    const { text, root, items, entities } = this;
    if (!root) return undefined;
    const starts = this.startTags(root.kind);
    const names = starts.map((start) => /^<([^\s/>]+)/.exec(start)?.[1] ?? '');
    const cut = this.leftOpen(root);
    const fault = this.fault ?? (this.complete ? undefined : `<${root.tag.name}> is not closed`);
    const prefix = root.kind === 'rss' ? /^<([\w.-]+):/.exec(text.slice(root.tag.from, root.tag.to))?.[1] : undefined;
    return {
      kind: root.kind,
      ...(prefix === undefined ? {} : { prefix }),
      items,
      before: starts.join(''),
      after: names.toReversed().map((name) => `</${name}>`).join(''),
      bases: starts.flatMap((start) => /\sxml:base\s*=\s*["']([^"']*)["']/i.exec(start)?.[1] ?? []),
      shell: shellOf(text, root.tag.from, items),
      entities,
      ...(cut === undefined ? {} : { cut }),
      ...(fault === undefined || cut !== undefined ? {} : { fault }),
    };
  }

  /** Those of the feed itself around an entry. The feed parser wants both of them in RSS, where feeds forget one or the other. */
  private startTags(kind: XmlKind): string[] {
    const { text, root, around = [] } = this;
    const own = [root!.tag, ...around].filter((tag, at, all) => all.indexOf(tag) === at && (tag === root!.tag || tag.name === 'channel'));
    const starts = own.map(({ from, to, kind }) => (kind === 'empty' ? `${text.slice(from, to - 2)}>` : text.slice(from, to)));
    if (kind !== 'rss') return starts.slice(0, 1);
    return [...(root!.tag.name === 'rss' ? [] : ['<rss>']), ...starts, ...(own.some(({ name }) => name === 'channel') ? [] : ['<channel>'])];
  }

  /** A feed whose last end tag alone is missing or broken is whole. */
  private leftOpen({ tag, kind, depth }: { tag: Tag; kind: XmlKind; depth: number }): string | undefined {
    const innermost = this.open.at(-1);
    if (this.complete || !innermost) return undefined;
    const isLast = this.open.length === depth + 1 && tag.name !== 'channel';
    const endsInEnd = /<\/[\w:]*\s*$/.test(this.text.slice(-50));
    if (isLast && (endsInEnd || (kind === 'rss' && this.cut === undefined))) return undefined;
    return this.cut ?? `it ends in the middle: <${innermost.name}> (${place(this.text, innermost.from)}) is not closed`;
  }
}

function shellOf(text: string, from: number, items: readonly Item[]): string {
  let shell = '';
  let at = from;
  for (const item of items) {
    shell += text.slice(at, item.from);
    at = item.to;
  }
  return shell + text.slice(at);
}
