/**
 * What a failure means, in its first form: by facts alone (types, codes, statuses), never by words. What nothing is known about is
 * `transient`: it is tried again, and fails after the last try. A table, read from the top; the first row that knows decides.
 */
import type { ErrorClass } from '../../actors/ports.ts';
import { parseDuration } from '../config/units.ts';
import { property, textOf } from './encode-error.ts';
import { momentOf } from './moment.ts';
import { SIGNAL } from './signals.ts';

/** `retryAt`: try again then, not earlier. `until`: the hold on the job ends then; ms since the epoch. `hold`: which one, if not that of the breaker. */
export type Verdict = { class: ErrorClass; retryAt?: number; until?: number; hold?: 'budget' };

/** `depth`: so many causes may still be looked into. */
type Row = (error: object, now: number, depth: number) => Verdict | undefined;

const NETWORK = new Set(['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN']);
const MACHINE = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOMEM', 'EIO']);
/** What others hold at the moment and give back. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOBUFS']);
const BUGS = new Set(['TypeError', 'ReferenceError', 'SyntaxError', 'RangeError', 'EvalError']);
const LOOKS_INTO_CAUSES = 5;
/** Who says more has said it in the wrong unit. */
const LONGEST_WAIT_MS = 365 * 86_400_000;

const ROWS: Row[] = [bySignal, byBudget, byOwnName, byStatus, byCode, byCause, byBug];

/** Never throws, whatever was thrown. */
export function classify(error: unknown, now: number): Verdict {
  return known(error, now, LOOKS_INTO_CAUSES) ?? { class: 'transient' };
}

function known(error: unknown, now: number, depth: number): Verdict | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  for (const row of ROWS) {
    const verdict = row(error, now, depth);
    if (verdict) return verdict;
  }
  return undefined;
}

/** The handler says it itself. */
function bySignal(error: unknown, now: number): Verdict | undefined {
  switch (property(error, SIGNAL)) {
    case 'transient':
      return retryLater(property(error, 'retryAfter'), now);
    case 'fatal':
      return { class: 'item_specific' };
    case 'pause':
      return pause(property(error, 'resumeAt'), now);
    default:
      return undefined;
  }
}

/** There is no money for the call: it is made when there is. */
function byBudget(error: unknown): Verdict | undefined {
  if (textOf(error, 'name') !== 'BudgetRefused') return undefined;
  const until = property(error, 'until');
  return { class: 'temporal', hold: 'budget', ...(typeof until === 'number' && { until }) };
}

/** Errors that this folder throws, and those of time-outs and schemas. */
const OWN: Record<string, ErrorClass> = {
  ItemMismatch: 'item_specific',
  InvalidOutput: 'item_specific',
  ArtifactError: 'item_specific',
  OutputMismatch: 'code_bug',
  InvalidCost: 'code_bug',
  TimeoutError: 'transient',
  AbortError: 'transient',
  ZodError: 'item_specific',
};
function byOwnName(error: unknown): Verdict | undefined {
  const found = Object.hasOwn(OWN, textOf(error, 'name')) ? OWN[textOf(error, 'name')] : undefined;
  return found && { class: found };
}

/** An answer by HTTP: ours, and of clients that say `status` or `statusCode`. */
function byStatus(error: unknown, now: number): Verdict | undefined {
  const status = property(error, 'status') ?? property(error, 'statusCode');
  if (typeof status !== 'number' || !(status >= 400 && status < 600)) return undefined;
  if (status === 401 || status === 403 || status === 407) return { class: 'systemic' };
  if (status === 408 || status === 425 || status === 429 || status >= 500) return retryLater(property(error, 'retryAfter'), now);
  return { class: 'item_specific' };
}

function byCode(error: unknown): Verdict | undefined {
  const code = textOf(error, 'code');
  if (NETWORK.has(code) || PASSING.has(code) || code.startsWith('UND_ERR_') || code.startsWith('HPE_')) return { class: 'transient' };
  if (MACHINE.has(code)) return { class: 'systemic' };
  if (code === 'ENOENT') return { class: isStart(error) ? 'systemic' : 'item_specific' };
  if (code === 'ERR_INVALID_URL') return { class: 'item_specific' };
  return undefined;
}

/** A program that is missing: no item can do without it. */
const isStart = (error: unknown) => textOf(error, 'name') === 'ExecError' || textOf(error, 'syscall').startsWith('spawn');

/** `TypeError: fetch failed`, and whatever was wrapped with a `cause`; a bug with a cause stays a bug. */
function byCause(error: unknown, now: number, depth: number): Verdict | undefined {
  const isFetch = textOf(error, 'name') === 'TypeError' && textOf(error, 'message') === 'fetch failed';
  if (BUGS.has(textOf(error, 'name')) && !isFetch) return undefined;
  const below = property(error, 'cause') ?? property(property(error, 'errors'), 0);
  return known(below, now, depth - 1) ?? (isFetch ? { class: 'transient' } : undefined);
}

function byBug(error: unknown): Verdict | undefined {
  return BUGS.has(textOf(error, 'name')) ? { class: 'code_bug' } : undefined;
}

function retryLater(after: unknown, now: number): Verdict {
  const ms = typeof after === 'string' ? parseDuration(after) : after;
  return typeof ms === 'number' && ms >= 0 && ms <= LONGEST_WAIT_MS ? { class: 'transient', retryAt: Math.round(now + ms) } : { class: 'transient' };
}

/** A time that makes no sense is no time: the job is held until an operator has looked. */
function pause(resumeAt: unknown, now: number): Verdict {
  if (resumeAt === undefined) return { class: 'systemic' };
  try {
    return { class: 'temporal', until: momentOf(resumeAt, now, 'resumeAt') };
  } catch {
    return { class: 'systemic' };
  }
}
