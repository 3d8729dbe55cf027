/** `--where FIELD OPERATOR VALUE`: `state=failed`, `error~429`, `key~news/*`, `priority<0`, `attempts>=3`, `age>3d`. */
import type { Condition } from '../../inspector/protocol.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { parseDuration } from '../config/units.ts';
import { TASK_STATES, type TaskState } from '../store/types.ts';
import { EXIT, Failure } from './failure.ts';

const ORDER = ['<', '<=', '=', '>=', '>'];
/** What each field may be compared by, and what its value looks like. */
const FIELDS: Record<Condition['field'], { operators: readonly string[]; example: string; read(text: string): string | number | undefined }> = {
  state: { operators: ['=', '!='], example: 'state=failed', read: (text) => (TASK_STATES.includes(text as TaskState) ? text : undefined) },
  error: { operators: ['~', '!~'], example: 'error~"429"', read: (text) => text || undefined },
  key: { operators: ['~', '=', '!='], example: 'key~"news/*"', read: (text) => text || undefined },
  fingerprint: { operators: ['='], example: 'fingerprint=d69d5013c2f7', read: (text) => (/^[0-9a-f]{12}$/.test(text) ? text : undefined) },
  priority: { operators: ORDER, example: 'priority<0', read: numeric },
  attempts: { operators: ORDER, example: 'attempts>=3', read: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined) },
  age: { operators: ['<', '>'], example: 'age>3d', read: parseDuration },
};
const HINT = `as in ${Object.values(FIELDS).map(({ example }) => example).join(', ')}; several are joined by "and"`;

/** @throws Failure with what was meant to stand there */
export function parseWhere(text: string): Condition {
  const [, field = '', is = '', quoted = ''] = /^\s*([a-z]+)\s*(!~|!=|<=|>=|=|~|<|>)\s*(.*?)\s*$/is.exec(text) ?? [];
  if (field === '') throw wrong(`--where "${text}" is no condition`);
  if (!Object.hasOwn(FIELDS, field)) throw wrong(`--where "${text}": there is no field "${field}"${didYouMeanOrList(field, Object.keys(FIELDS))}`);
  const { operators, example, read } = FIELDS[field as Condition['field']];
  if (!operators.includes(is)) throw wrong(`--where "${text}": ${field} is compared by ${operators.join(' ')}, not by ${is}`);
  const bare = quoted.replace(/^"(.*)"$|^'(.*)'$/s, '$1$2');
  const value = read(bare);
  if (value === undefined) {
    const meant = field === 'state' ? didYouMeanOrList(bare, TASK_STATES) : `; write it as in ${example}`;
    throw wrong(`--where "${text}": "${bare}" is no ${field === 'age' ? 'duration' : field}${meant}`);
  }
  return { field, is, value } as Condition;
}

function numeric(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const wrong = (message: string) => new Failure(EXIT.usage, 'usage', message, { hint: HINT });
