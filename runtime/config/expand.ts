/** `${VAR}` in the texts of jobs.yaml. They are expanded where they are used, so that no secret is ever stored. */

const VARIABLE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** A variable that has neither a value nor a default. */
export class MissingVariable extends Error {
  override name = 'MissingVariable';
  readonly variable: string;
  constructor(variable: string, text: string) {
    super(`${variable} is not set, but "${text}" needs it: set it in the environment, or give a default: \${${variable}:-default}`);
    this.variable = variable;
  }
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` (used when NAME is unset or empty); `$${` stands for a plain `${`.
 * Values are not expanded again. Throws `MissingVariable`.
 */
export function expand(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(VARIABLE, (whole, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '${';
    const value = env[name];
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) throw new MissingVariable(name, text);
    return value;
  });
}

/** What a text asks of the environment: the variables that it cannot do without. */
export function variablesOf(text: string): string[] {
  return [...text.matchAll(VARIABLE)].flatMap(([, name, fallback]) => (name !== undefined && fallback === undefined ? [name] : []));
}

/** The same of all texts in a value. */
export function variablesIn(value: unknown): string[] {
  if (typeof value === 'string') return variablesOf(value);
  return Object(value) === value ? Object.values(value as object).flatMap(variablesIn) : [];
}

/** Each `${` that begins no variable. */
export function brokenVariablesOf(text: string): string[] {
  return text.replace(VARIABLE, '').match(/\$\{[^}]*\}?/g) ?? [];
}
