/** A filter as its terms, for what is set by a click. What they mean is the runner's business. */

/** Parts between spaces; what is in quotes stays together. */
export function termsOf(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|[^\s"'])+/g) ?? [];
}

const quoted = (value: string): string => (/^(?!\/\/)[^\s"',]+$/.test(value) ? value : `"${value.replace(/["\\]/g, (char) => `\\${char}`)}"`);
/** Other spellings of the keys that are set by a click. */
const SPELLINGS: Record<string, RegExp> = { job: /^job[:=]/i, stage: /^stage[:=]/i, state: /^(state|status)[:=]/i, class: /^(class|error)[:=]/i };

export type Clickable = keyof typeof SPELLINGS & string;

export const isSet = (text: string, key: Clickable, value: string): boolean => termsOf(text).some((term) => SPELLINGS[key]!.test(term) && term.replace(SPELLINGS[key]!, '') === quoted(value));

/** With this value of the key and no other one; without it, when it was set. */
export function toggled(text: string, key: Clickable, value: string): string {
  const rest = termsOf(text).filter((term) => !SPELLINGS[key]!.test(term));
  return [...rest, ...(isSet(text, key, value) ? [] : [`${key}:${quoted(value)}`])].join(' ');
}

/** The one value that a key has, if it has one. */
export function valueOf(text: string, key: Clickable): string | undefined {
  const terms = termsOf(text).filter((term) => SPELLINGS[key]!.test(term));
  const value = terms[0]?.replace(SPELLINGS[key]!, '');
  return terms.length === 1 && /^[^\s"',]+$/.test(value!) ? value : undefined;
}

/** Of an address such as `?job=papers&state=failed`, as links from elsewhere have it. */
export function filterIn(query: URLSearchParams): string {
  const given = query.get('filter');
  if (given !== null) return given;
  return (['job', 'stage', 'state'] as const).reduce((text, key) => (query.get(key) ? toggled(text, key, query.get(key)!) : text), '');
}
