/** How a request may fail. Messages show addresses without user, password and query, which may hold secrets. */
import { Fatal, Transient } from '../handlers/signals.ts';

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
/** The address is not on the public internet, and nobody has allowed it. */
export class AddressRefused extends Fatal {
  override name = 'AddressRefused';
}
/** robots.txt of the host says no. */
export class RobotsRefused extends Fatal {
  override name = 'RobotsRefused';
}
/** The host has said when to come back, and that is too long to wait for. */
export class HostResting extends Transient {
  override name = 'HostResting';
}
/** In replay nothing is asked that was not recorded. */
export class CassetteMiss extends Fatal {
  override name = 'CassetteMiss';
}
export class BadRequest extends Fatal {
  override name = 'BadRequest';
}

/** fetch hides the reason: `TypeError: fetch failed`, its cause, and for several addresses the first of `errors`. */
function deepest(error: unknown): { code: string | undefined; message: string } {
  const { cause, errors, code, message } = (error ?? {}) as { cause?: unknown; errors?: unknown[]; code?: unknown; message?: unknown };
  const deeper = cause ?? errors?.[0];
  const below = deeper === undefined ? undefined : deepest(deeper);
  return { code: below?.code ?? (typeof code === 'string' ? code : undefined), message: below?.message || String(message ?? '') };
}
