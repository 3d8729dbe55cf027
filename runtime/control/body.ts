/** The body of a request, as checked JSON. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Refusal } from './gate.ts';

const MOST_BYTES = 4 * 1024;

/**
 * Reads `application/json`, at most 4 KB of it unless `most` bytes are allowed. Other media types are refused before the body is read: a form on a foreign
 * page can send `text/plain`, but never this one without asking first.
 */
export async function readJson<Schema extends z.ZodType>(request: IncomingMessage, schema: Schema, most = MOST_BYTES): Promise<{ value: z.infer<Schema> } | Refusal> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return { status: 415, code: 'unsupported_media_type', message: 'the body must be application/json' };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) return { status: 413, code: 'too_large', message: `the body may have ${most} bytes` };
    chunks.push(chunk);
  }
  const parsed = schema.safeParse(parse(Buffer.concat(chunks).toString()));
  return parsed.success ? { value: parsed.data } : { status: 400, code: 'bad_request', message: parsed.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ') };
}

/** Undefined for what is no JSON: no schema here takes that. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
