/** Articles in several pages. `rel=next` alone is no proof: on a blog it is the next article. So the addresses must differ in a page number only. */
import { Parser } from 'htmlparser2';

const MARKS = [/\/page\/(\d{1,3})\/?$/i, /\/(\d{1,3})\/?$/, /[-_](?:page-?)?(\d{1,3})(?=\.\w{1,5}$|$)/i];
const MOST_LINKS = 5_000;
const MOST_CHARACTERS = 5_000_000;
const CHUNK = 65_536;
const PARAMETER = /^(?:page|p|pg|seite|pagina|pageno|page_no|part)$/i;

/** Where the article goes on, if the page that came from `url` says so. `page`: which one of the article it is; item 7 of a list is no seventh page. */
export function nextPage(html: string, url: string, page = 1): string | undefined {
  const here = URL.parse(url);
  if (!here || numberOf(here) !== page) return undefined;
  const stems = stemsOf(here);
  for (const link of linksIn(html)) {
    const there = URL.parse(link, url);
    if (there && there.host === here.host && numberOf(there) === page + 1 && stemsOf(there).some((stem) => stems.includes(stem))) return withoutHash(there);
  }
  return undefined;
}

/** Off the stream of tags: a tree would be made for this alone. */
function linksIn(html: string): Set<string> {
  const links = new Set<string>();
  const parser = new Parser({
    onopentag(name, { href, rel }) {
      if (href !== undefined && links.size < MOST_LINKS && (name === 'a' || (name === 'link' && /\bnext\b/i.test(rel ?? '')))) links.add(href);
    },
  });
  for (let at = 0; at < Math.min(html.length, MOST_CHARACTERS) && links.size < MOST_LINKS; at += CHUNK) parser.write(html.slice(at, at + CHUNK));
  return links;
}

/** The page that an address names; the first when it names none. */
function numberOf(url: URL): number {
  const parameter = [...url.searchParams].find(([name]) => PARAMETER.test(name))?.[1];
  const number = Number(parameter ?? MARKS.map((mark) => mark.exec(url.pathname)?.[1]).find((digits) => digits !== undefined) ?? 1);
  return Number.isInteger(number) ? number : 1;
}

/** What an address may be without its page number: as it is, and with each kind of mark taken off. */
function stemsOf(url: URL): string[] {
  const others = [...url.searchParams].filter(([name]) => !PARAMETER.test(name)).map((pair) => pair.join('=')).sort().join('&');
  const paths = [url.pathname, ...MARKS.map((mark) => url.pathname.replace(mark, ''))];
  return [...new Set(paths)].map((path) => `${path.replace(/\/$/, '')}?${others}`);
}

function withoutHash(url: URL): string {
  return url.href.replace(/#.*$/, '');
}
