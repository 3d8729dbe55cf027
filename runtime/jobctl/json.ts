/** JSON that the operator wrote. */
import { EXIT, Failure } from './failure.ts';

/** `what` names it in the failure: `the payload`, `items.ndjson:3`. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure(EXIT.usage, 'usage', `${what} is no JSON: ${(cause as Error).message}`, { cause });
  }
}
