/** `--where FILTER`: the language of `runtime/filter/parse.ts`, with what is wrong shown in its place. */
import type { Condition } from '../../inspector/protocol.ts';
import { FIELDS } from '../filter/fields.ts';
import { parseFilter, type Problem } from '../filter/parse.ts';
import { EXIT, Failure } from './failure.ts';
import { oneLine } from './text.ts';

const HINT = `as in ${Object.values(FIELDS).map(({ example }) => example).join(', ')}; several are joined by "and", - before one means not`;

/** Several texts are one filter: all that they say must be true. @throws Failure with what was meant to stand there */
export function parseWhere(texts: readonly string[]): Condition[] {
  const parsed = texts.map((text) => ({ text, ...parseFilter(text) }));
  const wrong = parsed.flatMap(({ text, problems }) => problems.map((problem) => ({ text, problem })));
  if (wrong.length > 0) throw new Failure(EXIT.usage, 'usage', wrong.map(({ text, problem }) => shown(text, problem)).join('\n'), { hint: HINT, problems: wrong.map(({ text, problem }) => ({ filter: text, ...problem })) });
  const where = parsed.flatMap((one) => one.where);
  if (where.length === 0) throw new Failure(EXIT.usage, 'usage', '--where says nothing: leave it out where everything is meant', { hint: HINT });
  return where;
}

function shown(text: string, { at, length, message }: Problem): string {
  const line = oneLine(text);
  const isWhole = line.length === text.length;
  return `--where, at character ${at + 1}: ${message}${isWhole ? `\n    ${line}\n    ${' '.repeat(at)}${'^'.repeat(Math.max(1, length))}` : ''}`;
}
