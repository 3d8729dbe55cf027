/** A request as the attempt that makes it remembers it: written down as it begins, so that one that never ends is there too. */
import type { HttpOptions, HttpResponse } from '../../actors/http.ts';
import type { Clock, HttpCall } from '../../actors/ports.ts';
import { secretsOf, struckUrl } from './redacted.ts';

/** `clean` strikes out what is secret. */
export type Witness = { clean(text: string): string; note(call: HttpCall): void };
/** What is learnt under way. `began`: when the host was asked, after the wait for its turn; by the monotonic clock. */
export type Seen = { began?: number; redirects: number; status?: number };

const LONGEST_URL = 1_000;
const LONGEST_ERROR = 300;
/** Shorter waits are no turn of a host that somebody waited for. */
const WAIT_MS = 5;

export async function noted(clock: Clock, { clean, note }: Witness, address: string | URL, options: HttpOptions, ask: (seen: Seen) => Promise<HttpResponse>): Promise<HttpResponse> {
  const asked = clock.monotonic();
  const seen: Seen = { redirects: 0 };
  const call: HttpCall = { at: clock.now(), method: options.method?.toUpperCase() ?? (options.body === undefined ? 'GET' : 'POST'), url: shownUrl(address, options, clean), ms: null };
  note(call);
  try {
    const response = await ask(seen);
    call.status = response.status;
    call.bytes = response.bytes.length;
    if (response.notModified) call.notModified = true;
    if (seen.redirects > 0) call.to = shownUrl(response.url, options, clean);
    return response;
  } catch (error) {
    if (seen.status !== undefined) call.status = seen.status;
    call.error = clean(`${(error as Error)?.name ?? 'Error'}: ${(error as Error)?.message ?? String(error)}`).slice(0, LONGEST_ERROR);
    throw error;
  } finally {
    call.ms = Math.round(clock.monotonic() - asked);
    const waited = Math.round((seen.began ?? clock.monotonic()) - asked);
    if (waited >= WAIT_MS) call.waitedMs = waited;
    if (seen.redirects > 0) call.redirects = seen.redirects;
  }
}

/** With its query, but for logins and the values of what sounds like a key. */
function shownUrl(address: string | URL, { headers = {} }: HttpOptions, clean: (text: string) => string): string {
  const url = URL.parse(String(address));
  if (!url) return clean(String(address)).slice(0, LONGEST_URL);
  const secrets = secretsOf({ url, init: { method: 'GET', headers: new Headers(headers) } }, [url.password]);
  url.username = url.password = '';
  return clean(struckUrl(url, secrets)).slice(0, LONGEST_URL);
}
