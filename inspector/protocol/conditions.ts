/** Filters of items and of their tasks, as they are understood: what an operator writes is read by `runtime/filter/`. */
import { z } from 'zod';
import { ERROR_CLASSES, fingerprint, name, priority, TASK_STATES } from './atoms.ts';

const LONGEST_AGE_MS = 10 * 365 * 86_400_000;
const MOST_VALUES = 16;

const words = z.string().min(1).max(200);
const order = z.enum(['<', '<=', '=', '!=', '>=', '>']);
/** One value, or several of which one has to fit. */
const some = <T extends z.ZodType>(value: T) => z.union([value, z.array(value).min(2).max(MOST_VALUES)]);
const equality = z.enum(['=', '!=']);
const likeness = z.enum(['~', '!~']);

/**
 * Half a filter: several are joined by "and". `~` is a part of an error or a text (key or title), or a glob over a key; with `!` none of the
 * values may fit. `class`: of the error with which the last attempt ended. `age`: ms since the item was found. `cost`: US dollars of all of
 * the item's attempts.
 */
export const condition = z.discriminatedUnion('field', [
  z.strictObject({ field: z.literal('job'), is: equality, value: some(name) }),
  z.strictObject({ field: z.literal('stage'), is: equality, value: some(name) }),
  z.strictObject({ field: z.literal('state'), is: equality, value: some(z.enum(TASK_STATES)) }),
  z.strictObject({ field: z.literal('class'), is: equality, value: some(z.enum(ERROR_CLASSES)) }),
  z.strictObject({ field: z.literal('error'), is: likeness, value: some(words) }),
  z.strictObject({ field: z.literal('text'), is: likeness, value: some(words) }),
  z.strictObject({ field: z.literal('key'), is: z.enum(['~', '!~', '=', '!=']), value: some(z.string().min(1).max(1024)) }),
  z.strictObject({ field: z.literal('fingerprint'), is: equality, value: some(fingerprint) }),
  z.strictObject({ field: z.literal('priority'), is: order, value: priority }),
  z.strictObject({ field: z.literal('attempts'), is: order, value: z.number().int().min(0).max(1e9) }),
  z.strictObject({ field: z.literal('cost'), is: order, value: z.number().min(0).max(1e9) }),
  z.strictObject({ field: z.literal('age'), is: z.enum(['<', '<=', '>=', '>']), value: z.number().int().min(1).max(LONGEST_AGE_MS) }),
]);
export type Condition = z.infer<typeof condition>;

export const MOST_CONDITIONS = 16;
export const conditions = z.array(condition).min(1).max(MOST_CONDITIONS);
