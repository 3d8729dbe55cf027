/** The tags of an XML text, one by one and without trusting it: nothing here recurses, and nothing looks at a character twice. */

/** `from` and `to`: where it stands. `name`: in small letters, without its prefix. */
export type Tag = { kind: 'open' | 'close' | 'empty'; name: string; from: number; to: number };
/** A declaration `<!DOCTYPE …>`. */
export type Doctype = { kind: 'doctype'; from: number; to: number };
/** The text ends within this: a comment, say. */
export type Cut = { kind: 'cut'; from: number; within: string };

const NAME = /<\/?(?:[\w.-]+:)?([\w.-]+)/y;

export function* tagsOf(text: string): Generator<Tag | Doctype | Cut, void, void> {
  for (let at = text.indexOf('<'); at !== -1; ) {
    const skipped = skipUnread(text, at);
    if (skipped) {
      if (skipped.to === -1) return yield { kind: 'cut', from: at, within: skipped.what };
      at = text.indexOf('<', skipped.to);
      continue;
    }
    const doctype = text.startsWith('<!', at);
    NAME.lastIndex = at;
    const name = doctype ? '' : NAME.exec(text)?.[1]?.toLowerCase();
    // A "<" that begins nothing is text.
    if (name === undefined && at + 1 < text.length) {
      at = text.indexOf('<', at + 1);
      continue;
    }
    const to = doctype ? endOfDoctype(text, at) : endOfTag(text, at);
    if (to === -1) return yield { kind: 'cut', from: at, within: doctype ? 'a declaration' : 'a tag' };
    if (doctype) yield { kind: 'doctype', from: at, to };
    else yield { kind: text[at + 1] === '/' ? 'close' : text[to - 2] === '/' ? 'empty' : 'open', name: name ?? '', from: at, to };
    at = text.indexOf('<', to);
  }
}

const UNREAD = [
  { begins: '<!--', ends: '-->', what: 'a comment' },
  { begins: '<![CDATA[', ends: ']]>', what: 'a CDATA section' },
  { begins: '<?', ends: '?>', what: 'a processing instruction' },
];

function skipUnread(text: string, at: number): { to: number; what: string } | undefined {
  for (const { begins, ends, what } of UNREAD) {
    if (!text.startsWith(begins, at)) continue;
    const end = text.indexOf(ends, at + begins.length);
    return { to: end === -1 ? -1 : end + ends.length, what };
  }
  return undefined;
}

/** Behind the `>`, or -1. One within quotes does not count, unless the quotes are not closed before the next tag begins. */
export function endOfTag(text: string, from: number): number {
  const next = text.indexOf('<', from + 1);
  const limit = next === -1 ? text.length : next;
  for (let at = from + 1; at < limit; at++) {
    const character = text[at];
    if (character === '>') return at + 1;
    if (character !== '"' && character !== "'") continue;
    const closed = text.indexOf(character, at + 1);
    if (closed === -1 || closed > limit) break;
    at = closed;
  }
  const end = text.indexOf('>', from);
  return end === -1 ? -1 : end + 1;
}

/** With what stands between its square brackets. */
function endOfDoctype(text: string, from: number): number {
  const end = text.indexOf('>', from);
  const bracket = text.indexOf('[', from);
  if (end === -1 || bracket === -1 || bracket > end) return end === -1 ? -1 : end + 1;
  const close = /\]\s*>/g;
  close.lastIndex = bracket;
  const found = close.exec(text);
  return found ? found.index + found[0].length : -1;
}
