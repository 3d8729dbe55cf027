/** Data against the schemas that a handler declares. */
import type { Schema } from './define.ts';

/** This item is none of those that the handler was written for. */
export class ItemMismatch extends Error {
  override name = 'ItemMismatch';
}
/** The stage returned something else than its `out` says. */
export class OutputMismatch extends Error {
  override name = 'OutputMismatch';
}

type Parsed = ReturnType<Schema['safeParse']>;

const SHOWN_ISSUES = 3;

/** The parsed value (with defaults, without unknown keys). Throws what `mismatch` makes of the issues; a promise only if the schema is asynchronous. */
export function check(schema: Schema, value: unknown, mismatch: (issues: string) => Error): unknown {
  let parsed: Parsed;
  try {
    parsed = schema.safeParse(value);
  } catch (error) {
    if ((error as Error | null)?.constructor?.name !== '$ZodAsyncError') throw error;
    return schema.safeParseAsync(value).then((later) => valueOf(later, mismatch));
  }
  return valueOf(parsed, mismatch);
}

function valueOf(parsed: Parsed, mismatch: (issues: string) => Error): unknown {
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const more = issues.length > SHOWN_ISSUES ? ` (and ${issues.length - SHOWN_ISSUES} more)` : '';
  throw mismatch(issues.slice(0, SHOWN_ISSUES).map(({ path, message }) => `${pathText(path)}${message}`).join('; ') + more);
}

/** `releases[0].date: ` */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text && `${text.replace(/^\./, '')}: `;
}
