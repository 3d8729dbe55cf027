import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Candidate, SourceContext, Strategy } from '../ports.ts';
import { httpAddress, obeying, shown } from './address.ts';
import { firstPage, next, nextPage, Page } from './json-api/paging.ts';
import { all, jsonPath, outlineOf, parseExact, scalar } from './json-api/paths.ts';
import { kept, requestOf } from './json-api/request.ts';

const options = z.strictObject({
  url: httpAddress.describe('address of the first page'),
  items: jsonPath.describe('where the entries stand in an answer: `$.items[*]`, or `$[*]` when the answer is a list'),
  key: jsonPath.describe('within an entry: what makes it itself, such as `$.id`'),
  title: jsonPath.optional().describe('within an entry: how it is shown'),
  data: z.union([jsonPath, z.record(z.string(), jsonPath)]).optional().describe('what a handler gets of an entry: a part of it, or parts by name; all of it when left out'),
  priority: z
    .string()
    .regex(/^-?\$/, { error: 'must be a JSONPath, perhaps with a minus before it' })
    .optional()
    .describe('within an entry: a number, lower goes first; `-$.points` turns it round'),
  next: next.optional().describe('how an answer leads to the next page; without it there is one page'),
  stop_at_seen: z.boolean().default(false).describe('for lists with the newest first: a page with nothing new is the last'),
  max_pages: z.int().min(1).max(10_000).default(20).describe('of one look; the next look goes on there'),
  method: z.enum(['GET', 'POST', 'PUT']).optional().describe('GET, or POST when there is a body'),
  headers: z.record(z.string(), z.string()).default({}).describe('sent along, such as `authorization: Bearer ${TOKEN}`'),
  body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional().describe('sent along: text as it is, anything else as JSON'),
});
type Options = z.output<typeof options>;

/**
 * One way through all pages may take several looks. `page`: the next one. `pages`: those that were asked for; `before`: what the last
 * one held; `keys`: what was found on this way, `known`: on the last one that came to its end. All by their hashes.
 */
const Way = z.object({ by: z.string(), page: Page.optional(), pages: z.array(z.string()), before: z.string(), keys: z.array(z.string()), known: z.array(z.string()) });
type Way = z.output<typeof Way>;

const REMEMBERED = 1000;

/** Finds the entries of a JSON API, page by page. */
export const json_api: Strategy<Options> = {
  name: 'json_api',
  options,
  async *discover(options, source) {
    const by = short(JSON.stringify({ ...options, headers: Object.keys(options.headers), max_pages: 0 }));
    const last = Way.safeParse(source.cursor()).data;
    let way = last?.by === by ? last : anew(by, []);
    for (let looked = 0; looked < options.max_pages; looked++) {
      const page = way.page ?? firstPage(options.next);
      const { candidates, following } = await look(page, way, options, source).catch((error: unknown) => lost(error, way, options, source));
      yield* candidates;
      const trouble = circle(way, page, candidates, following);
      way = trouble ? anew(by, way.known) : onwards(way, page, candidates, following, options);
      source.saveCursor(way);
      if (trouble) throw new Error(`${shown(options.url)}: ${trouble}`);
      if (way.page === undefined) return;
    }
  },
};

type Looked = { candidates: Candidate[]; following: Page | undefined };

async function look(page: Page, way: Way, options: Options, source: SourceContext): Promise<Looked> {
  const { url, options: request } = requestOf(options, page);
  const answer = await obeying(source.now, () => source.http.request(url, request));
  const json = parsed(answer.text(), options);
  const entries = all(json, options.items);
  if (entries.length === 0 && way.known.length + way.keys.length === 0) mustHaveItems(json, options);
  const candidates = entries.flatMap((entry) => candidate(entry, options) ?? []);
  if (entries.length > 0 && candidates.length === 0) {
    throw new Error(`${shown(options.url)}: no entry has a text or a number at key "${options.key}"; the first is ${outlineOf(entries[0])}`);
  }
  const following = nextPage(options.next, page, { json, link: answer.headers.get('link'), entries: entries.length });
  return { candidates: [...new Map(candidates.map((one) => [one.key, one])).values()], following: following && kept(following, options, url) };
}

