/** `ctx.http`: fetch with a time-out, a size limit, few redirects, and errors that say what happened and hide what is secret. */
import type { Clock } from '../actors/ports.ts';
import { formatDuration, parseDuration } from './config/units.ts';
import { Fatal, Transient } from './handlers/signals.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 20 * 2 ** 20;
const MAX_REDIRECTS = 5;
const SNIPPET_CHARS = 300;
const LONGEST_RETRY_AFTER_MS = 7 * 24 * 3_600_000;

export type HttpOptions = {
  /** `GET` unless there is a `body`. */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer> | URLSearchParams;
  /** For all of it, redirects and body included: ms or `30s`, which is also the default. */
  timeout?: number | string;
  /** Of the body, after decompression; 20 MB by default. */
  maxBytes?: number;
};

export type HttpResponse = {
  status: number;
  /** Where the redirects ended. */
  url: string;
  headers: Headers;
  bytes: Buffer<ArrayBuffer>;
  /** The body as UTF-8. */
  text(): string;
  /** The body as JSON. Throws `UnreadableResponse`. */
  json<Value = any>(): Value;
};

/**
 * All reject with `HttpError` for a status other than 2xx and 304, `NetworkError` when there is no answer, `HttpTimeout`,
 * `ResponseTooLarge`, `BadRequest` (what was asked is no http address), and with the reason of the signal when that aborts.
 */
export interface Http {
  request(url: string | URL, options?: HttpOptions): Promise<HttpResponse>;
  get(url: string | URL, options?: HttpOptions): Promise<HttpResponse>;
  text(url: string | URL, options?: HttpOptions): Promise<string>;
  json<Value = any>(url: string | URL, options?: HttpOptions): Promise<Value>;
}

/** An answer, but not the one that was hoped for. `retryAfter`: ms, from the header of that name. `snippet`: how the body begins. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  /** Without user, password and query. */
  readonly url: string;
  readonly retryAfter: number | undefined;
  readonly snippet: string;
  constructor(what: string, url: string, status: number, retryAfter: number | undefined, snippet: string) {
    super(`${what} answered ${status}${snippet && `: ${snippet}`}`);
    this.status = status;
    this.url = url;
    this.retryAfter = retryAfter;
    this.snippet = snippet;
  }
}

/** No answer. `code` is that of the deepest cause, such as `ECONNREFUSED`. */
export class NetworkError extends Error {
  override name = 'NetworkError';
  readonly code: string | undefined;
  constructor(what: string, cause: unknown) {
    const { code, message } = deepest(cause);
    super(`${what} failed: ${[code, message].filter((part, at, all) => part && all.indexOf(part) === at).join(' ') || 'no reason given'}`, { cause });
    this.code = code;
  }
}

export class HttpTimeout extends Transient {
  override name = 'HttpTimeout';
}
export class UnreadableResponse extends Transient {
  override name = 'UnreadableResponse';
}
export class ResponseTooLarge extends Fatal {
  override name = 'ResponseTooLarge';
}
export class BadRequest extends Fatal {
  override name = 'BadRequest';
}

/** `signal` is asked for once per request. */
export function createHttp(world: { fetch: typeof fetch; clock: Clock; signal(): AbortSignal }): Http {
  const request = (url: string | URL, options: HttpOptions = {}) => exchange(world, url, options);
  return {
    request,
    get: request,
    text: async (url, options) => (await request(url, options)).text(),
    json: async (url, options) => (await request(url, options)).json(),
  };
}

async function exchange(world: { fetch: typeof fetch; clock: Clock; signal(): AbortSignal }, address: string | URL, options: HttpOptions): Promise<HttpResponse> {
  const outer = world.signal();
  const timeoutMs = durationOf(options.timeout);
  const inner = new AbortController();
  const first = firstRequest(address, options);
  const timer = world.clock.setTimeout(
    () => inner.abort(new HttpTimeout(`${first.what} took longer than ${formatDuration(timeoutMs)}; give it more by { timeout: "2m" }`)),
    timeoutMs,
  );
  const signal = AbortSignal.any([outer, inner.signal]);
  let now = first;
  try {
    for (let redirects = 0; ; redirects++) {
      const response = await world.fetch(now.url.href, { ...now.init, redirect: 'manual', signal });
      const next = redirectOf(now, response);
      if (!next) return await answerOf(now, response, options.maxBytes ?? MAX_BYTES, world.clock.now());
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) throw new BadRequest(`${first.what} was redirected more than ${MAX_REDIRECTS} times, at last to ${shown(next.url)}`);
      now = next;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HttpError || error instanceof Transient || error instanceof Fatal) throw error;
    throw new NetworkError(now.what, error);
  } finally {
    world.clock.clearTimeout(timer);
  }
}

