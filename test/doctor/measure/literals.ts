/** What proves that a rule is no copy of one error: of every word that a rule names, in how many errors it occurs. */
import { failureFrom, type Failure } from '../../../runtime/doctor/failure.ts';
import type { Rule } from '../../../runtime/doctor/rule.ts';
import type { Labelled } from './sets.ts';

/** Shorter ones are endings and articles. */
const SHORTEST = 4;

/** The words in a rule's patterns, in small letters. */
export function wordsOf({ when, unless }: Rule): Set<string> {
  const patterns = [when, unless].flatMap((condition) => Object.values(condition ?? {})).filter((value) => value instanceof RegExp);
  const sources = patterns.map(({ source }) => source.replace(/\\[a-zA-Z]/g, ' ').replace(/\[[^\]]*\]/g, ' ').replace(/\(\?(?::|<?[!=])/g, ' '));
  return new Set(sources.flatMap((source) => source.toLowerCase().split(/[^a-z]+/)).filter((word) => word.length >= SHORTEST));
}

/** Words that occur in a single error of all those in which anybody could have read them. */
export function learntFromOne(rules: readonly Rule[], errors: readonly Labelled[]): { rule: string; word: string; error: string }[] {
  const texts = errors.map((error) => ({ id: error.id, text: textOf(failureFrom(error)) }));
  return rules.flatMap((rule) =>
    [...wordsOf(rule)].flatMap((word) => {
      const where = texts.filter(({ text }) => text.includes(word));
      return where.length === 1 ? [{ rule: rule.id, word, error: where[0]!.id }] : [];
    }),
  );
}

const textOf = ({ said, stack, context }: Failure): string => `${said} ${stack} ${context}`.toLowerCase();
