/**
 * What the running system needs to know of its configuration: plain JSON, defaults applied, durations in ms,
 * `stage_deps` turned into `needs`. `runtime/config` makes it from jobs.yaml; it travels in machine inputs and events.
 */
import { z } from 'zod';

/** At most `count` starts in every `perMs` ms in the long run, and `burst` at once. */
export const rateSpec = z.strictObject({ count: z.number(), perMs: z.number(), burst: z.number() });
export type RateSpec = z.infer<typeof rateSpec>;
/** The pace of a job, among the rates of what jobs share. */
export const paceOf = (job: string): string => `job/${job}`;

/** Minutes of local time after the 00:00 of the day on which they begin; `to` is over 1440 when they go over midnight. */
const hours = z.strictObject({ from: z.number(), to: z.number() });
export type Hours = z.infer<typeof hours>;
/**
 * When a job may start work, in local times of `tz` (of this machine, when left out). `days`: 0 is Sunday. `dates`: days such as
 * `2026-12-25` that have hours of their own, or none. `text`: all of it as people say it.
 */
export const windowSpec = z.strictObject({
  text: z.string(),
  tz: z.string().optional(),
  hours: z.array(hours.extend({ days: z.array(z.number()) })),
  dates: z.record(z.string(), z.array(hours)),
  /** Nothing starts in so many ms before it closes. */
  beforeMs: z.number(),
  /** False: all attempts begin at once when it opens, instead of 1, 2, 4 … */
  slowStart: z.boolean().optional(),
});
export type WindowSpec = z.infer<typeof windowSpec>;

/** One stage of a job. */
export const stageSpec = z.strictObject({
  name: z.string(),
  /** Names of the stages whose tasks must be `done` or `skipped` before this stage's task becomes `ready`. */
  needs: z.array(z.string()),
  /** Most attempts in flight at once. */
  concurrency: z.number(),
  /** Names of shared resources; an attempt holds one slot of each, all or nothing. */
  resources: z.array(z.string()),
  /** An attempt is aborted after so many ms. */
  timeoutMs: z.number(),
  /** `max` tries in all (the first included); the wait doubles from `baseMs` up to `capMs`, with full jitter. */
  retry: z.strictObject({ max: z.number(), baseMs: z.number(), capMs: z.number() }),
  isolate: z.enum(['inline', 'thread']),
  /** US dollars that an attempt costs at most. */
  maxCost: z.number().optional(),
  /** US dollars that the stage may cost a day. */
  dailyCostLimit: z.number().optional(),
});
export type StageSpec = z.infer<typeof stageSpec>;

/** How a job finds its work. `options` are the strategy's own, already checked by its schema, `${VAR}` unexpanded. */
export const discoverySpec = z.strictObject({ strategy: z.string(), everyMs: z.number(), options: z.record(z.string(), z.unknown()) });
export type DiscoverySpec = z.infer<typeof discoverySpec>;

/** When a job gives up on children that die (more than `max` times within `withinMs`), and when a stage counts as stalled. */
export const restartSpec = z.strictObject({ max: z.number(), withinMs: z.number(), stalledAfterMs: z.number() });
export type RestartSpec = z.infer<typeof restartSpec>;

/**
 * When a breaker opens: failures in a row at one stage, by class; of a bug, different items that meet it. The cool-down doubles with
 * each opening, from `baseMs` up to `capMs`. `scope`: what one stage's failures hold.
 */
export const breakerSpec = z.strictObject({
  scope: z.enum(['job', 'stage']),
  transient: z.number(),
  systemic: z.number(),
  codeBug: z.number(),
  coolDown: z.strictObject({ baseMs: z.number(), capMs: z.number() }),
});
export type BreakerSpec = z.infer<typeof breakerSpec>;
export const DEFAULT_BREAKER: BreakerSpec = { scope: 'job', transient: 10, systemic: 3, codeBug: 2, coolDown: { baseMs: 60_000, capMs: 3_600_000 } };

/** One entry under `jobs:`. */
export const jobSpec = z.strictObject({
  id: z.string(),
  emoji: z.string().optional(),
  /** `name/step` of the multi-job pipeline that the job belongs to. */
  pipeline: z.string().optional(),
  /** Path of the handler module, as written: relative to the folder of jobs.yaml. */
  handler: z.string(),
  discovery: discoverySpec,
  /** Patterns of web addresses that operators may bring to the job, see `runtime/routing/pattern.ts`. */
  accepts: z.array(z.string()).optional(),
  stages: z.array(stageSpec),
  guards: z.strictObject({ maxPending: z.number().optional(), dailyCostLimit: z.number().optional(), itemCostLimit: z.number().optional(), validate: z.boolean() }),
  breaker: breakerSpec,
  requires: z.strictObject({ env: z.array(z.string()), bin: z.array(z.string()) }),
  /** What has waited so much longer goes first, whatever the priorities; left out: never. See `runtime/store/rank.ts`. */
  ageingMs: z.number().optional(),
  /** How fast its tasks start, over all stages. */
  pacing: rateSpec.optional(),
  restart: restartSpec,
  window: windowSpec.optional(),
});
export type JobSpec = z.infer<typeof jobSpec>;

