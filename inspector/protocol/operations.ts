/** What the screens of an operator ask: errors, breakers, money, the configuration, the system. */
import { z } from 'zod';
import { fingerprint, instant } from './atoms.ts';
import type { BreakersView } from './breakers.ts';
import type { ErrorDetail, ErrorsView } from './errors.ts';

export const operationQueries = [
  z.strictObject({ type: z.literal('errors'), text: z.string().min(1).max(200).optional(), before: instant.optional(), limit: z.number().int().min(1).max(50).default(20) }),
  z.strictObject({ type: z.literal('error'), fingerprint }),
  z.strictObject({ type: z.literal('breakers') }),
] as const;

export type OperationViews = { errors: ErrorsView; error: ErrorDetail; breakers: BreakersView };
