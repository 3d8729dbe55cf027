/** Numbers that the operator wrote. */
import { EXIT, Failure } from './failure.ts';

export function wholeNumber(text: string, option: string, { from, to = Number.MAX_SAFE_INTEGER }: { from: number; to?: number }): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= from && number <= to) return number;
  throw new Failure(EXIT.usage, 'usage', `${option} "${text}" must be a whole number ${to === Number.MAX_SAFE_INTEGER ? `from ${from} up` : `from ${from} to ${to}`}`);
}
