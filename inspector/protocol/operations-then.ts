/** What the screens of an operator ask of a moment of the past: each is answered as far as that was kept. */
import { z } from 'zod';
import { fingerprint, instant, name } from './atoms.ts';
import type { BreakersView, ResourceUseView } from './breakers.ts';
import type { BudgetView } from './budget.ts';
import type { ConfigurationThenView } from './configuration.ts';
import { COSTS_BY, type CostsView } from './costs.ts';
import type { ErrorDetail, ErrorsView } from './errors.ts';
import type { RunnerThenView } from './system.ts';

const seq = z.number().int().min(1);

export const operationThenQueries = [
  z.strictObject({ type: z.literal('errorsAt'), seq, text: z.string().min(1).max(200).optional(), before: instant.optional(), limit: z.number().int().min(1).max(50).default(20) }),
  z.strictObject({ type: z.literal('errorAt'), seq, fingerprint }),
  z.strictObject({ type: z.literal('breakersAt'), seq }),
  z.strictObject({ type: z.literal('resourceUseAt'), seq }),
  z.strictObject({ type: z.literal('budgetAt'), seq }),
  z.strictObject({ type: z.literal('costsAt'), seq, by: z.enum(COSTS_BY).default('job'), days: z.number().int().min(1).max(366).default(1), job: name.optional() }),
  z.strictObject({ type: z.literal('configurationAt'), seq }),
  z.strictObject({ type: z.literal('runnerAt'), seq }),
] as const;

export type OperationThenViews = { errorsAt: ErrorsView; errorAt: ErrorDetail; breakersAt: BreakersView; resourceUseAt: ResourceUseView; budgetAt: BudgetView; costsAt: CostsView; configurationAt: ConfigurationThenView; runnerAt: RunnerThenView };
