/** JSON Feed 1.0 and 1.1. */
import type { JsonFeed } from 'feedsmith';
import type { Draft } from './entry.ts';
import { UnreadableFeed } from './unreadable.ts';

/** @throws UnreadableFeed */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableFeed(`it is no whole JSON: ${(cause as Error).message}`, { cause });
  }
}

export function jsonEntry(item: JsonFeed.Item<string>): Draft {
  return {
    id: item.id,
    links: [item.url, item.external_url, item.id, item.attachments?.[0]?.url].filter((link, at) => at !== 2 || /^https?:/.test(link ?? '')),
    title: item.title,
    published: [item.date_published],
    updated: [item.date_modified],
    authors: (item.authors ?? []).map(({ name, url }) => name ?? url),
    summary: item.summary ?? item.content_text,
    content: item.content_html,
    isText: item.summary !== undefined || item.content_text !== undefined,
    categories: item.tags ?? [],
    enclosures: (item.attachments ?? []).map(({ url, mime_type, size_in_bytes }) => ({ url, type: mime_type, bytes: size_in_bytes })),
  };
}
