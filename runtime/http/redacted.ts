/** What must not stand in a file: keys and logins, wherever an answer or an address repeats them. */
import type { Request } from './request.ts';

const REDACTED = 'REDACTED';
const SECRET_NAME = /key|token|secret|passw|pwd|signature|^sig$|auth|session|credential|cookie|^code$/i;
/** Shorter ones are words: striking them out would only tear holes into sentences. */
const SHORTEST = 4;

/** Values of a request that are secret by the name that they stand under, beside those that are known to be. */
export function secretsOf({ url, init }: Pick<Request, 'url' | 'init'>, known: readonly string[]): string[] {
  const named = [...url.searchParams, ...init.headers].filter(([name]) => SECRET_NAME.test(name)).map(([, value]) => value);
  // `Bearer x` and `session=x; theme=dark`: the parts are repeated by themselves.
  const parts = named.flatMap((value) => [value, ...value.split(/[\s;,=]+/)]);
  return [...known, ...parts].filter((value) => value.length >= SHORTEST).toSorted((a, b) => b.length - a.length);
}

export function strike(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) clean = clean.replaceAll(form, REDACTED);
  return clean;
}

/** An address without the values of what sounds like a key. */
export function struckUrl(address: URL, secrets: readonly string[]): string {
  const url = new URL(address);
  for (const name of new Set(url.searchParams.keys())) if (SECRET_NAME.test(name)) url.searchParams.set(name, REDACTED);
  return strike(url.href, secrets);
}

/** Headers of an answer that may be shown: those that hand out a login may not. */
export const isShown = (header: string): boolean => !SECRET_NAME.test(header);
