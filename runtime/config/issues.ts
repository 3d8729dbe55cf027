/** zod's issues in the operator's words. */
import { z } from 'zod';
import { at, placeOf, type Complaint } from './complaint.ts';
import type { Path } from './locate.ts';
import { keysAt, schemaAt } from './schema-at.ts';
import { didYouMean, didYouMeanOrList } from './suggest.ts';

type Issue = z.core.$ZodIssue;

const EXPECTED: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** `base` is where `schema` stands in `data`; the complaints' paths start at the root. */
export function complaintsOf(issues: readonly Issue[], schema: z.core.$ZodType, data: unknown, base: Path = []): Complaint[] {
  // Under a name that it refuses, zod does not look further.
  const below = (path: Path): Complaint[] => {
    const inner = schemaAt(schema, path.slice(base.length));
    return inner ? complaintsOf(z.safeParse(inner, at(data, path)).error?.issues ?? [], inner, data, path) : [];
  };
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key): Complaint => ({ path: [...path, key], on: 'key', message: `unknown key "${key}"${didYouMeanOrList(key, known)}` }));
    }
    if (issue.code === 'invalid_key') return [{ path, on: 'key', message: `the name "${String(path.at(-1))}" ${issue.issues[0]!.message}` }, ...below(path)];
    return [{ path, message: sentence(issue, schema, data, path) }];
  });
}

function sentence(issue: Issue, schema: z.core.$ZodType, data: unknown, path: Path): string {
  const value = at(data, path);
  const subject = placeOf(path, data).rest || 'it';
  if (value === undefined) return `${subject} is missing${purpose(schemaAt(schema, issue.path))}`;
  if (issue.code === 'too_small' && (issue.origin === 'array' || issue.origin === 'string')) return `${subject} must not be empty`;
  if (issue.code === 'custom' && issue.params?.['secret']) return `${subject} ${issue.message}`;
  const wish = wishOf(issue);
  if (wish) return `${subject} ${wish}, not ${quote(value)}${issue.code === 'invalid_value' ? didYouMean(String(value), issue.values.map(String)) : ''}`;
  return `${subject}: ${issue.message} (it is ${quote(value)})`;
}

/** "must be …", or undefined when the issue has words of its own that fit no sentence. */
function wishOf(issue: Issue): string | undefined {
  if (/^must /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${EXPECTED[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1 ? `must be ${String(issue.values[0])}` : `must be one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : ''}`;
    default:
      return undefined;
  }
}

function purpose(schema: z.core.$ZodType | undefined): string {
  const description = schema && z.globalRegistry.get(schema)?.description;
  return description ? `: ${description}` : '';
}

function quote(value: unknown): string {
  if (value === null) return 'empty';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
