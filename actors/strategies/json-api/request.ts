/** What is asked for a page: the configured address or the one that the API gave, with the parameter of the page. */
import type { HttpOptions } from '../../http.ts';
import { shown } from '../address.ts';
import { paramOf, type Next, type Page } from './paging.ts';

export type Asked = { url: string; headers: Record<string, string>; method?: string | undefined; body?: unknown; next?: Next | undefined };

/** @throws Error for a page on another host: it would get the headers, which may hold secrets */
export function requestOf(asked: Asked, page: Page): { url: URL; options: HttpOptions } {
  const url = page.address === undefined ? new URL(asked.url) : restored(page.address, asked.url);
  const param = paramOf(asked.next);
  const isForm = Object(asked.body) === asked.body && !Array.isArray(asked.body);
  const inBody = isForm && param !== undefined && page.value !== undefined ? { [param]: page.value } : {};
  if (!isForm && param !== undefined && page.value !== undefined) url.searchParams.set(param, String(page.value));
  const body = asked.body === undefined ? undefined : typeof asked.body === 'string' ? asked.body : JSON.stringify(isForm ? { ...(asked.body as object), ...inBody } : asked.body);
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...asked.headers };
  return { url, options: { headers, ...(asked.method === undefined ? {} : { method: asked.method }), ...(body === undefined ? {} : { body }), trusted: true, robots: false } };
}

/** As it is kept: without what the configured address has as well, a key to the API perhaps. */
export function kept({ address, ...page }: Page, { url }: Asked, from: URL): Page {
  if (address === undefined) return page;
  const next = new URL(address, from);
  const own = new URL(url);
  if (next.origin !== own.origin) {
    throw new Error(`the next page of ${shown(url)} is on another host (${next.host}), where nothing is asked: the headers of this job are not meant for it`);
  }
  for (const [name, value] of own.searchParams) if (next.searchParams.has(name, value)) next.searchParams.delete(name);
  return { ...page, address: `${next.pathname}${next.search}` };
}

function restored(address: string, configured: string): URL {
  const own = new URL(configured);
  const url = new URL(address, own);
  for (const [name, value] of own.searchParams) if (!url.searchParams.has(name)) url.searchParams.append(name, value);
  url.username = own.username;
  url.password = own.password;
  return url;
}
