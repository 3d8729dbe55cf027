/** The whole at a glance. */
import { z } from 'zod';
import type { HoldCause } from '../../machines/lifecycle.ts';
import { count, instant } from './atoms.ts';

export const CAUSES = ['operator', 'breaker', 'guard', 'supervision', 'budget', 'window', 'requirement'] as const satisfies readonly HoldCause[];

/** Why a job is held. Without `until` it stays until it is lifted. */
export const holdView = z.object({ cause: z.enum(CAUSES), reason: z.string(), since: instant, until: instant.optional() });
export type HoldView = z.infer<typeof holdView>;

export const stageView = z.object({
  name: z.string(),
  /** Of its worker; left out when it has none. */
  state: z.string().optional(),
  concurrency: count,
  /** Stages that it waits for; left out when that is the one before it, or none for the first. */
  needs: z.array(z.string()).optional(),
  /** Names of the shared resources of which an attempt holds a slot each; left out when there are none. */
  resources: z.array(z.string()).optional(),
  blocked: count,
  ready: count,
  waiting: count,
  running: count,
  done: count,
  skipped: count,
  rejected: count,
  failed: count,
  dead: count,
  stale: count,
  /** Duration of recent attempts; left out when there were none. */
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
});
export type StageView = z.infer<typeof stageView>;

export const JOB_STATES = ['running', 'paused', 'draining', 'drained', 'archived'] as const;

export const jobView = z.object({
  id: z.string(),
  emoji: z.string().optional(),
  pipeline: z.string().optional(),
  state: z.enum(JOB_STATES),
  holds: z.array(holdView),
  /** All holds in one line, or null. */
  reason: z.string().nullable(),
  /** When the last hold ends by itself; null when nothing holds the job, or a hold does not end by itself. */
  resumeAt: instant.nullable(),
  /** US dollars that today's attempts and calls have cost, as far as is known. */
  costToday: z.number(),
  /** US dollars that are reserved for what is under way; they count as spent until they are not. */
  reservedToday: z.number(),
  /** Calls of today of which nobody knows the price: a limit cannot hold while there are any. */
  unpricedToday: count,
  dailyCostLimit: z.number().nullable(),
  /** The limit may be overrun by what a stage costs that says so only afterwards: nothing declares the most that it can cost. */
  softLimit: z.boolean(),
  /** Left out while the job has no discovery actor. */
  discovery: z.object({ state: z.string(), nextAt: instant.nullable(), lastFound: z.number().nullable() }).optional(),
  /** Left out where jobs.yaml limits nothing. */
  guards: z.object({ state: z.string() }).optional(),
  /** `stages`: with a breaker for each stage, those that are not closed. */
  breaker: z.object({ state: z.string(), stages: z.record(z.string(), z.string()).optional() }),
  stages: z.array(stageView),
  /** Kinds of errors of which what failed is redone with care. `said`: how that goes, in words. Left out when there are none. */
  canaries: z.array(z.object({ fingerprint: z.string(), stage: z.string().nullable(), state: z.string(), since: instant, total: count, tried: count, said: z.string() })).optional(),
  /** What died and does not live again yet; `child` is '' for the job itself. Left out when there is nothing. */
  down: z.array(z.object({ child: z.string(), error: z.string(), since: instant, until: instant.nullable() })).optional(),
  /** Stages that jobs.yaml no longer has, with their tasks that have not ended well: these go on when the stage returns. Left out when there are none. */
  parked: z.array(z.object({ stage: z.string(), tasks: count })).optional(),
});
export type JobView = z.infer<typeof jobView>;

export const runnerView = z.object({
  /** `degraded`: it answers, and nothing new starts until what `reason` says has passed. */
  state: z.enum(['running', 'degraded', 'stopped']),
  reason: z.string().optional(),
  since: instant.optional(),
  pid: z.number().int().optional(),
  bootId: z.string().optional(),
  uptimeMs: z.number().optional(),
  url: z.string().optional(),
});
export type RunnerView = z.infer<typeof runnerView>;

/**
 * How jobs.yaml and what runs stand to each other. `problems`: why the file, as it was at `readAt`, is not used.
 * `revision`: number and time of the text in force.
 */
export const configView = z.object({ state: z.enum(['inForce', 'refused']), readAt: instant, problems: z.string().optional(), revision: z.object({ id: z.number().int(), at: instant }).optional() });
export type ConfigView = z.infer<typeof configView>;

/** A stored state that could not be used: its actor began anew. `version`: of the machine that stored it. `snapshot`: what was stored, as text. */
export const asideView = z.object({ id: z.number().int(), at: instant, path: z.string(), reason: z.string(), version: z.number(), snapshot: z.string().optional() });
export type AsideView = z.infer<typeof asideView>;

/** What jobs share. `holders`: stages with slots of it; `waiters`: stages that wait for it, the longest first, or for which it is kept until they have what they lack. */
export const resourceView = z.object({
  name: z.string(),
  state: z.string(),
  concurrency: count,
  taken: count,
  /** At most `count` starts in every `perMs` ms, `burst` at once. */
  rate: z.object({ count: z.number(), perMs: z.number(), burst: z.number() }).optional(),
  holders: z.array(z.object({ job: z.string(), stage: z.string(), slots: count })),
  waiters: z.array(z.object({ job: z.string(), stage: z.string(), since: instant, lacks: z.array(z.string()).optional() })),
  /** Of its breaker, while that is not closed: why nothing that needs it starts, or only as much as a trial takes. `until`: it is tried by itself then; left out when it is being tried. */
  breaker: z.object({ state: z.string(), reason: z.string().optional(), since: instant.optional(), until: instant.nullable().optional() }).optional(),
});
export type ResourceView = z.infer<typeof resourceView>;

/** What could not be told to a target: `waiting` are tried again, `failed` were given up within a day. */
export const undeliveredView = z.object({ target: z.string(), waiting: count, failed: count, reason: z.string(), nextAt: instant.nullable() });
export type UndeliveredView = z.infer<typeof undeliveredView>;

/** Without `config` nothing has run in this folder yet. `aside`: of the last start; left out when there is none. */
export const statusView = z.object({ runner: runnerView, jobs: z.array(jobView), config: configView.optional(), resources: z.array(resourceView).optional(), aside: z.array(asideView).optional(), undelivered: z.array(undeliveredView).optional() });
export type StatusView = z.infer<typeof statusView>;
