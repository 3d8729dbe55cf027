/**
 * What `accepts:` in jobs.yaml lists: addresses of the web, written as people write them.
 *
 *   example.com               every page of this host, with and without www.
 *   *.example.com             of its subdomains, too
 *   example.com/news/**       what lies at or below /news
 *   example.com/review-*      * stands for letters within one part of a path, or for all of them
 *   youtube.com/watch?v=*     the parameter must be there; others do not matter
 *   localhost:8080            another port than the usual ones
 *   **                        every page
 *
 * No scheme: http and https lead to one page. Matching is linear in the address: no pattern can make it slow.
 */

export type Pattern = {
  /** As it was written. */
  text: string;
  /** In lower case, without `www.`; undefined for every host. */
  host: string | undefined;
  subdomains: boolean;
  /** '' for the usual ones; undefined for every port. */
  port: string | undefined;
  /** Undefined for every path. */
  path: readonly string[] | undefined;
  query: readonly (readonly [name: string, value: string])[];
};

const LONGEST = 500;
const HOST = /^(?:\*\.)?[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?(?:\.[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?)*$/u;

/** `mistake` completes "must …": it says how the pattern should be written. */
export function parsePattern(text: string): Pattern | { mistake: string } {
  if (text === '**') return { text, host: undefined, subdomains: true, port: undefined, path: undefined, query: [] };
  const scheme = /^(?:https?:)?\/\//i.exec(text)?.[0];
  if (scheme !== undefined) return { mistake: `must be written without a scheme: ${text.slice(scheme.length) || 'example.com/news/**'}` };
  if (text.length > LONGEST || /\s/.test(text)) return { mistake: `must be an address such as example.com/news/**, without spaces, of at most ${LONGEST} characters` };
  const [, address = '', search] = /^([^?#]*)(?:\?([^#]*))?/.exec(text)!;
  const [, name = '', port = '', path] = /^([^/:]*)(?::(\d{1,5}))?(\/.*)?$/.exec(address) ?? [];
  if (!HOST.test(name)) return { mistake: `must begin with a host such as example.com or *.example.com` };
  const segments = path === undefined ? undefined : segmentsOf(path);
  if (segments?.some((segment) => segment !== '**' && segment.includes('**'))) return { mistake: 'must have ** alone between two slashes; * stands for a part of a name' };
  const subdomains = name.startsWith('*.');
  return { text, host: hostOf(subdomains ? name.slice(2) : name), subdomains, port, path: segments, query: [...new URLSearchParams(search ?? '')] };
}

/** The address must be one of the web. */
export function matches(pattern: Pattern, url: URL): boolean {
  const { host, subdomains, port, path, query } = pattern;
  const name = hostOf(url.hostname);
  if (host !== undefined && name !== host && !(subdomains && name.endsWith(`.${host}`))) return false;
  if (port !== undefined && port !== url.port) return false;
  if (path !== undefined && !matchesInRow(path, segmentsOf(url.pathname), (one) => one === '**', matchesName)) return false;
  return query.every(([key, value]) => url.searchParams.getAll(key).some((given) => matchesName(value, given)));
}

const hostOf = (name: string): string => (URL.parse(`http://${name}/`)?.hostname ?? name.toLowerCase()).replace(/^www\.(?=.*\.)/, '').replace(/\.$/, '');

/** Without what a slash at the end, or two in a row, would add. */
function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '').map(plain);
}

function plain(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `*` stands for any letters, also none. */
function matchesName(pattern: string, name: string): boolean {
  return matchesInRow([...pattern], [...name], (one) => one === '*', (one, other) => one === other);
}

/** A row against a pattern in which some members stand for any number of others: back to the last of those, never further. */
function matchesInRow(pattern: readonly string[], row: readonly string[], isAny: (one: string) => boolean, fits: (one: string, other: string) => boolean): boolean {
  let [at, seen] = [0, 0];
  let last: { at: number; seen: number } | undefined;
  while (seen < row.length) {
    if (at < pattern.length && isAny(pattern[at]!)) last = { at: at++, seen };
    else if (at < pattern.length && fits(pattern[at]!, row[seen]!)) [at, seen] = [at + 1, seen + 1];
    else if (last) {
      last.seen += 1;
      [at, seen] = [last.at + 1, last.seen];
    } else return false;
  }
  return pattern.slice(at).every(isAny);
}
