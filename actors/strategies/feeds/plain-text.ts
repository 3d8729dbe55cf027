/** Text for people and for keywords out of the HTML that feeds carry. One pass, linear also in hostile input. */
import { decodeHTML } from 'entities';
import { endOfTag } from './tags.ts';

/** Between these, words do not run into each other. */
const BLOCKS = new Set('address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul'.split(' '));
const UNREAD = new Set(['script', 'style', 'template', 'noscript', 'iframe', 'svg']);
const TAG = /<(\/?)([a-z][a-z0-9:-]*)/iy;
const ENTITY = /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});/i;
/** Elements that a title is dressed in; any other `<word>` in it is what it is about. */
const DRESS = /<(\/?(?:b|i|em|strong|span|a|sub|sup|code|u|font|small|mark|p|div|cite|abbr)(?:\s[^<>]*)?|br\s*\/?)>/gi;
// Not allowed in XML, and they would move the cursor of a terminal; tab and line ends are spaces here.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** HTML without its tags, entities as characters, white space as single spaces. */
export function plainText(html: string): string {
  let text = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    text += html.slice(at, open);
    TAG.lastIndex = open;
    const [, slash, name] = TAG.exec(html) ?? [];
    const end = endOf(html, open, slash === '' ? name?.toLowerCase() : undefined);
    if (name === undefined && !html.startsWith('<!', open) && !html.startsWith('<?', open)) {
      text += '<';
      at = open + 1;
    } else {
      if (name === undefined || BLOCKS.has(name.toLowerCase())) text += ' ';
      at = end;
    }
  }
  return tidy(decodeHTML(text + html.slice(at)));
}

/** A title: its entities decoded as often as they were encoded (at most twice), and without the elements that it is dressed in. */
export function plainTitle(text: string): string {
  const bare = text.replace(DRESS, '');
  return tidy(ENTITY.test(bare) ? decodeHTML(bare).replace(DRESS, '') : bare);
}

/** At most `length` characters, cut at a word. */
export function cutAtWord(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = text.slice(0, length).toWellFormed();
  const space = head.lastIndexOf(' ');
  return `${head.slice(0, space > length / 2 ? space : length - 1).trimEnd()}…`;
}

function tidy(text: string): string {
  return text.toWellFormed().replace(CONTROL, '').replace(/\s+/g, ' ').trim();
}

/** Behind what begins at `open`; with all that is inside of it when nobody reads that. */
function endOf(html: string, open: number, name: string | undefined): number {
  if (html.startsWith('<!--', open)) return behind(html, '-->', open + 4);
  const end = endOfTag(html, open);
  const tag = end === -1 ? html.length : end;
  if (name === undefined || !UNREAD.has(name)) return tag;
  const close = new RegExp(`</${name}`, 'gi');
  close.lastIndex = tag;
  const found = close.exec(html);
  return found ? behind(html, '>', found.index) : html.length;
}

function behind(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at === -1 ? html.length : at + mark.length;
}
