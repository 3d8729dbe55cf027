/** JSONPath (RFC 9535) in options. Its reader is loaded when there is a path to read. */
import { createRequire } from 'node:module';
import { z } from 'zod';

const require = createRequire(import.meta.url);

/** A path, checked when jobs.yaml is. */
export const jsonPath = z
  .string()
  .superRefine((path, { addIssue }) => {
    try {
      (require('jsonpath-rfc9535/parser') as { default(path: string): unknown }).default(path);
    } catch (error) {
      addIssue({ code: 'custom', message: `"${path}" is no JSONPath: ${whyNot(path, error as ParseError)}` });
    }
  })
  .meta({ examples: ['$.items[*]', '$.id'] });

type ParseError = { found?: string | null; location?: { start: { column: number } } };

function whyNot(path: string, { found, location }: ParseError): string {
  if (!path.startsWith('$')) return 'it begins with "$", which stands for all of what is looked at';
  return found ? `"${found}" is not expected there (character ${location?.start.column})` : 'something is missing at its end';
}

export function all(value: unknown, path: string): unknown[] {
  const { query } = require('jsonpath-rfc9535') as { query(value: unknown, path: string): unknown[] };
  return Object(value) === value ? query(value, path) : path.trim() === '$' ? [value] : [];
}

/** The text or number at a path; undefined when there is none, when there are several, and for anything else. */
export function scalar(value: unknown, path: string): string | number | undefined {
  const [found, ...more] = all(value, path);
  return more.length === 0 && (typeof found === 'number' || (typeof found === 'string' && found !== '')) ? found : undefined;
}

/** JSON whose numbers keep their digits: an id above 2^53 would otherwise be that of another thing. */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_: string, value: unknown, context?: { source?: string }) => {
    const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '');
    return isRounded ? context!.source : value;
  });
}

/** For messages: what an answer holds. */
export function outlineOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}, each ${outlineOf(value[0])}`;
  if (Object(value) !== value) return value === null ? 'null' : `a ${typeof value}`;
  const keys = Object.keys(value as object);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 12).join(', ')}${keys.length > 12 ? ' …' : ''}`;
}
