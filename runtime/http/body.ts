/** Bodies, read no further than is wanted. */
import { ResponseTooLarge } from './errors.ts';
import type { Request } from './request.ts';

const SNIPPET_CHARS = 300;

/** All of it, decompressed. Throws `ResponseTooLarge` as soon as it is. */
export async function bodyOf(response: Response, maxBytes: number, { what, init }: Request): Promise<Buffer<ArrayBuffer>> {
  const tooLarge = () => new ResponseTooLarge(`${what} answered more than ${maxBytes} bytes; allow more by { maxBytes }`);
  if (init.method !== 'HEAD' && Number(response.headers.get('content-length')) > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Enough to see what the server meant; an error while reading it is not worth losing the status for. */
export async function beginningOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > 4 * SNIPPET_CHARS) break;
    }
  } catch {}
  return oneLine(text);
}

export const oneLine = (text: string): string => text.slice(0, 4 * SNIPPET_CHARS).replace(/\s+/g, ' ').trim().slice(0, SNIPPET_CHARS);
