/** `${VAR}` in the texts of the file: well written, and (as a warning) set. */
import type { Complaint } from '../complaint.ts';
import { brokenVariablesOf, variablesOf } from '../expand.ts';
import type { Path } from '../locate.ts';

export function checkVariables(data: unknown): Complaint[] {
  return texts(data).flatMap(({ text, path }) =>
    brokenVariablesOf(text).map((broken) => ({ path, message: `"${broken}" names no variable: write \${NAME} or \${NAME:-default}, or $\${ for a plain \${` })),
  );
}

/** Not a mistake yet: the variable may be set by the time it is used. */
export function unsetVariables(data: unknown, env: Readonly<Record<string, string | undefined>>): Complaint[] {
  return texts(data).flatMap(({ text, path }) =>
    variablesOf(text)
      .filter((name) => env[name] === undefined)
      .map((name) => ({ path, message: `${name} is not set; what needs it will fail until it is` })),
  );
}

function texts(data: unknown, path: Path = []): { text: string; path: Path }[] {
  if (typeof data === 'string') return data.includes('${') ? [{ text: data, path }] : [];
  if (Array.isArray(data)) return data.flatMap((value, index) => texts(value, [...path, index]));
  if (Object(data) === data) return Object.entries(data as Record<string, unknown>).flatMap(([key, value]) => texts(value, [...path, key]));
  return [];
}
