/** What a handler gets to see of an answer. */
import type { HttpResponse } from '../../actors/http.ts';
import { oneLine } from './body.ts';
import { decode } from './charset.ts';
import { UnreadableResponse } from './errors.ts';

/** `what` names the request in messages. */
export function answer({ what, ...parts }: Pick<HttpResponse, 'status' | 'url' | 'headers' | 'bytes' | 'notModified'> & { what: string }): HttpResponse {
  const text = () => decode(parts.bytes, parts.headers.get('content-type'));
  return {
    ...parts,
    text,
    json() {
      try {
        return JSON.parse(text());
      } catch (cause) {
        throw new UnreadableResponse(`${what} answered no JSON but ${parts.headers.get('content-type') ?? 'something'}: ${oneLine(text())}`, { cause });
      }
    },
  };
}
