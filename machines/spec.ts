/**
 * What the running system needs to know of its configuration: plain JSON, defaults applied, durations in ms,
 * `stage_deps` turned into `needs`. `runtime/config` makes it from jobs.yaml; it travels in machine inputs and events.
 */

/** One stage of a job. */
export type StageSpec = {
  name: string;
  /** Names of the stages whose tasks must be `done` or `skipped` before this stage's task becomes `ready`. */
  needs: string[];
  /** Most attempts in flight at once. */
  concurrency: number;
  /** Names of shared resources; an attempt holds one slot of each, all or nothing. */
  resources: string[];
  /** An attempt is aborted after so many ms. */
  timeoutMs: number;
  /** `max` tries in all (the first included); the wait doubles from `baseMs` up to `capMs`, with full jitter. */
  retry: { max: number; baseMs: number; capMs: number };
  isolate: 'inline' | 'thread';
};

/** How a job finds its work. `options` are the strategy's own, already checked by its schema, `${VAR}` unexpanded. */
export type DiscoverySpec = { strategy: string; everyMs: number; options: Record<string, unknown> };

/** One entry under `jobs:`. */
export type JobSpec = {
  id: string;
  emoji?: string;
  /** `name/step` of the multi-job pipeline that the job belongs to. */
  pipeline?: string;
  /** Path of the handler module, as written: relative to the folder of jobs.yaml. */
  handler: string;
  discovery: DiscoverySpec;
  stages: StageSpec[];
  guards: { maxPending?: number; dailyCostLimit?: number; validate: boolean };
  requires: { env: string[]; bin: string[] };
  window?: string;
};

/** A shared semaphore (and, later, token bucket). */
export type ResourceSpec = { name: string; concurrency: number; rate?: string };

/** The whole of jobs.yaml in force. */
export type RuntimeSpec = { jobs: JobSpec[]; resources: ResourceSpec[] };
