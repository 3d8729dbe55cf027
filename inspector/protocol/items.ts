/** Items, their tasks, and how they were found. */
import { z } from 'zod';
import { count, errorView, instant, itemId, taskState, type STATES_THEN } from './atoms.ts';

/** One task of an item. `attempts` counts its starts. */
export const taskView = z.object({
  state: taskState,
  attempts: count,
  error: errorView.optional(),
  /** A sentence that says why it is where it is, where that is no error. */
  reason: z.string().optional(),
  dueAt: instant.optional(),
  costUsd: z.number().optional(),
  /** Of the attempt that runs. */
  startedAt: instant.optional(),
  /** US dollars that are reserved for the attempt that runs. */
  reservedUsd: z.number().optional(),
  /** jobs.yaml no longer has its stage. */
  parked: z.literal(true).optional(),
});
export type TaskView = z.infer<typeof taskView>;

/** As it is, or as it was at a time. `doubt`: why that is unknown; `outputSeq`: the output that was in force then. */
export type ShownTask = Omit<TaskView, 'state'> & { state: TaskView['state'] | (typeof STATES_THEN)[number]; doubt?: string; outputSeq?: number };

export const itemView = z.object({ id: itemId, key: z.string(), title: z.string().nullable(), priority: z.number(), stages: z.record(z.string(), taskView) });
export type ItemView = z.infer<typeof itemView>;

/** `next`, when there are more, is what to give as `after` for the next page. */
export const itemsView = z.object({ items: z.array(itemView), next: itemId.optional() });
export type ItemsView = z.infer<typeof itemsView>;

export const attemptView = z.object({
  stage: z.string(),
  attempt: count,
  outcome: z.enum(['done', 'skipped', 'rejected', 'deferred', 'failed', 'interrupted', 'crashed']),
  /** Whether it counted as a try. */
  charged: z.boolean(),
  startedAt: instant,
  finishedAt: instant.nullable(),
  class: z.string().optional(),
  /** Kind of its error. */
  fingerprint: z.string().optional(),
  error: errorView.optional(),
  reason: z.string().optional(),
  costUsd: z.number().optional(),
  /** Hash of the bundle that ran. */
  bundle: z.string().optional(),
  outputSeq: z.number().int().optional(),
  /** Of one that failed: the entry of the journal that told of it. */
  told: z.number().int().optional(),
  /** Lines that it logged, and requests that it made of the web; left out where there are none. */
  lines: count.optional(),
  requests: count.optional(),
  artifacts: z.array(z.object({ name: z.string(), hash: z.string(), bytes: count, media: z.string() })).optional(),
});
export type AttemptView = z.infer<typeof attemptView>;

/**
 * A call of a model. `costUsd` is null where nobody knows the price; `assumed`: it is the most that the call can have cost. `kept`: answered from
 * what was paid before. `outcome`: `ok`, or a word for what went wrong.
 */
export const callView = z.object({
  stage: z.string(),
  attempt: count,
  at: instant,
  kind: z.enum(['text', 'object', 'transcribe']),
  alias: z.string(),
  model: z.string(),
  tokensIn: count.nullable(),
  tokensOut: count.nullable(),
  tokensCached: count.nullable(),
  seconds: z.number().nullable(),
  costUsd: z.number().nullable(),
  assumed: z.boolean(),
  kept: z.boolean(),
  outcome: z.string(),
  requestId: z.string().nullable(),
  ms: z.number(),
});
export type CallView = z.infer<typeof callView>;

/** Everything about one item: its tasks with their current outputs, its attempts in the order in which they started. */
export const itemDetail = z.object({
  id: itemId,
  job: z.string(),
  key: z.string(),
  title: z.string().nullable(),
  priority: z.number(),
  data: z.unknown(),
  createdAt: instant,
  stages: z.record(z.string(), taskView.extend({ output: z.unknown().optional() })),
  attempts: z.array(attemptView),
  /** The newest last; left out where no model was asked. */
  calls: z.array(callView).optional(),
});
export type ItemDetail = z.infer<typeof itemDetail>;
/** As it is, or as it was at a time. */
export type ShownItem = Omit<ItemDetail, 'stages'> & { stages: Record<string, ShownTask & { output?: unknown }> };
/** `notes`: what was not kept, in sentences. */
export type ItemThenView = ShownItem & { notes: string[] };
/** What one attempt put out. */
export type OutputView = { output: unknown };
const pollView = z.object({ at: instant, found: z.object({ new: count, seen: count, filtered: count }).optional(), error: errorView.optional() });
export type PollView = z.infer<typeof pollView>;
const seenKeyView = z.object({
  key: z.string(),
  decision: z.enum(['new', 'seen', 'filtered', 'over_max_pending']),
  reason: z.string().optional(),
  times: count,
  firstAt: instant,
  lastAt: instant,
  item: itemId.optional(),
});
export type SeenKeyView = z.infer<typeof seenKeyView>;

/** How a job looks for work: its last polls, the newest first, and the keys that were met last. `decisions` counts all keys. */
export const discoveryView = z.object({
  job: z.string(),
  strategy: z.string(),
  everyMs: z.number(),
  state: z.string(),
  nextAt: instant.nullable(),
  /** Failed polls in a row. */
  failures: count,
  error: errorView.nullable(),
  polls: z.array(pollView),
  decisions: z.record(z.string(), count),
  keys: z.array(seenKeyView),
});
export type DiscoveryView = z.infer<typeof discoveryView>;
