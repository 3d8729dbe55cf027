/** What is known of an error before anybody judges it: facts, and its text in one normal form. */
import { bodyCodes, lastException, statusIn } from './read-text.ts';

/** As it comes from outside: a line of `jobctl classify`, or what was thrown. */
export type Report = {
  message: string;
  name?: string;
  code?: string | number;
  status?: number;
  stack?: string;
  context?: string;
  exitCode?: number;
  /** What the service asked to wait for, in ms. */
  retryAfterMs?: number;
  /** What the handler meant by throwing it. */
  signal?: Signal;
  /** Of a `PauseJob` and of a refused budget: until when, ms since the epoch. */
  resumeAt?: number;
  where?: Where;
};

/** What `Transient`, `Fatal` and `PauseJob` say. */
export type Signal = 'transient' | 'fatal' | 'pause';
/** Where it happened. */
export type Where = { job: string; stage: string };

export type Failure = {
  /** Type of the exception, without the module: `HTTPError`, not `urllib.error.HTTPError`. */
  name: string;
  code: string;
  /** 400 to 599. */
  status: number | undefined;
  message: string;
  stack: string;
  context: string;
  exitCode: number | undefined;
  retryAfterMs: number | undefined;
  signal: Signal | undefined;
  resumeAt: number | undefined;
  where: Where | undefined;
  /** Name, code, and the codes that the body of an answer holds: what programs write for programs. */
  ids: string;
  /** Message in plain text for patterns: one line, straight quotes, no markup. */
  text: string;
  /** `ids` and `text` in one, for patterns that may find it in either. */
  said: string;
};

/** Beyond, an error only repeats itself. */
const NAME_CHARS = 100;
const MESSAGE_CHARS = 6_000;
const PATTERN_CHARS = 2_400;

export function failureFrom(report: Report): Failure {
  const message = report.message.slice(0, MESSAGE_CHARS);
  const stack = (report.stack ?? '').slice(0, MESSAGE_CHARS);
  const text = plain(message);
  const thrown = lastException(message) ?? lastException(stack);
  const name = shortName(report.name ?? '') || thrown?.name || '';
  const code = String(report.code ?? '').slice(0, NAME_CHARS);
  const ids = [name, thrown?.name ?? '', code, ...bodyCodes(text)].filter(Boolean).join(' ');
  // An exception without words (`KeyError`) has said in its stack what the message leaves out.
  const words = text || plain(thrown?.message ?? '');
  return {
    name,
    code,
    status: statusOf(report.status) ?? statusOf(Number(code)) ?? statusIn(text),
    message,
    stack,
    context: report.context ?? (report.where ? `${report.where.job} ${report.where.stage}` : ''),
    exitCode: report.exitCode,
    retryAfterMs: report.retryAfterMs,
    signal: report.signal,
    resumeAt: report.resumeAt,
    where: report.where,
    ids,
    text: words,
    said: `${ids} | ${words}`,
  };
}

const statusOf = (status: number | undefined) => (status !== undefined && status >= 400 && status <= 599 ? status : undefined);

const shortName = (name: string) => name.slice(0, NAME_CHARS).split(/[.:]+/).at(-1)!.trim();

/** Head and tail: what happened is said first, what it came from last. */
function plain(message: string): string {
  const text = message
    .replace(/\\{1,8}"/g, '"')
    .replace(/\\[nrt]/g, ' ')
    .replace(/[‘’´`]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/<(style|script)\b[^]*?<\/\1>/gi, ' ')
    .replace(/<\/?[a-z!][^<>]{0,500}>/gi, ' ')
    .replace(/&(#39|apos|quot|amp|nbsp);/g, (_, entity: string) => ENTITIES[entity]!)
    // Data, not words; and what patterns would take long over.
    .replace(/([\w+\/=-]{50})[\w+\/=-]{50,}/g, '$1…')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length <= PATTERN_CHARS ? text : `${text.slice(0, PATTERN_CHARS / 2)} … ${text.slice(-PATTERN_CHARS / 2)}`;
}

const ENTITIES: Record<string, string> = { '#39': "'", apos: "'", quot: '"', amp: '&', nbsp: ' ' };
