/** One request to its end: through its redirects, within its time and size. */
import type { HttpOptions, HttpResponse } from '../../actors/http.ts';
import type { Clock } from '../../actors/ports.ts';
import { formatDuration, parseDuration } from '../config/units.ts';
import { Fatal, Transient } from '../handlers/signals.ts';
import { shown } from './address.ts';
import { answer } from './answer.ts';
import { beginningOf, bodyOf } from './body.ts';
import { BadRequest, HttpError, HttpTimeout, NetworkError } from './errors.ts';
import { firstRequest, redirectOf, type Request } from './request.ts';
import { retryAfterOf } from './retry-after.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 10 * 2 ** 20;
const MAX_REDIRECTS = 5;

export type ExchangeWorld = { fetch: typeof fetch; clock: Clock };

export async function exchange(world: ExchangeWorld, outer: AbortSignal, address: string | URL, options: HttpOptions): Promise<HttpResponse> {
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

async function answerOf({ url, what }: Request, response: Response, maxBytes: number, now: number): Promise<HttpResponse> {
  const { status, headers } = response;
  if (!response.ok && status !== 304) throw new HttpError(what, shown(url), status, retryAfterOf(headers.get('retry-after'), now), await beginningOf(response));
  return answer({ what, status, headers, url: url.href, bytes: await bodyOf(response, maxBytes, what), notModified: false });
}

function durationOf(timeout: number | string = TIMEOUT_MS): number {
  const ms = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  if (ms === undefined || !(ms > 0)) throw new TypeError(`ctx.http: the timeout "${timeout}" is no duration; give ms, or text such as "30s"`);
  return ms;
}
