/** Errors between threads. Structured clones lose names, codes and what says what an error means; handlers look at just these. */
import { property, textOf } from '../encode-error.ts';
import { Fatal, PauseJob, SIGNAL, Transient } from '../signals.ts';

export type WireError = { name: string; message: string; stack: string; facts: Record<string, unknown>; signal?: string; cause?: WireError };

const CAUSES = 4;

export function toWire(error: unknown, causes = CAUSES): WireError {
  const signal = property(error, SIGNAL);
  const cause = property(error, 'cause');
  return {
    name: textOf(error, 'name') || 'Error',
    message: textOf(error, 'message') || String(error),
    stack: textOf(error, 'stack'),
    facts: Object.fromEntries(Object.entries(error as object).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))),
    ...(typeof signal === 'string' && { signal }),
    ...(cause !== undefined && cause !== null && causes > 0 && { cause: toWire(cause, causes - 1) }),
  };
}

export function fromWire({ name, message, stack, facts, signal, cause }: WireError): Error {
  const error = bare(message, signal, cause && fromWire(cause));
  Object.assign(error, facts);
  return Object.defineProperties(error, { name: hidden(name), stack: hidden(stack) });
}

function bare(message: string, signal: string | undefined, cause: Error | undefined): Error {
  const options = cause && { cause };
  switch (signal) {
    case 'transient':
      return new Transient(message, options);
    case 'fatal':
      return new Fatal(message, options);
    case 'pause':
      return new PauseJob(message, options);
    default:
      return new Error(message, options);
  }
}

const hidden = (value: string) => ({ value, writable: true, configurable: true });
