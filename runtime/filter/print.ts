/** Conditions as the text that means them: what is parsed from it is the same again. */
import type { Condition } from '../../inspector/protocol.ts';
import { FIELDS, type Value } from './fields.ts';

const PLAIN_VALUE = /^(?!\/\/)[^\s"',]+$/;
/** Of text without a key: nothing that could be taken for one, or for a minus. */
const PLAIN_WORD = /^[\p{L}\p{N}][\p{L}\p{N}._/-]*$/u;

export const printFilter = (where: readonly Condition[]): string => where.map(printCondition).join(' ');

function printCondition({ field, is, value }: Condition): string {
  const values = [value].flat() as Value[];
  if (field === 'text' && values.length === 1) return `${is === '!~' ? '-' : ''}${printWord(String(values[0]))}`;
  const { written, write } = FIELDS[field];
  const form = written[is]!;
  const [minus, operator] = form.startsWith('-') ? ['-', form.slice(1)] : ['', form];
  return `${minus}${field}${operator}${values.map((one) => printValue(write(one))).join(',')}`;
}

const printWord = (text: string): string => (PLAIN_WORD.test(text) ? text : quoted(text));
/** As it has to stand after a key. */
export const printValue = (text: string): string => (PLAIN_VALUE.test(text) ? text : quoted(text));

const quoted = (text: string): string => `"${text.replace(/["\\]/g, (char) => `\\${char}`)}"`;
