/** An item of RSS 0.9x, 1.0 (RDF) or 2.0, with the extensions that are common in feeds: Dublin Core, content, iTunes, Media RSS, Atom. */
import type { RdfFeed, RssFeed } from 'feedsmith';
import type { Draft } from './entry.ts';

type Item = RssFeed.Item<string> & Partial<Pick<RdfFeed.Item<string>, 'rdf'>>;

export function rssEntry(item: Item): Draft {
  const { guid, atom, dc, dcterms, media, itunes } = item;
  const page = atom?.links?.find(({ rel = 'alternate' }) => rel === 'alternate')?.href;
  const files = [...(item.enclosures ?? []), ...(media?.contents ?? []), ...(media?.groups ?? []).flatMap(({ contents = [] }) => contents)];
  const permalink = guid?.isPermaLink === false ? undefined : guid?.value;
  return {
    id: guid?.value ?? item.rdf?.about ?? atom?.id,
    links: [item.link, page, isAddress(permalink) ? permalink : undefined, isAddress(item.rdf?.about) ? item.rdf?.about : undefined, item.enclosures?.[0]?.url],
    title: item.title ?? dc?.titles?.[0] ?? media?.title?.value ?? itunes?.title,
    published: [item.pubDate, ...(dc?.dates ?? []), ...(dcterms?.issued ?? []), ...(dcterms?.created ?? []), atom?.published],
    updated: [atom?.updated, ...(dcterms?.modified ?? [])],
    authors: first((item.authors ?? []).map(({ name, email }) => name ?? email), dc?.creators, [itunes?.author], (atom?.authors ?? []).map(({ name }) => name)),
    summary: item.description ?? textOf(atom?.summary) ?? itunes?.summary ?? media?.description?.value ?? dc?.descriptions?.[0],
    content: item.content?.encoded ?? textOf(atom?.content),
    categories: [...(item.categories ?? []).map(({ name }) => name), ...(dc?.subjects ?? [])],
    enclosures: files.map((file) => ({ url: file.url, type: file.type, bytes: 'length' in file ? file.length : 'fileSize' in file ? file.fileSize : undefined })),
    base: item.xml?.base,
  };
}

/** The first list that says something: the same person stands in several of them, spelt differently. */
function first(...lists: (readonly (string | undefined)[] | undefined)[]): (string | undefined)[] {
  return [...(lists.find((list) => list?.some(Boolean)) ?? [])];
}

const textOf = (text: string | { value?: string } | undefined) => (typeof text === 'object' ? text.value : text);

export function isAddress(text: string | undefined): boolean {
  return /^https?:\/\//i.test(text ?? '');
}
