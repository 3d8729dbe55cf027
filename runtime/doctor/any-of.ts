/** Families of errors have more words than fit into a line: their patterns are written as several, and are one. */

const joined = (patterns: readonly RegExp[]): string => patterns.map(({ source }) => source).join('|');

/** One of these occurs, in large letters or small. */
export const anyOf = (...patterns: readonly RegExp[]): RegExp => new RegExp(joined(patterns), 'i');

/** One of these is all of it, letter by letter. */
export const wholly = (...patterns: readonly RegExp[]): RegExp => new RegExp(`^(?:${joined(patterns)})$`);
