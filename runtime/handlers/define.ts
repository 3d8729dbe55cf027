/**
 * How a handler is written, and what TypeScript knows of it.
 *
 *   const fetch = stage({ item: Item, async run({ item, ctx }) { … } });
 *   const extract = stage({ needs: { fetch }, out: Facts, async run({ prev, ctx }) { … prev.fetch … } });
 *   export default handler({ item: Item, stages: { fetch, extract } });
 *
 * `needs` names other stages by their consts, so that `prev` is typed without a word; the bundler takes the
 * stages themselves out again, so that their code is no part of this stage's version. Where only the type of an upstream is
 * at hand: `stage<{ fetch: typeof fetch }, Facts>({ needs: ['fetch'], … })`, with what `run` returns as the second type; without
 * it, the output is `unknown` to other stages. `item` is `any` in a stage that names no schema for it.
 */
import type { z } from 'zod';
import type { TaskState } from '../store/types.ts';
import type { Ctx } from './ctx.ts';
import type { Deferred, Done, Ending, Rejected, Skipped } from './ended.ts';

export type Schema<Output = any, Input = any> = z.ZodType<Output, Input>;

/** The seed's way to say priority, cost and discrepancies, as keys of a plain output; they are not stored with it. */
type SeedKey = '_priority' | '_cost' | '_discrepancies';
type Stored<Value> = Value extends object ? (keyof Value & SeedKey extends never ? Value : Omit<Value, SeedKey>) : Value;

type Visible<Ended> = Ended extends Done<infer Value>
  ? Value
  : Ended extends Skipped
    ? undefined
    : Ended extends Rejected | Deferred
      ? never
      : Stored<Ended>;
/** What later stages see of what `run` returned: `undefined` where it may skip. */
export type OutputOf<Returned> = Visible<Awaited<Returned>>;

/** A stage as a value. `Returned`: what its `run` returns, promise and all. */
export interface Stage<out Returned = unknown, Needed = any, Item = any> {
  readonly item?: Schema;
  readonly needs?: Needed | readonly (keyof Needed & string)[];
  readonly out?: Schema;
  readonly uses?: readonly unknown[];
  readonly maxCost?: number;
  run(attempt: { item: Item; prev: Prev<Needed>; ctx: Ctx }): Returned;
}

type Needs = Record<string, Stage>;
export type Prev<Needed> = { readonly [Name in keyof Needed]: Needed[Name] extends Stage<infer Returned> ? OutputOf<Returned> : never };

type Common<Needed, Item extends Schema> = {
  /** What the item's data must be, and its type; without it, the `item` of `handler()` is checked. */
  item?: Item;
  /** Stages whose outputs this one reads, as `prev`. In jobs.yaml it must come after them. */
  needs?: Needed | readonly (keyof Needed & string)[];
  /** What else the output depends on, as JSON: names of models, settings. A change makes outputs stale. */
  uses?: readonly unknown[];
  /** US dollars that an attempt costs at most: as much is reserved before it starts, and its calls to models are paid from that. `max_cost` in jobs.yaml goes first. */
  maxCost?: number;
};
type Attempt<Needed, Item extends Schema> = { item: z.output<Item>; prev: Prev<Needed>; ctx: Ctx };
/** Read-only, so that a literal in a `return` keeps its narrow type (`kind: 'big'`) and still fits the schema. */
type Frozen<Value> = Value extends (...given: never[]) => unknown ? Value : Value extends object ? { readonly [Key in keyof Value]: Frozen<Value[Key]> } : Value;
type MayReturn<Out extends Schema> = Frozen<z.input<Out>> | Done<Frozen<z.input<Out>>> | Ending;
type Checked<Returned, Out extends Schema> = unknown extends z.output<Out> ? Returned : Done<z.output<Out>> | Extract<Returned, Skipped>;

/** One stage whose output is typed by what `run` returns. */
export function stage<const Needed extends Needs = {}, Returned = unknown, Item extends Schema = Schema>(
  definition: Common<Needed, Item> & { out?: undefined; run(attempt: Attempt<Needed, Item>): Returned },
): Stage<Returned, Needed, z.output<Item>>;
/** One stage whose output is checked against `out`, and typed by it. */
export function stage<const Needed extends Needs = {}, const Returned extends MayReturn<Out> = any, Out extends Schema = Schema<unknown, unknown>, Item extends Schema = Schema>(
  definition: Common<Needed, Item> & { out: Out; run(attempt: Attempt<Needed, Item>): Returned | Promise<Returned> },
): Stage<Checked<Returned, Out>, Needed, z.output<Item>>;
export function stage(definition: Stage): Stage {
  return definition;
}

type Placed<Item extends Schema, All, Name extends keyof All> = {
  item?: Schema;
  needs?: readonly NoInfer<keyof All & string>[] | Readonly<Needs>;
  out?: Schema;
  uses?: readonly unknown[];
  maxCost?: number;
  run(attempt: { item: z.output<Item>; prev: { readonly [Other in keyof All]: OutputOf<All[Other]> }; ctx: Ctx }): All[Name];
};

/** How a stage stands: its tasks by state; and since the last check, attempts that ended, those that failed, and US dollars. */
export type StageStats = Record<TaskState | 'attempts' | 'failures' | 'costUsd', number>;
/** One of the latest outputs. `at`: when it was made, ms since the epoch. `tooLarge`: characters of one that is not shown. */
export type Sample = { stage: string; key: string; at: number; output?: any; tooLarge?: number };
/** What `validate` sees: every stage, and up to 20 of the latest outputs of each, newest first. */
export type Validation = { stats: Readonly<Record<string, StageStats>>; sample: readonly Sample[] };
/** Nothing or `true`: all is well. A text says what is not; so does whatever is thrown. */
export type CheckAnswer = string | boolean | null | undefined | void;
type Validate = (vitals: Validation) => CheckAnswer | Promise<CheckAnswer>;

/** A handler as a value, whatever its stages are. */
export type AnyHandler = { item?: Schema; stages: Readonly<Record<string, Stage>>; validate?: Validate };

/** A job's handler: the default export of its module. */
export function handler<Item extends Schema = Schema, All extends Record<string, unknown> = {}, Stages = unknown>(definition: {
  /** What an item's data must be; others fail at once, and alone. */
  item?: Item;
  /** A stage for each name under `stages` in jobs.yaml: made by `stage()`, or written in place. */
  stages: { readonly [Name in keyof All]: Placed<Item, All, Name> } & Stages;
  /** The operator's own health check, called after batches and every minute when the job says `guards: { validate: true }`. */
  validate?: Validate;
}): { item?: Item; stages: Stages; validate?: Validate } {
  return definition;
}