/** Of a time when a window was a text that had no effect: the configuration says it anew. */
export const withoutWindow = ({ window: _, ...spec }: JobSpec): Omit<JobSpec, 'window'> => spec;

/** A semaphore that jobs share, how fast they may start what uses it, and when its breaker opens (`DEFAULT_BREAKER`, when left out). */
export const resourceSpec = z.strictObject({ name: z.string(), concurrency: z.number(), rate: rateSpec.optional(), breaker: breakerSpec.optional() });
export type ResourceSpec = z.infer<typeof resourceSpec>;

/** How long what is no longer current is kept, in ms; of some things at most so many. */
export type RetentionSpec = {
  journal: { ageMs: number; rows: number };
  http: { ageMs: number; bytes: number };
  llm: { ageMs: number; bytes: number };
  config: { ageMs: number; revisions: number };
  logs: { ageMs: number; attempts: number };
  attemptsMs: number;
  outputsMs: number;
  artifactsMs: number;
  commandsMs: number;
};

/**
 * How a job's requests behave. `allowHosts`: hosts and ranges that need not be public. `perHost`: for hosts that are not allowed by
 * name, most requests at once and ms between the starts of two.
 */
export type HttpSpec = { allowHosts: string[]; userAgent: string; robots: boolean; perHost: { concurrency: number; gapMs: number } };

/** Limits in US dollars a day: of all jobs together, and of the doctor. Days are those of the zone `tz`. */
export type BudgetSpec = { tz: string; dailyCostLimit?: number; doctorCostLimit?: number };

/**
 * How errors are understood. `rules`: the operator's own, asked first; all conditions that one names must be true. `evidence`: the same error
 * on so many items, with no longer pause than that between two of them, is not the items' fault.
 */
export type DoctorSpec = {
  rules: DoctorRule[];
  evidence: { items: number; withinMs: number };
  /** Whom it asks: a model of its own, or one of `models` by its name. */
  llm?: ModelSpec;
  model?: string;
  /** Most questions. */
  rate: { count: number; perMs: number };
};
export type DoctorRule = {
  contains?: string;
  /** A regular expression. */
  matches?: string;
  name?: string;
  code?: string;
  status?: number;
  job?: string;
  stage?: string;
  class: 'transient' | 'item_specific' | 'temporal' | 'systemic' | 'code_bug';
  waitMs?: number;
  reason?: string;
};

/** Somewhere to send messages to. Texts may hold `${VAR}`, unexpanded. `quiet`: open while only high risks are sent. */
export type NotifyTarget = { name: string; minRisk: 'low' | 'medium' | 'high'; quiet?: WindowSpec } & (
  | { kind: 'pushover'; user: string; token: string; device?: string | undefined; server?: string | undefined }
  | { kind: 'ntfy'; topic: string; server?: string | undefined; token?: string | undefined }
  | { kind: 'slack' | 'discord'; url: string }
  | { kind: 'webhook'; url: string; secret?: string | undefined; headers?: Record<string, string> | undefined }
  | { kind: 'exec'; command: string[] }
);
/** Who is told what is amiss. `link`: the inspector's address from elsewhere. */
export type NotifySpec = { link?: string; targets: NotifyTarget[] };

/** US dollars for a million tokens; `minute`: of audio. `cached`: input that the provider had read before. */
export type ModelPrice = { input: number; output: number; cached?: number; minute?: number };

/** A model as handlers name it. Texts may hold `${VAR}`, unexpanded. Without `baseUrl` it is OpenAI's. */
export type ModelSpec = { model: string; baseUrl?: string; apiKey?: string; price?: ModelPrice; maxOutputTokens?: number; temperature?: number; timeoutMs?: number };

/**
 * The whole of jobs.yaml in force. `http`: by job; `models`: by alias, in the order of the file. Both take
 * effect with the next request, and no actor needs to know. `port`: of the
 * inspector; unless the process was told another one.
 */
export type RuntimeSpec = { jobs: JobSpec[]; resources: ResourceSpec[]; budget: BudgetSpec; retention: RetentionSpec; http: Record<string, HttpSpec>; models: Record<string, ModelSpec>; doctor: DoctorSpec; notify: NotifySpec; port: number };
