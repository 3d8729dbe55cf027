/**
 * Errors that nobody caught. Of a handler they end the attempt that they come from, or are said when that is over; the runner and all
 * other attempts go on. Where no handler is to blame, Rivus itself is in a state that nobody has thought of: it stops in order.
 */
import type { Clock, Log } from '../actors/ports.ts';
import { atWork, nameOf } from './handlers/at-work.ts';
import { encodeError } from './handlers/encode-error.ts';

/** A timer that throws each millisecond is said once in that time. */
const SAID_AGAIN_MS = 60_000;
const REMEMBERED = 1000;

type Hearer = {
  clock: Clock;
  log: Log;
  /** For texts that are shown. */
  clean(text: string): string;
  stop(): void;
};

/** @returns what makes it deaf again */
export function hearStrayErrors({ clock, log, clean, stop }: Hearer): () => void {
  const said = new Map<string, number>();

  function isNew(text: string): boolean {
    const now = clock.monotonic();
    if (now - (said.get(text) ?? -Infinity) < SAID_AGAIN_MS) return false;
    if (said.size >= REMEMBERED) said.clear();
    said.set(text, now);
    return true;
  }

  function hear(thrown: unknown): void {
    const attempt = atWork.getStore();
    const { name, message, stack } = encodeError(thrown, clean);
    if (!attempt) {
      log.error(`nobody caught ${name}: ${message}; it comes from no handler, so Rivus stops in order`, { stack });
      return stop();
    }
    const what = attempt.fail(thrown) ? 'nobody caught an error in it, which ended the attempt' : 'after its end, nobody caught an error in it';
    const text = `${nameOf(attempt)}: ${what}: ${name}: ${message}`;
    if (isNew(text)) log.warn(text, { stack });
  }

  process.on('uncaughtException', hear).on('unhandledRejection', hear);
  return () => void process.off('uncaughtException', hear).off('unhandledRejection', hear);
}
