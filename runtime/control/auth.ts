/**
 * Who may talk to the runner. Loopback is open to every user and every web page of the machine, so reads need a secret too.
 *
 *   token     256 bits in `runner.token` (mode 0600), another one at every start; the CLI sends it as a bearer
 *   code      60 s, works once; travels in a URL's fragment, which no log and no Referer sees
 *   session   what the code is exchanged for: an HttpOnly cookie. Cookies do not tell ports apart, so its name does. It outlives the runner,
 *             so that an open page goes on with the next one: `runner.sessions` (mode 0600) holds its hash, never itself
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../actors/ports.ts';
import type { Scope } from '../../inspector/protocol.ts';
import { findBySecret, hashOf, newSecret } from './secrets.ts';

const CODE_LIVES_MS = 60_000;
const MOST_CODES = 16;
const MOST_SESSIONS = 64;
const SESSION_LIVES_MS = 30 * 86_400_000;

/** Who is at the other end, as the audit names it. */
export type Identity = { who: 'cli' | 'browser'; scope: Scope };

type Code = { hash: Buffer; scope: Scope; until: number };
/** `at`: when it was opened, ms since the epoch. */
type Session = { hash: Buffer; scope: Scope; at: number };
const StoredSessions = z.array(z.object({ hash: z.hash('sha256').transform((hex) => Buffer.from(hex, 'hex')), scope: z.enum(['control', 'read']), at: z.number() }));

export class Auth {
  readonly cookieName: string;
  readonly #clock: Clock;
  readonly #readOnly: boolean;
  readonly #file: string;
  readonly #sessionsFile: string;
  readonly #token: { hash: Buffer };
  #codes: Code[] = [];
  #sessions: Session[] = [];

  /** Writes a new token to `<dataDir>/runner.token`; the one of the last start is void from now on. `readOnly`: no browser may more than look. */
  constructor({ clock, dataDir, port, readOnly = false }: { clock: Clock; dataDir: string; port: number; readOnly?: boolean }) {
    this.#clock = clock;
    this.#readOnly = readOnly;
    this.cookieName = `rivus_${port}`;
    this.#file = join(dataDir, 'runner.token');
    this.#sessionsFile = join(dataDir, 'runner.sessions');
    this.#sessions = sessionsIn(this.#sessionsFile);
    const token = newSecret();
    this.#token = { hash: hashOf(token) };
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writePrivately(this.#file, `${token}\n`);
  }

  /** Who sent this `Authorization` header, if its token is today's. */
  bearer(header: string | undefined): Identity | undefined {
    const [, token] = /^Bearer ([\w-]{1,128})$/.exec(header ?? '') ?? [];
    return token && findBySecret([this.#token], token) ? { who: 'cli', scope: 'control' } : undefined;
  }

  /** Who sent this `Cookie` header. Another local server may have set a cookie of our name, so every value is tried. */
  cookie(header: string | undefined): Identity | undefined {
    for (const pair of (header ?? '').split(';')) {
      const [name, value] = pair.trim().split('=', 2);
      if (name !== this.cookieName || !value) continue;
      const session = findBySecret(this.#sessions, value);
      if (session && this.#clock.now() < session.at + SESSION_LIVES_MS) return { who: 'browser', scope: this.#readOnly ? 'read' : session.scope };
    }
    return undefined;
  }

  /** A code that a browser may exchange for a session, once, within a minute. */
  issueCode(scope: Scope): string {
    const code = newSecret();
    this.#codes.push({ hash: hashOf(code), scope, until: this.#clock.monotonic() + CODE_LIVES_MS });
    this.#codes = this.#codes.slice(-MOST_CODES);
    return code;
  }

  /** Takes a code and gives the `Set-Cookie` of a new session; undefined when the code is unknown, used or too old. */
  redeem(code: string): string | undefined {
    const found = findBySecret(this.#codes, code);
    if (!found) return undefined;
    this.#codes = this.#codes.filter((other) => other !== found);
    if (this.#clock.monotonic() > found.until) return undefined;
    const value = newSecret();
    this.#sessions = [...this.#sessions, { hash: hashOf(value), scope: found.scope, at: this.#clock.now() }].slice(-MOST_SESSIONS);
    writePrivately(this.#sessionsFile, JSON.stringify(this.#sessions.map(({ hash, ...session }) => ({ hash: hash.toString('hex'), ...session }))));
    return `${this.cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_LIVES_MS / 1000}`;
  }

  /** The token's file goes; what it held works no longer, as the server is gone too. */
  close(): void {
    rmSync(this.#file, { force: true });
  }
}

/** A new file under the old name: neither the mode of an old file nor a symlink in its place matters. */
function writePrivately(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}

/** None when the file is not there, or holds something else: then browsers sign in again. */
function sessionsIn(file: string): Session[] {
  try {
    return StoredSessions.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return [];
  }
}