type Request = { url: URL; what: string; init: { method: string; headers: Headers; body?: HttpOptions['body'] } };

function firstRequest(address: string | URL, options: HttpOptions): Request {
  const url = URL.parse(String(address));
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new BadRequest(`ctx.http: "${url ? shown(url) : String(address).slice(0, 200)}" is no address of the web; it must begin with http:// or https://`);
  }
  const headers = new Headers(options.headers);
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
function redirectOf({ url, init }: Request, { status, headers: answered }: Response): Request | undefined {
  const location = answered.get('location');
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  const next = URL.parse(location, url.href);
  if (!next || !/^https?:$/.test(next.protocol)) throw new BadRequest(`${init.method} ${shown(url)} was redirected to "${next ? shown(next) : 'no address'}", which is not of the web`);
  const headers = new Headers(init.headers);
  if (next.origin !== url.origin) for (const name of [...headers.keys()]) if (!HARMLESS.test(name)) headers.delete(name);
  if (status >= 307 || init.method === 'GET' || init.method === 'HEAD') return toRequest(next, { ...init, headers });
  headers.delete('content-type');
  return toRequest(next, { method: 'GET', headers });
}

async function answerOf({ url, what }: Request, response: Response, maxBytes: number, now: number): Promise<HttpResponse> {
  const { status, headers } = response;
  if (!response.ok && status !== 304) {
    const snippet = await beginningOf(response);
    throw new HttpError(what, shown(url), status, retryAfterOf(headers.get('retry-after'), now), snippet);
  }
  const bytes = await bodyOf(response, maxBytes, what);
  const text = () => bytes.toString('utf8');
  return {
    status,
    url: url.href,
    headers,
    bytes,
    text,
    json() {
      try {
        return JSON.parse(text());
      } catch (cause) {
        throw new UnreadableResponse(`${what} answered no JSON but ${headers.get('content-type') ?? 'something'}: ${oneLine(text())}`, { cause });
      }
    },
  };
}

async function bodyOf(response: Response, maxBytes: number, what: string): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new ResponseTooLarge(`${what} answered more than ${maxBytes} bytes; allow more by { maxBytes }`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Enough to see what the server meant; an error while reading it is not worth losing the status for. */
async function beginningOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > 4 * SNIPPET_CHARS) break;
    }
  } catch {}
  return oneLine(text);
}

const oneLine = (text: string) => text.slice(0, 4 * SNIPPET_CHARS).replace(/\s+/g, ' ').trim().slice(0, SNIPPET_CHARS);

/** An address for messages: without user, password, query and fragment, which may hold secrets. */
function shown({ origin, protocol, pathname, search }: URL): string {
  return `${origin === 'null' ? protocol : origin}${pathname}${search && '?…'}`;
}

/** Seconds, or a date (`Tue, 24 Nov 2026 12:00:00 GMT`); ms from now, at most a week. What is over already says nothing: then the back-off decides. */
function retryAfterOf(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : /^[A-Z].* GMT$/i.test(text) ? Date.parse(text) - now : 0;
  return ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined;
}

function durationOf(timeout: number | string = TIMEOUT_MS): number {
  const ms = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  if (ms === undefined || !(ms > 0)) throw new TypeError(`ctx.http: the timeout "${timeout}" is no duration; give ms, or text such as "30s"`);
  return ms;
}

/** fetch hides the reason: `TypeError: fetch failed`, its cause, and for several addresses the first of `errors`. */
function deepest(error: unknown): { code: string | undefined; message: string } {
  const { cause, errors, code, message } = (error ?? {}) as { cause?: unknown; errors?: unknown[]; code?: unknown; message?: unknown };
  const deeper = cause ?? errors?.[0];
  const below = deeper === undefined ? undefined : deepest(deeper);
  return { code: below?.code ?? (typeof code === 'string' ? code : undefined), message: below?.message || String(message ?? '') };
}
