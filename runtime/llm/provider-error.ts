/** What the `openai` package throws, as an error of ours: with the facts that a decision hangs on, and without secrets. */
import { waitInHeaders } from '../doctor/headers.ts';
import { NetworkError } from '../http/errors.ts';
import { property, textOf } from '../handlers/encode-error.ts';
import { Fatal, Transient } from '../handlers/signals.ts';
import { ModelError, UnusableAnswer, type ProviderFacts } from './errors.ts';

const CAUSES = 5;
const MESSAGE_CHARS = 500;
/** Nothing has reached anybody. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'UND_ERR_CONNECT_TIMEOUT']);
const REFUSED_HERE = new Set(['AddressRefused', 'CassetteMiss', 'BadRequest']);

/** `what` names the call in messages; `clean` strikes secrets out: some providers repeat the key. */
export function errorFrom(thrown: unknown, what: string, clean: (text: string) => string, now: number): Error {
  const own = ownCause(thrown);
  if (own) return own;
  const status = property(thrown, 'status');
  if (typeof status === 'number') return new ModelError(clean(`${what} answered ${textOf(thrown, 'message').slice(0, MESSAGE_CHARS) || status}`), factsOf(thrown, status, clean, now));
  if (thrown instanceof SyntaxError) return new UnusableAnswer(`${what} answered no JSON`, 'garbage', { cause: thrown });
  return new NetworkError(what, property(thrown, 'cause') ?? thrown);
}

/** Whether a call that ended so cannot have cost anything: it was refused, or never got there. */
export function isFree(error: unknown): boolean {
  if (error instanceof ModelError || REFUSED_HERE.has(textOf(error, 'name'))) return true;
  return error instanceof NetworkError && NOT_SENT.has(error.code ?? '');
}

/** What we threw ourselves comes back as the cause of a connection error. */
function ownCause(thrown: unknown): Error | undefined {
  let at = thrown;
  for (let depth = 0; depth < CAUSES && at instanceof Error; depth++, at = at.cause) if (at instanceof Fatal || at instanceof Transient) return at;
  return undefined;
}

function factsOf(error: unknown, status: number, clean: (text: string) => string, now: number): ProviderFacts {
  // Those of undici are of another class than the global ones.
  const headers = (property(error, 'headers') ?? new Headers()) as Headers;
  const word = (key: string) => {
    const value = property(error, key);
    return typeof value === 'string' || typeof value === 'number' ? { [key]: clean(String(value)).slice(0, 100) } : {};
  };
  const retryAfter = waitInHeaders(headers, now);
  const requestId = headers.get('x-request-id');
  return { status, ...word('code'), ...word('type'), ...word('param'), ...(retryAfter !== undefined && { retryAfter }), ...(requestId !== null && { requestId: requestId.slice(0, 100) }) };
}
