/** One request to its end: through its redirects, within its time and size. Each hop is guarded, waits for its turn, and may be answered from what was kept. */
import type { HttpOptions, HttpResponse } from '../../actors/http.ts';
import type { Clock } from '../../actors/ports.ts';
import type { HttpSpec } from '../../machines/spec.ts';
import { formatDuration, parseDuration } from '../config/units.ts';
import { Fatal, Transient } from '../handlers/signals.ts';
import { shown } from './address.ts';
import { answer } from './answer.ts';
import { beginningOf, bodyOf } from './body.ts';
import { BadRequest, HttpError, HttpTimeout, NetworkError } from './errors.ts';
import type { Guard } from './guard.ts';
import type { Kept, KeptAnswers } from './kept-answers.ts';
import type { Transport } from './network.ts';
import type { Seen } from './noted.ts';
import type { Pacing } from './pacing.ts';
import { firstRequest, redirectOf, type Request } from './request.ts';
import { retryAfterOf } from './retry-after.ts';
import type { Robots } from './robots.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 10 * 2 ** 20;
const MAX_REDIRECTS = 5;
const ROBOTS: HttpOptions = { robots: false, timeout: '10s', maxBytes: 2 ** 19 };
const { signal: NEVER } = new AbortController();

export type ExchangeWorld = { clock: Clock; transport: Transport; pacing: Pacing; robots: Robots; kept: KeptAnswers | undefined };

/** Who asks. `signal` ends it; in `seen` stands what is learnt under way. */
export type Caller = { job: string; spec: HttpSpec; guard: Guard; signal: AbortSignal; seen?: Seen | undefined };

/** One hop: `guard` and whether the host is spared belong to where it goes. */
type Hop = { request: Request; guard: Guard; own: boolean };

export async function exchange(world: ExchangeWorld, caller: Caller, address: string | URL, options: HttpOptions): Promise<HttpResponse> {
  const timeoutMs = durationOf(options.timeout);
  const first = firstRequest(address, options, caller.spec.userAgent);
  const { ends, start, stop } = deadline(world.clock, timeoutMs, first.what, caller.signal);
  let request = first;
  try {
    for (let redirects = 0; ; redirects++) {
      if (redirects > MAX_REDIRECTS) throw new BadRequest(`${first.what} was redirected more than ${MAX_REDIRECTS} times, at last to ${shown(request.url)}`);
      const hop = hopTo(request, options.trusted === true && request.url.host === first.url.host, caller.guard);
      const done = await admitted(world, hop, caller, options, ends);
      try {
        start();
        if (caller.seen) note(caller.seen, world.clock, redirects);
        const next = await ask(world, hop, options, ends, caller.seen);
        if (!('init' in next)) return next;
        request = next;
      } finally {
        done();
      }
    }
  } catch (error) {
    ends.throwIfAborted();
    throw meant(request.what, error);
  } finally {
    stop();
  }
}

function note(seen: Seen, clock: Clock, redirects: number): void {
  seen.began ??= clock.monotonic();
  seen.redirects = redirects;
}

function hopTo(request: Request, trusted: boolean, usual: Guard): Hop {
  const guard = trusted ? usual.and(request.url.host) : usual;
  return { request, guard, own: guard.isNamed(request.url) };
}

/** Resolves when the host may be asked; call what it answers when it has been. */
async function admitted(world: ExchangeWorld, { request, guard, own }: Hop, caller: Caller, options: HttpOptions, signal: AbortSignal): Promise<() => void> {
  const { job, spec } = caller;
  guard.checkUrl(request.url);
  const heeds = options.robots ?? spec.robots;
  const askRobots = async (url: URL) => (await exchange(world, { ...caller, guard, signal: NEVER, seen: undefined }, url, ROBOTS)).text();
  const gapMs = heeds ? await world.robots.admit(request.url, spec.userAgent, askRobots, signal) : 0;
  const pace = own ? { concurrency: Infinity, gapMs } : { concurrency: spec.perHost.concurrency, gapMs: Math.max(gapMs, spec.perHost.gapMs) };
  return world.pacing.turn(request.url.host, job, pace, signal);
}

/** The answer, or the request that it redirects to. */
async function ask(world: ExchangeWorld, { request, guard }: Hop, options: HttpOptions, signal: AbortSignal, seen: Seen | undefined): Promise<HttpResponse | Request> {
  const { clock, pacing, transport } = world;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const kept = options.cache === false ? undefined : await world.kept?.find(request, maxBytes);
  const headers = kept ? new Headers([...request.init.headers, ...kept.conditions]) : request.init.headers;
  const response = await transport(request.url, { ...request.init, headers, redirect: 'manual', signal }, guard, maxBytes);
  if (seen) seen.status = response.status;
  const retryAfter = retryAfterOf(response.headers.get('retry-after'), clock.now());
  if ((response.status === 429 || response.status === 503) && retryAfter !== undefined) pacing.rest(request.url.host, retryAfter);
  const next = redirectOf(request, response);
  if (next) {
    await response.body?.cancel();
    return next;
  }
  if (kept && response.status === 304) return unchanged(request, kept, world);
  if (!response.ok && response.status !== 304) throw new HttpError(request.what, shown(request.url), response.status, retryAfter, await beginningOf(response));
  const { status, headers: answered } = response;
  const bytes = await bodyOf(response, maxBytes, request);
  if (options.cache !== false) await world.kept?.keep(request, status, answered, bytes);
  return answer({ what: request.what, status, headers: answered, url: request.url.href, bytes, notModified: false });
}

function unchanged({ what, url }: Request, { key, headers, bytes }: Kept, { kept }: ExchangeWorld): HttpResponse {
  kept!.confirm(key);
  return answer({ what, status: 200, headers, url: url.href, bytes, notModified: true });
}

/** `ends` aborts with the caller's signal, and `ms` after `start` was first called: who waits for a turn loses no time. */
function deadline(clock: Clock, ms: number, what: string, outer: AbortSignal) {
  const inner = new AbortController();
  let timer: unknown;
  return {
    ends: AbortSignal.any([outer, inner.signal]),
    start: () => {
      timer ??= clock.setTimeout(() => inner.abort(new HttpTimeout(`${what} took longer than ${formatDuration(ms)}; give it more by { timeout: "2m" }`)), ms);
    },
    stop: () => clock.clearTimeout(timer),
  };
}

/** What we threw ourselves may come back as the cause of `TypeError: fetch failed`, or of `terminated`. */
function meant(what: string, error: unknown): unknown {
  for (let deeper = error; deeper instanceof Error; deeper = deeper.cause) {
    if (deeper instanceof HttpError || deeper instanceof Transient || deeper instanceof Fatal) return deeper;
  }
  return new NetworkError(what, error);
}

function durationOf(timeout: number | string = TIMEOUT_MS): number {
  const ms = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  if (ms === undefined || !(ms > 0)) throw new TypeError(`ctx.http: the timeout "${timeout}" is no duration; give ms, or text such as "30s"`);
  return ms;
}
