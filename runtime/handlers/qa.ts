/**
 * Quality checks for what a stage has made: `qa(article, { required_fields: ['title', 'text'], min_chars: { text: 400 } })`.
 * They find, the handler decides: keep the problems beside the output, reject the item, or fail it.
 */

/** `check` and `field` for programs, `message` for people: `text has 12 characters; 400 are the least`. */
export type QaProblem = { check: keyof QaChecks<object>; field: string; message: string };

export type QaChecks<Value> = {
  /** Fields that must hold something: not null, no empty text or list. */
  required_fields?: readonly (keyof Value & string)[];
  /** Least length of texts, in characters as people count them; a run of white space counts as one. */
  min_chars?: { readonly [Field in keyof Value & string]?: number };
};

/** All problems, in the order of the checks; `ok` when there are none. */
export function qa<Value extends object>(value: Value, { required_fields = [], min_chars = {} }: QaChecks<Value>): { ok: boolean; problems: QaProblem[] } {
  const fields = value as Readonly<Record<string, unknown>>;
  const problems = [
    ...required_fields.filter((field) => isEmpty(fields[field])).map((field): QaProblem => ({ check: 'required_fields', field, message: `${field} is missing` })),
    ...Object.entries<number | undefined>(min_chars).flatMap(([field, least = 0]) => tooShort(field, fields[field], least)),
  ];
  return { ok: problems.length === 0, problems };
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0) || Number.isNaN(value);
}

function tooShort(field: string, value: unknown, least: number): QaProblem[] {
  const length = typeof value === 'string' ? lengthOf(value) : 0;
  return length >= least ? [] : [{ check: 'min_chars', field, message: `${field} has ${length} characters; ${least} are the least` }];
}

const graphemes = new Intl.Segmenter();
/** To count the signs of a long text would take longer than it is worth: nobody asks for so many. */
const COUNTED = 20_000;

function lengthOf(text: string): number {
  const tidy = text.trim().replace(/\s+/g, ' ');
  return tidy.length > COUNTED ? tidy.length : [...graphemes.segment(tidy)].length;
}
