/** Addresses in messages, and what counts as one of the web. */

export const isWeb = (url: URL | null): url is URL => url !== null && /^https?:$/.test(url.protocol);

/** An address for messages: without user, password, query and fragment, which may hold secrets. */
export function shown({ origin, protocol, pathname, search }: URL): string {
  return `${origin === 'null' ? protocol : origin}${pathname}${search && '?…'}`;
}
