/** What was spent. */
import { z } from 'zod';
import { count, instant } from './atoms.ts';

export const COSTS_BY = ['job', 'stage', 'model', 'day'] as const;
export type CostsBy = (typeof COSTS_BY)[number];
/** US dollars. `costUsd` is what was settled and what was lost; `lostUsd`, the part of it that nobody can say any more whether it was spent. */
const sums = { costUsd: z.number(), lostUsd: z.number(), reservedUsd: z.number(), unpriced: count };

/** `calls`, `tokensIn`, `tokensOut`: of a model; what was spent otherwise has no `model`. */
export const costView = z.object({
  job: z.string().optional(), stage: z.string().optional(), day: z.string().optional(), model: z.string().optional(), ...sums, dailyCostLimit: z.number().optional(),
  calls: count.optional(), tokensIn: count.optional(), tokensOut: count.optional(),
});
export type CostView = z.infer<typeof costView>;

/** Days as `2026-11-24`, in the zone `tz`; `until`: when today ends there. `dailyCostLimit`: of all jobs together. `notes`: what was not kept of a moment of the past, in sentences. */
export const costsView = z.object({
  by: z.enum(COSTS_BY), from: z.string(), to: z.string(), tz: z.string(), until: instant, dailyCostLimit: z.number().nullable(), costs: z.array(costView), total: z.object(sums), notes: z.array(z.string()).optional(),
});
export type CostsView = z.infer<typeof costsView>;
