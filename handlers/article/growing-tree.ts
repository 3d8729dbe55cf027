/**
 * A stream of tags → a tree of a bounded size. What reads the tree later is quadratic or worse in its depth, and recurses: 1,500 tables
 * within each other kept Readability busy for more than 40 s, 20,000 <div> ended in a stack overflow.
 *
 *   scripts, styles, comments     left out (JSON-LD stays)
 *   deeper than 120 levels        the element goes, its text stays; browsers do the same at 512
 *   more than the limits below    the rest of the page is left out, and `cut` says why
 *   <html>, <head>, <body>        once each, wherever they stood, or did not
 */
import type { DomDocument, DomElement } from './dom.ts';

const MOST_DEPTH = 120;
/** Not closed yet. The parser looks through all of them for an end tag of something that was never opened. */
const MOST_OPEN = 6_000;
/** Of open elements, looked through for end tags: a quarter of a second. */
const MOST_SEARCHED = 250_000_000;
const MOST_ELEMENTS = 20_000;
/** Further ones are text: what weighs links against text looks at each of them many times. */
const MOST_LINKS = 5_000;
const MOST_ATTRIBUTES = 64;
/** Each entity begins another run. */
const MOST_RUNS = 150_000;
const MOST_TEXT = 3_000_000;

const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
const OF_HEAD = new Set(['base', 'link', 'meta', 'noscript', 'script', 'style', 'template', 'title']);
const UNREAD = new Set(['script', 'style', 'template', 'svg', 'frameset']);
/** An <svg> that is never closed ends where the text of the page goes on. */
const ENDS_SVG = new Set('article blockquote div h1 h2 h3 h4 h5 h6 li main ol p pre section table ul'.split(' '));
const NAME = /^[a-z][\w:.-]*$/;
const BEHAVIOUR = /^(?:on\w+|js\w+|nonce|integrity)$/;
const LONGEST_VALUE = 20_000;

/** What an open tag has led to; `element` is undefined where only the text goes in. */
type Open = { element: DomElement | undefined; unread: boolean };

/** Takes the events of htmlparser2. */
export class GrowingTree {
  /** Why the rest of the page is left out. */
  cut: string | undefined;
  private readonly document: DomDocument;
  private readonly open: Open[] = [];
  /** Since the last `spend`. */
  private mostOpen = 0;
  private searched = 0;
  private into: DomElement;
  private text = '';
  private depth = 0;
  private elements = 0;
  private links = 0;
  private runs = 0;
  private chars = 0;
  /** What nobody reads, while we are in it. */
  private unread: { name: string; levels: number } | undefined;

  constructor(document: DomDocument) {
    this.document = document;
    this.into = document.head;
  }

  /** What `endTags` more may have cost the parser at worst. */
  spend(endTags: number): void {
    this.searched += endTags * this.mostOpen;
    this.mostOpen = this.open.length;
    this.limit(this.searched <= MOST_SEARCHED, 'it has too many end tags within too many elements');
  }

  onopentag(name: string, attributes: Record<string, string>): void {
    this.mostOpen = Math.max(this.mostOpen, this.open.length + 1);
    this.limit(this.open.length < MOST_OPEN, `its elements lie more than ${MOST_OPEN} deep within each other`);
    this.limit(this.elements < MOST_ELEMENTS, `it has more than ${MOST_ELEMENTS} elements`);
    if (this.cut !== undefined || name === 'head') return;
    if (name === 'html' || name === 'body') return this.enter(name, attributes);
    if (this.unread?.name === 'svg' && ENDS_SVG.has(name)) this.readAgain();
    if (this.unread) return this.skip(name);
    if (!OF_HEAD.has(name) && this.open.length === 0) this.enterBody();
    if (!isUnread(name, attributes)) return this.grow(name, attributes);
    this.unread = { name, levels: 0 };
    this.skip(name);
  }

  ontext(text: string): void {
    if (this.unread || this.cut !== undefined) return;
    if (this.open.length === 0 && text.trim() !== '') this.enterBody();
    this.runs += 1;
    this.chars += text.length;
    this.limit(this.chars <= MOST_TEXT, `it has more than ${MOST_TEXT} characters`);
    this.limit(this.runs <= MOST_RUNS, `its text is in more than ${MOST_RUNS} pieces`);
    this.text += text;
  }

  onclosetag(name: string): void {
    if (this.cut !== undefined || VOID.has(name) || name === 'html' || name === 'body') return;
    if (name === 'head') return this.enterBody();
    const closed = this.open.pop();
    if (closed?.unread && this.unread && --this.unread.levels === 0) this.unread = undefined;
    if (closed?.element) this.leave(closed.element);
  }

  onend(): void {
    this.write();
  }

  private limit(holds: boolean, otherwise: string): void {
    if (!holds) this.cut ??= otherwise;
  }

  private grow(name: string, attributes: Record<string, string>): void {
    if (name === 'a') this.links += 1;
    const fits = this.depth < MOST_DEPTH && NAME.test(name) && name !== 'template' && (name !== 'a' || this.links <= MOST_LINKS);
    if (!fits && !VOID.has(name)) return void this.open.push({ element: undefined, unread: false });
    this.write();
    this.elements += 1;
    const element = this.document.createElement(name);
    setAttributes(element, attributes);
    this.into.append(element);
    if (VOID.has(name)) return;
    this.depth += 1;
    this.into = element;
    this.open.push({ element, unread: false });
  }

  private skip(name: string): void {
    if (VOID.has(name)) return;
    this.unread!.levels += 1;
    this.open.push({ element: undefined, unread: true });
  }

  private readAgain(): void {
    this.unread = undefined;
    for (const one of this.open) one.unread = false;
  }

  private leave(element: DomElement): void {
    this.write();
    this.depth -= 1;
    this.into = element.parentElement!;
  }

  /** Runs that follow each other are one text: a page may be nothing but entities. */
  private write(): void {
    if (this.text !== '') this.into.append(this.text);
    this.text = '';
  }

  private enter(name: 'html' | 'body', attributes: Record<string, string>): void {
    const element = name === 'html' ? this.document.documentElement : this.document.body;
    setAttributes(element, attributes);
    if (name === 'body') this.enterBody();
  }

  /** What is open in the head ends there, closed or not. */
  private enterBody(): void {
    if (!this.document.head.contains(this.into)) return;
    this.write();
    for (const one of this.open) one.element = undefined;
    this.depth = 0;
    this.into = this.document.body;
  }
}

function isUnread(name: string, { type, shadowrootmode }: Record<string, string>): boolean {
  if (name === 'script') return !/^\s*application\/ld\+json/i.test(type ?? '');
  // What such a template holds is shown at once, in its parent's place.
  if (name === 'template') return shadowrootmode === undefined;
  return UNREAD.has(name);
}

/** The first of a name counts. How a page behaves is no concern of a reader. */
function setAttributes(element: DomElement, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes).slice(0, MOST_ATTRIBUTES)) {
    if (NAME.test(name) && !BEHAVIOUR.test(name) && value.length <= LONGEST_VALUE && !element.hasAttribute(name)) element.setAttribute(name, value);
  }
}
