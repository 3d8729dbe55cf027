/** What was thrown, as failures: the error itself, then what it says it was caused by. Whatever was thrown, this does not throw. */
import { property, textOf } from '../handlers/encode-error.ts';
import { momentOf } from '../handlers/moment.ts';
import { SIGNAL } from '../handlers/signals.ts';
import { failureFrom, type Failure, type Report, type Signal, type Where } from './failure.ts';
import { waitInHeaders } from './headers.ts';
import { waitOf } from './when.ts';

const LOOKS_INTO_CAUSES = 5;
const SIGNALS = new Set<unknown>(['transient', 'fatal', 'pause']);

export function failuresOf(thrown: unknown, now: number, where?: Where): Failure[] {
  const found: Failure[] = [];
  for (let at = thrown; at !== undefined && at !== null && found.length < LOOKS_INTO_CAUSES; at = causeOf(at)) {
    found.push(failureFrom({ ...reportOf(at, now), ...(where && { where }) }));
  }
  return found.length > 0 ? found : [failureFrom({ message: '' })];
}

function causeOf(error: unknown): unknown {
  return typeof error === 'object' ? (property(error, 'cause') ?? property(property(error, 'errors'), 0)) : undefined;
}

function reportOf(error: unknown, now: number): Report {
  if (typeof error !== 'object' || error === null) return { message: safely(() => String(error)) };
  const [message, stderr] = [textOf(error, 'message'), textOf(error, 'stderr')];
  const [code, exitCode] = [property(error, 'code'), property(error, 'exitCode')];
  const signal = property(error, SIGNAL);
  const retryAfterMs = waitOf(property(error, 'retryAfter')) ?? waitInHeaders(property(error, 'headers'), now);
  return {
    message: [message, ...[stderr, startOf(error)].filter((more) => more && !message.includes(more))].join('\n'),
    name: textOf(error, 'name'),
    stack: textOf(error, 'stack'),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...statusOf(error),
    ...(typeof exitCode === 'number' && { exitCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(SIGNALS.has(signal) && { signal: signal as Signal }),
    ...(signal === 'pause' && resumeOf(property(error, 'resumeAt'), now)),
    ...(textOf(error, 'name') === 'BudgetRefused' && resumeOf(property(error, 'until'), now)),
  };
}

/** What could not be started: `spawn ffmpeg`. */
const startOf = (error: object) => (textOf(error, 'syscall').startsWith('spawn') ? `${textOf(error, 'syscall')} ${textOf(error, 'code')}` : '');

/** As clients have it: `status`, `statusCode`, `response.status`. */
function statusOf(error: unknown): { status: number } | undefined {
  const status = property(error, 'status') ?? property(error, 'statusCode') ?? property(property(error, 'response'), 'status');
  return typeof status === 'number' ? { status } : undefined;
}

/** A time that makes no sense is no time: the job is held until an operator has looked. */
function resumeOf(value: unknown, now: number): { resumeAt: number } | undefined {
  try {
    return value === undefined ? undefined : { resumeAt: momentOf(value, now, 'resumeAt') };
  } catch {
    return undefined;
  }
}

function safely(text: () => string): string {
  try {
    return text();
  } catch {
    return '';
  }
}
