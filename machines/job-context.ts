/** What a job keeps. */
import { z } from 'zod';
import { standing } from './lifecycle.ts';
import { restarts } from './restarts.ts';
import { jobSpec } from './spec.ts';

/** With what the lifecycle said last. */
export const jobContext = standing.extend({
  spec: jobSpec,
  /** Attempts in flight, by stage. */
  running: z.record(z.string(), z.number()),
  /** Breakers that are not closed, by id. */
  breakers: z.record(z.string(), z.enum(['open', 'trying'])),
  /** Stages that have failed since their last success: their breaker hears of that one too. */
  failing: z.array(z.string()),
  /** What is redone with care, by the fingerprint of its error: see `canary.ts`. */
  canaries: z.record(z.string(), z.strictObject({ stage: z.string().nullable(), since: z.number(), total: z.number() })),
  restarts,
});
export type JobContext = z.infer<typeof jobContext>;
