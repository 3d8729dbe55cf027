/** How an API leads from one page to the next. A page is JSON, so that it can be kept: a job goes on with it after a restart. */
import { z } from 'zod';
import { all, jsonPath, scalar } from './paths.ts';

const param = z.string().min(1).describe('name of the parameter; it goes into a JSON body where there is one, else into the address');

export const next = z.union([
  z.strictObject({ cursor: jsonPath.describe('where an answer has the cursor of the next page; none, null or empty: it was the last'), param }),
  z.strictObject({ page: z.strictObject({ param, from: z.int().min(0).default(1), size: z.int().min(1).optional().describe('a page with fewer entries is the last') }) }),
  z.strictObject({ offset: z.strictObject({ param, size: z.int().min(1).describe('entries of a page; one with fewer is the last') }) }),
  z.strictObject({ link: z.literal(true).describe('the header `Link: <…>; rel="next"` names the next page') }),
  z.strictObject({ url: jsonPath.describe('where an answer has the address of the next page') }),
]);
export type Next = z.output<typeof next>;

/** `address`: instead of the configured one. `value`: of the parameter that `next` names. */
export const Page = z.object({ address: z.string().optional(), value: z.union([z.string(), z.number()]).optional() });
export type Page = z.output<typeof Page>;

export function firstPage(next: Next | undefined): Page {
  if (next && 'page' in next) return { value: next.page.from };
  return next && 'offset' in next ? { value: 0 } : {};
}

export type Answer = { json: unknown; link: string | null; entries: number };

/** Undefined when this was the last. Addresses are as the API gives them. */
export function nextPage(next: Next | undefined, page: Page, { json, link, entries }: Answer): Page | undefined {
  if (!next) return undefined;
  if ('page' in next) return entries === 0 || entries < (next.page.size ?? 0) ? undefined : { value: Number(page.value) + 1 };
  if ('offset' in next) return entries < next.offset.size ? undefined : { value: Number(page.value) + next.offset.size };
  if ('link' in next) return asAddress(linkOf(link));
  if ('url' in next) return asAddress(all(json, next.url)[0]);
  const value = scalar(json, next.cursor);
  return value === undefined ? undefined : { value };
}

export function paramOf(next: Next | undefined): string | undefined {
  if (!next || 'link' in next || 'url' in next) return undefined;
  return 'page' in next ? next.page.param : 'offset' in next ? next.offset.param : next.param;
}

function asAddress(found: unknown): Page | undefined {
  return typeof found === 'string' && found !== '' ? { address: found } : undefined;
}

/** RFC 8288, as far as APIs use it. */
function linkOf(header: string | null): string | undefined {
  return [...(header ?? '').matchAll(/<([^>]*)>([^<]*)/g)].find(([, , parameters]) => /;\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)/i.test(parameters!))?.[1];
}
