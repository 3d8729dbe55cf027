/** One POST to a service, and what its answer means. */
import { retryAfterOf } from '../../http/retry-after.ts';
import type { Carrier, Delivery } from './service.ts';

const LONGEST_SAID = 300;
/** Too late, too early or too many: the same may be taken later. Other answers of 4xx stay what they are. */
const LATER = [408, 425, 429];

export async function post(address: string, { headers = {}, body }: { headers?: Record<string, string>; body: string }, { fetch, now, signal }: Carrier): Promise<Delivery> {
  const url = new URL(address);
  const response = await fetch(url.host)(url, { method: 'POST', headers: { 'user-agent': 'rivus', ...headers }, body, signal });
  const said = oneLine(`${response.status} ${await response.text()}`);
  if (response.ok) return { ok: true, said };
  const again = response.status >= 500 || LATER.includes(response.status);
  const wait = retryAfterOf(response.headers.get('retry-after'), now());
  return { ok: false, reason: `answered ${said}`, again, ...(again && wait !== undefined && { retryAt: now() + wait }) };
}

export const asJson = (value: object, headers: Record<string, string> = {}) => ({ headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) });

/** At most so many characters, by code points: half of a surrogate pair is no text. */
export const cut = (text: string, most: number): string => (text.length <= most ? text : `${[...text].slice(0, most - 1).join('').slice(0, most - 1).toWellFormed()}…`);

const oneLine = (text: string): string => cut(text.replace(/\s+/g, ' ').trim(), LONGEST_SAID);
