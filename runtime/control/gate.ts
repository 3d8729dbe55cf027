/**
 * What every request must pass before anything looks at its path: a web page that has its own name resolve to 127.0.0.1
 * is betrayed by Host, one that reaches over from elsewhere by Origin. Names are compared whole, never by a suffix or pattern.
 */
import type { IncomingMessage } from 'node:http';

/** Why a request is turned away, as HTTP. */
export type Refusal = { status: number; code: string; message: string; headers?: Record<string, string> };

const NAMES = ['127.0.0.1', 'localhost', 'jobs.localhost'];

export class Gate {
  readonly #hosts: ReadonlySet<string>;

  constructor(port: number) {
    this.#hosts = new Set(NAMES.map((name) => `${name}:${port}`));
  }

  /** Host, Origin (where there is one), target and Sec-Fetch-Site. */
  check(request: IncomingMessage): Refusal | undefined {
    // Node keeps the first of several Host headers; a proxy might have looked at another one.
    const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
    const { host = '', origin } = request.headers;
    if (hosts.length !== 1 || !this.#hosts.has(host)) return forbidden('this Host is not served here');
    if (!request.url?.startsWith('/')) return { status: 400, code: 'bad_request', message: 'the request target must be a path' };
    if (origin !== undefined && origin !== `http://${host}`) return forbidden('requests from another origin are refused');
    const site = request.headers['sec-fetch-site'];
    if (request.method !== 'GET' && site !== undefined && site !== 'same-origin' && site !== 'none') return forbidden('requests from another site are refused');
    return undefined;
  }
}

const forbidden = (message: string): Refusal => ({ status: 403, code: 'forbidden', message });
export const unauthorized: Refusal = {
  status: 401,
  code: 'unauthorized',
  message: 'run `npx jobctl open` for a link that signs this browser in; programs send the token in runner.token as a bearer',
  headers: { 'WWW-Authenticate': 'Bearer' },
};

export const notFound: Refusal = { status: 404, code: 'not_found', message: 'nothing is served here' };

/** On every answer. Nothing is ever allowed to another origin: no Access-Control header exists here. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

export function jsonHeaders(body: string): Record<string, string> {
  return { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) };
}
