/**
 * The order of a stage's tasks within a lane: the lowest rank goes first.
 *
 *   rank = when it was enqueued + span × asinh(priority) / (2 × asinh(1e15))        (ms)
 *
 * So a priority is a head start in time, and its logarithm counts: at every scale, beside 1e12 as beside 1, something twice as
 * good goes before what came up to the same time earlier. The widest head start of all is the job's `ageing`: what has
 * waited for longer goes before everything newer, whatever the priorities, so nothing waits for ever. What was enqueued together is
 * in the exact order of its priorities (to eleven digits). A job that never ages goes by the priority alone.
 */

/** Priorities lie between -1e15 and 1e15, see the CHECKs of the schema. */
const WIDEST = 2 * Math.asinh(1e15);

/** Milliseconds for each unit of asinh(priority); null for a job that never ages. */
export type Slope = number | null;

/** @param ageingMs undefined or null: never */
export const slopeOf = (ageingMs: number | null | undefined): Slope => (ageingMs == null ? null : ageingMs / WIDEST);

/** @param at when it was enqueued, in ms since the epoch */
export const rankOf = (slope: Slope, priority: number, at: number): number => (slope === null ? priority : at + slope * Math.asinh(priority));

/** Of a task that gets another priority. */
export const rankWith = (task: { rank: number; priority: number }, priority: number, slope: Slope): number =>
  slope === null ? priority : task.rank + slope * (Math.asinh(priority) - Math.asinh(task.priority));

/** The same of a task's row, as SQL; the arguments are SQL too. */
export const rankSql = (slope: string, at: string): string => `iif(${slope} IS NULL, priority, ${at} + ${slope} * asinh(priority))`;
/** With another priority, enqueued as it was. */
export const reprioritisedSql = (slope: string, priority: string): string => `iif(${slope} IS NULL, ${priority}, rank + ${slope} * (asinh(${priority}) - asinh(task.priority)))`;
/** With another slope; what never aged counts from when its item was found. */
export const reslopedSql = (before: string, after: string): string =>
  `iif(${after} IS NULL, priority, iif(${before} IS NULL, (SELECT created_at FROM item WHERE id = item_id), rank - ${before} * asinh(priority)) + ${after} * asinh(priority))`;
