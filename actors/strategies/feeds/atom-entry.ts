/** An entry of Atom 1.0 or 0.3, with Media RSS. */
import type { AtomFeed } from 'feedsmith';
import type { Draft } from './entry.ts';
import { isAddress } from './rss-entry.ts';

type Link = NonNullable<AtomFeed.Entry<string>['links']>[number];

export function atomEntry(entry: AtomFeed.Entry<string>): Draft {
  const { links = [], media, dc } = entry;
  const enclosed = links.filter(({ rel }) => rel === 'enclosure');
  const files = [...(media?.contents ?? []), ...(media?.groups ?? []).flatMap(({ contents = [] }) => contents)];
  return {
    id: entry.id,
    links: [...pagesOf(links), entry.content?.src, isAddress(entry.id) ? entry.id : undefined, enclosed[0]?.href],
    title: entry.title?.value ?? media?.title?.value ?? media?.groups?.[0]?.title?.value,
    published: [entry.published, ...(dc?.dates ?? [])],
    updated: [entry.updated],
    authors: [...(entry.authors ?? []).map(({ name, email }) => name ?? email), ...(entry.authors ? [] : (dc?.creators ?? []))],
    summary: htmlOf(entry.summary) ?? media?.description?.value ?? media?.groups?.[0]?.description?.value,
    content: htmlOf(entry.content),
    categories: (entry.categories ?? []).map(({ label, term }) => label ?? term),
    enclosures: [...enclosed.map(({ href, type, length }) => ({ url: href, type, bytes: length })), ...files.map(({ url, type, fileSize }) => ({ url, type, bytes: fileSize }))],
    base: entry.xml?.base,
  };
}

/** The page itself first, in HTML if there are several; never the feed (`self`) or where to edit it. */
export function pagesOf(links: readonly Link[]): (string | undefined)[] {
  const pages = links.filter(({ rel = 'alternate' }) => rel === 'alternate' || rel.endsWith('/alternate'));
  const html = pages.filter(({ type }) => type === undefined || /html/.test(type));
  return [...html, ...pages, ...links.filter(({ rel }) => rel === 'related' || rel === 'via')].map(({ href }) => href);
}

/** Text that is not HTML has its `<` and `&` written as HTML would, so that the one reader of HTML can read both. */
function htmlOf(text: { value?: string; type?: string } | undefined): string | undefined {
  const isText = text?.type === undefined || text.type === 'text' || text.type === 'text/plain';
  return isText && text?.value !== undefined && !/<\/?[a-z]|&[#a-z]/i.test(text.value) ? text.value.replaceAll('&', '&amp;').replaceAll('<', '&lt;') : text?.value;
}
