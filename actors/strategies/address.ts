/** Addresses in options and in messages. */
import { z } from 'zod';

/** An option; one with a variable is checked when the variable is known. */
export const httpAddress = z.string().refine((url) => isHttp(url) || url.includes('${'), { error: 'must be an address that begins with https:// or http://' });

export function isHttp(address: string): boolean {
  return /^https?:\/\//i.test(address);
}

/** For messages: user, password and query may hold secrets. What is no web address is shown as it is. */
export function shown(address: string): string {
  const url = isHttp(address) ? URL.parse(address) : null;
  return url ? `${url.origin}${url.pathname}` : address;
}

/** Runs a request; when the server says when to come back, the next look comes then. */
export async function obeying<Answer>(now: () => number, request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await request();
  } catch (error) {
    const { retryAfter } = error as { retryAfter?: number };
    throw retryAfter === undefined ? error : Object.assign(error as Error, { retryAt: now() + retryAfter });
  }
}
