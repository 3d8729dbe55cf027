/** What is sent: the first request, and those that redirects lead to. */
import type { HttpOptions } from '../../actors/http.ts';
import { isWeb, shown } from './address.ts';
import { BadRequest } from './errors.ts';

/** `what` names it in messages. */
export type Request = { url: URL; what: string; init: { method: string; headers: Headers; body?: HttpOptions['body'] } };

/** Throws `BadRequest` for what is no address of the web. */
export function firstRequest(address: string | URL, options: HttpOptions, userAgent: string): Request {
  const url = URL.parse(String(address));
  if (!isWeb(url)) {
    throw new BadRequest(`ctx.http: "${url ? shown(url) : String(address).slice(0, 200)}" is no address of the web; it must begin with http:// or https://`);
  }
  const headers = new Headers(options.headers);
  if (!headers.has('user-agent')) headers.set('user-agent', userAgent);
  if ((url.username || url.password) && !headers.has('authorization')) {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(user).toString('base64')}`);
  }
  const method = options.method?.toUpperCase() ?? (options.body === undefined ? 'GET' : 'POST');
  return toRequest(url, { method, headers, ...(options.body !== undefined && { body: options.body }) });
}

/** fetch takes no addresses with a user in them. */
function toRequest(address: URL, init: Request['init']): Request {
  const url = new URL(address);
  url.username = url.password = '';
  return { url, init, what: `${init.method} ${shown(url)}` };
}

/** Headers that say what is wanted, and not who wants it: only these follow to another origin, for a key may stand in any other. */
const HARMLESS = /^(accept|accept-.*|content-.*|if-.*|range|user-agent)$/;

/** Where the answer sends us, or undefined. Only 307 and 308 send the body again. */
export function redirectOf({ url, init }: Request, { status, headers: answered }: Response): Request | undefined {
  const location = answered.get('location');
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  const next = URL.parse(location, url.href);
  if (!isWeb(next)) throw new BadRequest(`${init.method} ${shown(url)} was redirected to "${next ? shown(next) : 'no address'}", which is not of the web`);
  const headers = new Headers(init.headers);
  if (next.origin !== url.origin) for (const name of [...headers.keys()]) if (!HARMLESS.test(name)) headers.delete(name);
  if (status >= 307 || init.method === 'GET' || init.method === 'HEAD') return toRequest(next, { ...init, headers });
  headers.delete('content-type');
  return toRequest(next, { method: 'GET', headers });
}
