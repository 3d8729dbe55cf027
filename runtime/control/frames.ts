/** From the text of a client's frame to a command or a query, or to the answer that refuses it. Never throws. */
import type { z } from 'zod';
import { COMMAND_TYPES, commandFrame, frameId, queryFrame, type AnswerCode, type AnswerFrame, type ClientFrame } from '../../inspector/protocol.ts';
import { didYouMean } from '../config/suggest.ts';

/** Nothing that an operator sends is deeper; what is handed on is walked recursively by others. */
const DEEPEST = 32;

export type ReadFrame = { ok: true; frame: ClientFrame } | { ok: false; answer: AnswerFrame };

export function readFrame(text: string): ReadFrame {
  if (depth(text) > DEEPEST) return malformed(null, `a frame may be nested ${DEEPEST} deep`);
  let json: unknown;
  try {
    json = JSON.parse(text, refuseProto);
  } catch (error) {
    return malformed(null, `a frame must be JSON: ${(error as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return malformed(null, 'a frame must be {id, command} or {id, query}');
  const id = frameId.safeParse('id' in json ? json.id : undefined);
  if (!id.success) return malformed(null, `id ${id.error.issues[0]!.message}`);
  const parsed = ('query' in json ? queryFrame : commandFrame).safeParse(json);
  if (parsed.success) return { ok: true, frame: parsed.data };
  return malformed(id.data, parsed.error.issues.map((issue) => describe(issue, json)).join('; '));
}

export function refusal(id: string | null, code: AnswerCode, message: string, accepted: readonly string[] = []): AnswerFrame {
  return { id, ok: false, code, message, accepted: [...accepted] };
}

function malformed(id: string | null, message: string): ReadFrame {
  return { ok: false, answer: refusal(id, 'bad_request', message, COMMAND_TYPES) };
}

function describe(issue: z.core.$ZodIssue, frame: object): string {
  const where = issue.path.join('.');
  if (issue.code === 'invalid_union' && where === 'command.type') {
    const type = (frame as { command: { type?: unknown } }).command.type;
    return typeof type === 'string' ? `unknown command "${type.slice(0, 64)}"${didYouMean(type, COMMAND_TYPES)}` : 'a command needs a type';
  }
  return where ? `${where}: ${issue.message}` : issue.message;
}

/** Only `__proto__` can harm code that copies what it is given; `constructor` is a name like any other. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new Error('"__proto__" is no name for data');
  return value;
}

/** How deep the brackets go, before anything recursive sees the text. */
function depth(text: string): number {
  let deepest = 0;
  let open = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++open);
    else if (char === '}' || char === ']') open--;
  }
  return deepest;
}
