/** Which job takes a page of the web: the first, in the order of jobs.yaml, with a pattern for it. */
import { canonicalUrl } from '../../actors/canonical-url.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { matches, parsePattern, type Pattern } from './pattern.ts';

/** What routing needs to know of a job. */
export type AcceptingJob = { id: string; accepts?: readonly string[] | undefined };

/** Where an address goes. `pattern`: the one that matched; null when the operator named the job. */
export type Route = { url: string; key: string; job: string; pattern: string | null };
/** Why it goes nowhere. */
export type Unroutable = { url: string; code: 'bad_url' | 'unknown_job' | 'no_route'; message: string };

/** `named`: the job that the operator wants it to go to, whatever it accepts. */
export function route(text: string, jobs: readonly AcceptingJob[], named?: string): Route | Unroutable {
  const url = addressOf(text);
  const key = url && canonicalUrl(url);
  if (!url || key === undefined) return { url: text, code: 'bad_url', message: `"${shortened(text)}" is no address of the web` };
  if (url.username !== '' || url.password !== '') return { url: text, code: 'bad_url', message: 'the address holds a user name or a password, which would be stored with it: leave them out' };
  if (named !== undefined) {
    if (jobs.some(({ id }) => id === named)) return { url: url.href, key, job: named, pattern: null };
    return { url: url.href, code: 'unknown_job', message: `there is no job "${named}"${didYouMeanOrList(named, jobs.map(({ id }) => id))}` };
  }
  for (const { id, accepts = [] } of jobs) {
    const pattern = accepts.find((pattern) => isPattern(parsePattern(pattern), url));
    if (pattern !== undefined) return { url: url.href, key, job: id, pattern };
  }
  return { url: url.href, code: 'no_route', message: `no job accepts ${shortened(url.href)}${known(jobs)}` };
}

function isPattern(pattern: Pattern | { mistake: string }, url: URL): boolean {
  return !('mistake' in pattern) && matches(pattern, url);
}

/** `example.com/a` is what people copy from their browser. */
function addressOf(text: string): URL | undefined {
  const trimmed = text.trim();
  const address = /^[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]|$)/u.test(trimmed) ? `https://${trimmed}` : trimmed;
  return URL.parse(address) ?? undefined;
}

function known(jobs: readonly AcceptingJob[]): string {
  const lines = jobs.flatMap(({ id, accepts = [] }) => (accepts.length > 0 ? [`  ${id}: ${accepts.join(', ')}`] : []));
  if (lines.length === 0) return ': no job has `accepts:` in jobs.yaml';
  return `; these patterns are known:\n${lines.join('\n')}`;
}

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);
