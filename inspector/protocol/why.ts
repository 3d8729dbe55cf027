/** Why something does not move. */
import { z } from 'zod';
import { instant } from './atoms.ts';
import { CAUSES } from './status.ts';

/** Everything that can keep a thing from moving, and the states in which nothing has to. */
export const EXPLAINED = [
  'runner_stopped', 'disk_full', 'archived', 'draining', 'restarting', ...CAUSES, 'unloadable', 'outdated', 'parked',
  'discovery_full', 'discovery_backing_off', 'began_anew',
  'dependency', 'backing_off', 'deferred', 'failed', 'canary', 'dead', 'rejected', 'skipped',
  'runs_alone', 'concurrency_full', 'resource_full', 'resource_rate', 'pacing', 'queued', 'running', 'done', 'nothing_to_do',
] as const;

/** Why something does not move. `todo`: lines for a terminal, each of which helps; `advice`: what to do by hand before them. */
export const explanation = z.object({
  /** `papers`, `papers fetch`, `item 12 at fetch`. */
  what: z.string(),
  cause: z.enum(EXPLAINED),
  reason: z.string(),
  since: instant.optional(),
  clearsItself: z.boolean(),
  until: instant.optional(),
  advice: z.string().optional(),
  todo: z.array(z.string()),
  /** Why what it waits for does not move itself. */
  get because() {
    return z.array(explanation).optional();
  },
});
export type Explanation = z.infer<typeof explanation>;

export const whyView = z.object({ explanations: z.array(explanation) });
export type WhyView = z.infer<typeof whyView>;
