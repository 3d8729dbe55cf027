/** Anything that can be thrown, as JSON of at most 8 KB, without throwing a second time. */
import { inspect, types } from 'node:util';
import type { EncodedError } from '../../actors/ports.ts';

export const MAX_ERROR_BYTES = 8 * 1024;
const MESSAGE_CHARS = 2000;
const STACK_CHARS = 3000;
const CAUSES = 4;

/** `clean` is applied to every text (secrets, paths in bundles). */
export function encodeError(thrown: unknown, clean: (text: string) => string = (text) => text): EncodedError {
  const encoded = encode(thrown, clean, CAUSES);
  // Text outside ASCII is longer in bytes than in characters; what explains least goes first.
  for (const shorten of SHORTEN) {
    if (Buffer.byteLength(JSON.stringify(encoded)) <= MAX_ERROR_BYTES) break;
    shorten(encoded);
  }
  return encoded;
}

const SHORTEN: ((error: EncodedError) => void)[] = [
  (error) => void (error.cause && delete error.cause.cause),
  (error) => void (error.cause && delete error.cause.stack),
  (error) => void delete error.stack,
  (error) => void delete error.cause,
  (error) => void (error.message = error.message.slice(0, 1000)),
];

function encode(thrown: unknown, clean: (text: string) => string, causes: number): EncodedError {
  // Cut before it is cleaned as well, for a text may be of any length.
  const tidy = (text: string, chars: number) => cut(clean(text.slice(0, 4 * chars)), chars);
  if (!isErrorLike(thrown)) return { name: 'Thrown', message: tidy(describe(thrown), MESSAGE_CHARS) };
  const message = textOf(thrown, 'message') || messageOfParts(thrown);
  const stack = textOf(thrown, 'stack');
  const code = codeOf(thrown);
  const cause = causes > 0 ? property(thrown, 'cause') : undefined;
  return {
    name: tidy(textOf(thrown, 'name') || 'Error', 100),
    message: tidy(message, MESSAGE_CHARS),
    ...(code !== undefined && { code: tidy(code, 100) }),
    ...factsOf(thrown, tidy),
    ...(stack && { stack: tidy(framesOf(stack), STACK_CHARS) }),
    ...(cause !== undefined && cause !== null && { cause: encode(cause, clean, causes - 1) }),
  };
}

/** A property that may have a hostile getter, or lie behind a hostile Proxy. */
export function property(of: unknown, key: PropertyKey): unknown {
  try {
    return (of as Record<PropertyKey, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

/** A property as text; '' when it is none. */
export function textOf(of: unknown, key: PropertyKey): string {
  const value = property(of, key);
  return typeof value === 'string' ? value : '';
}

/** What rules look at, of errors by HTTP, of models, and of programs. */
const FACTS = ['status', 'type', 'param', 'requestId', 'retryAfter', 'exitCode'];

function factsOf(error: object, tidy: (text: string, chars: number) => string): Pick<EncodedError, 'facts'> {
  const known = FACTS.map((name) => [name, property(error, name)] as const);
  const facts = known.flatMap(([name, value]): [string, string | number][] => (typeof value === 'string' && value !== '' ? [[name, tidy(value, 100)]] : typeof value === 'number' && Number.isFinite(value) ? [[name, value]] : []));
  return facts.length > 0 ? { facts: Object.fromEntries(facts) } : {};
}

function codeOf(error: unknown): string | undefined {
  const code = property(error, 'code');
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined;
}

function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return types.isNativeError(value) || (typeof property(value, 'message') === 'string' && typeof property(value, 'name') === 'string');
}

/** Several failed attempts to connect come as an AggregateError without a message. */
function messageOfParts(error: unknown): string {
  const parts = property(error, 'errors');
  return [0, 1, 2, 3, 4].map((at) => textOf(property(parts, at), 'message')).filter(Boolean).join('; ');
}

/** The frames only: name and message stand beside them already. Those of Node itself say nothing. */
function framesOf(stack: string): string {
  const frames = stack.slice(0, 4 * STACK_CHARS).split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node:internal'));
  return frames.map((line) => line.trim()).join('\n');
}

/** What was thrown in place of an error. */
function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown || 'an empty text';
  try {
    return inspect(thrown, { depth: 2, customInspect: false, getters: false, maxArrayLength: 20, maxStringLength: 500, breakLength: Infinity });
  } catch {
    return `something that cannot be shown (${typeof thrown})`;
  }
}

const cut = (text: string, chars: number) => (text.length <= chars ? text : `${text.slice(0, chars - 1)}…`);
