/** A cassette: what the web answered, in a file that people can read. Played back, a test needs no network and gets the same answers for ever. */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Document } from 'yaml';
import { Fatal } from '../handlers/signals.ts';
import { bodyOf } from './body.ts';
import { CassetteMiss } from './errors.ts';
import type { Transport } from './network.ts';
import type { Request } from './request.ts';
import { isShown, secretsOf, strike, struckUrl } from './redacted.ts';

export const CASSETTE_MODES = ['record', 'replay', 'auto'] as const;
/** `record`: everything anew. `replay`: never the network. `auto`: what is not there yet is recorded. */
export type CassetteMode = (typeof CASSETTE_MODES)[number];

/** `body`: the first digits of the SHA-256 of what was sent. */
type Answer = { request: string; body?: string; status: number; headers: Record<string, string>; text?: string; base64?: string };

/** They speak of this one transfer. */
const TRANSFER = new Set(['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date', 'alt-svc']);
const HEADER = ' What the web answered. RIVUS_CASSETTE=record writes it anew; keys and logins are struck out.';

export class Cassette {
  private readonly file: string;
  private readonly mode: CassetteMode;
  private readonly secrets: readonly string[];
  private answers: Answer[] | undefined;
  private readonly played = new Map<string, number>();

  /** @param file a .yaml; @param secrets values that are known to be secret */
  constructor(file: string, mode: CassetteMode, secrets: readonly string[] = []) {
    this.file = file;
    this.mode = mode;
    this.secrets = secrets;
  }

  /** Answers from here, and asks `network` for what is to be recorded. */
  over(network: Transport): Transport {
    return async (url, init, guard, maxBytes) => {
      const request = { url, init: { ...init, method: init.method ?? 'GET', headers: new Headers(init.headers) } } as Request;
      const asked = this.nameOf(request);
      const answers = (this.answers ??= this.mode === 'record' ? [] : await this.load());
      const known = this.mode === 'record' ? undefined : this.next(asked, answers);
      if (known) return responseOf(known);
      if (this.mode === 'replay') throw this.miss(asked, answers);
      const response = await network(url, init, guard, maxBytes);
      const bytes = await bodyOf(response, maxBytes, { ...request, what: asked.request });
      answers.push(this.answerOf(request, asked, response, bytes));
      await this.save(answers);
      this.played.set(idOf(asked), answers.filter((other) => idOf(other) === idOf(asked)).length);
      // As it came: a redirect must be followed with the key that it holds.
      return built(response.status, [...response.headers].filter(([name]) => !TRANSFER.has(name)), bytes);
    };
  }

  /** The same request may be answered otherwise the second time; the last answer stays. */
  private next(asked: Pick<Answer, 'request' | 'body'>, answers: readonly Answer[]): Answer | undefined {
    const id = idOf(asked);
    const same = answers.filter((answer) => idOf(answer) === id);
    const at = this.played.get(id) ?? 0;
    this.played.set(id, at + 1);
    return same[Math.min(at, same.length - 1)];
  }

  private nameOf(request: Request): Pick<Answer, 'request' | 'body'> {
    const { method, body } = request.init;
    const sent = body === undefined || body === null ? undefined : typeof body === 'string' || body instanceof URLSearchParams ? strike(String(body), secretsOf(request, this.secrets)) : body;
    return { request: `${method} ${struckUrl(request.url, this.secrets)}`, ...(sent !== undefined && { body: hash('sha256', sent).slice(0, 12) }) };
  }

  private answerOf(request: Request, asked: Pick<Answer, 'request' | 'body'>, response: Response, bytes: Buffer): Answer {
    const secrets = secretsOf(request, this.secrets);
    const shown = [...response.headers].filter(([name]) => !TRANSFER.has(name) && isShown(name));
    const headers = Object.fromEntries(shown.map(([name, value]) => [name, name === 'location' ? struckLocation(value, request.url, secrets) : strike(value, secrets)]));
    const text = textOf(bytes);
    return { ...asked, status: response.status, headers, ...(text === undefined ? { base64: bytes.toString('base64') } : { text: strike(text, secrets) }) };
  }

  private miss(asked: Pick<Answer, 'request' | 'body'>, answers: readonly Answer[]): CassetteMiss {
    const like = (other: string) => [...other].findIndex((letter, at) => letter !== asked.request[at]) >>> 0;
    const nearest = answers.toSorted((a, b) => like(b.request) - like(a.request))[0];
    const there = !nearest ? 'it is empty' : nearest.request === asked.request ? 'it has it with another body' : `the nearest is ${nearest.request}`;
    return new CassetteMiss(`the cassette ${path.relative('', this.file)} has no ${asked.request}; ${there}; RIVUS_CASSETTE=record records it anew, RIVUS_CASSETTE=auto adds what is missing`);
  }

  private async load(): Promise<Answer[]> {
    const { parse } = await import('yaml');
    try {
      return (parse(fs.readFileSync(this.file, 'utf8')) as Answer[] | null) ?? [];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw new Fatal(`the cassette ${path.relative('', this.file)} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }

  private async save(answers: readonly Answer[]): Promise<void> {
    const yaml = await import('yaml');
    const document: Document = new yaml.Document(answers);
    document.commentBefore = HEADER;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(`${this.file}.tmp`, document.toString({ lineWidth: 0 }));
    fs.renameSync(`${this.file}.tmp`, this.file);
  }
}

const idOf = ({ request, body = '' }: Pick<Answer, 'request' | 'body'>) => `${request} ${body}`;

const responseOf = ({ status, headers, text, base64 }: Answer): Response => built(status, Object.entries(headers), text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text));

const built = (status: number, headers: [string, string][], bytes: Buffer<ArrayBuffer>): Response => new Response([204, 205, 304].includes(status) ? null : bytes, { status, headers });

function struckLocation(location: string, from: URL, secrets: readonly string[]): string {
  const url = URL.parse(location, from.href);
  return url ? struckUrl(url, secrets) : strike(location, secrets);
}

/** Undefined for what is no UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