/** A later page that is refused may be there no more: its cursor has expired, or it lies behind the last. The next look begins anew. */
function lost(error: unknown, { by, page, known }: Way, { next }: Options, source: SourceContext): Looked {
  const { status = 0 } = error as { status?: number };
  if (page === undefined || ![400, 404, 410, 422].includes(status)) throw error;
  if (status === 404 && next && ('page' in next || 'offset' in next)) return { candidates: [], following: undefined };
  source.saveCursor(anew(by, known));
  throw error;
}

function parsed(text: string, { url }: Options): unknown {
  try {
    return parseExact(text);
  } catch (cause) {
    throw new Error(`${shown(url)} answered with something that is no JSON: ${JSON.stringify(text.trim().slice(0, 80))}`, { cause });
  }
}

/** Some APIs leave out a list that is empty; before the first entry was ever found, a slip of the pen is likelier. */
function mustHaveItems(json: unknown, { url, items }: Options): void {
  const list = /^(.+?)(?:\[\*\]|\.\*)$/.exec(items.trim())?.[1];
  if (list !== undefined && all(json, list).length === 0) throw new Error(`${shown(url)} has nothing at items "${items}": its answer is ${outlineOf(json)}`);
}

function candidate(entry: unknown, { key, title, data, priority }: Options): Candidate | undefined {
  const id = scalar(entry, key);
  if (id === undefined) return undefined;
  const rank = priority === undefined ? undefined : Number(scalar(entry, priority.replace(/^-/, ''))) * (priority.startsWith('-') ? -1 : 1);
  const name = title === undefined ? undefined : scalar(entry, title);
  return {
    key: String(id),
    data: dataOf(entry, data),
    ...(name === undefined ? {} : { title: String(name) }),
    ...(rank === undefined || !Number.isFinite(rank) ? {} : { priority: rank }),
  };
}

function dataOf(entry: unknown, data: Options['data']): unknown {
  if (data === undefined) return entry;
  if (typeof data === 'string') return all(entry, data)[0] ?? null;
  return Object.fromEntries(Object.entries(data).map(([name, path]) => [name, all(entry, path)[0] ?? null]));
}

/** Why the pages would never end. */
function circle({ pages, before }: Way, page: Page, candidates: readonly Candidate[], following: Page | undefined): string | undefined {
  if (candidates.length > 0 && held(candidates) === before) return 'a page holds the same entries as the one before it; does the API know what `next` tells it?';
  const again = following !== undefined && [...pages, idOf(page)].includes(idOf(following));
  return again ? 'the API leads back to a page that it gave before, so its pages would never end' : undefined;
}

function onwards(way: Way, page: Page, candidates: readonly Candidate[], following: Page | undefined, { stop_at_seen }: Options): Way {
  const found = candidates.map(({ key }) => short(key));
  const keys = [...way.keys, ...found].slice(0, stop_at_seen ? REMEMBERED : 1);
  const isKnown = stop_at_seen && found.length > 0 && found.every((key) => way.known.includes(key));
  if (following === undefined) return anew(way.by, keys);
  if (isKnown) return anew(way.by, [...new Set([...keys, ...way.known])].slice(0, REMEMBERED));
  return { ...way, page: following, pages: [...way.pages, idOf(page)].slice(-REMEMBERED), before: held(candidates), keys };
}

function anew(by: string, known: string[]): Way {
  return { by, pages: [], before: '', keys: [], known };
}

const idOf = (page: Page): string => short(JSON.stringify([page.address, page.value]));
const held = (candidates: readonly Candidate[]): string => short(JSON.stringify(candidates.map(({ key }) => key)));

function short(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}
