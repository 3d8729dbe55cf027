/** What the screens of an operator ask: errors, breakers, money, the configuration, the system. */
import { z } from 'zod';
import { fingerprint, instant, name } from './atoms.ts';
import type { BreakersView, ResourceUseView } from './breakers.ts';
import type { BudgetView, PricesView } from './budget.ts';
import type { ConfigurationView, RevisionDiff } from './configuration.ts';
import { COSTS_BY, type CostsView } from './costs.ts';
import type { ErrorDetail, ErrorsView } from './errors.ts';
import type { DiagnosisView, SystemView } from './system.ts';

export const operationQueries = [
  z.strictObject({ type: z.literal('errors'), text: z.string().min(1).max(200).optional(), before: instant.optional(), limit: z.number().int().min(1).max(50).default(20) }),
  z.strictObject({ type: z.literal('error'), fingerprint }),
  z.strictObject({ type: z.literal('breakers') }),
  z.strictObject({ type: z.literal('resourceUse') }),
  z.strictObject({ type: z.literal('budget') }),
  z.strictObject({ type: z.literal('prices') }),
  z.strictObject({ type: z.literal('costs'), by: z.enum(COSTS_BY).default('job'), days: z.number().int().min(1).max(366).default(1), job: name.optional() }),
  z.strictObject({ type: z.literal('configuration') }),
  z.strictObject({ type: z.literal('revisions'), from: z.number().int().min(1), to: z.number().int().min(1) }),
  z.strictObject({ type: z.literal('system') }),
  /** Takes a second or more. */
  z.strictObject({ type: z.literal('diagnosis') }),
] as const;

export type OperationViews = { errors: ErrorsView; error: ErrorDetail; breakers: BreakersView; resourceUse: ResourceUseView; budget: BudgetView; prices: PricesView; costs: CostsView; configuration: ConfigurationView; revisions: RevisionDiff; system: SystemView; diagnosis: DiagnosisView };
