/** What the screens of an operator ask of a moment of the past: each is answered as far as that was kept. */
import { z } from 'zod';
import { fingerprint, instant } from './atoms.ts';
import type { BreakersView, ResourceUseView } from './breakers.ts';
import type { ErrorDetail, ErrorsView } from './errors.ts';

const seq = z.number().int().min(1);

export const operationThenQueries = [
  z.strictObject({ type: z.literal('errorsAt'), seq, text: z.string().min(1).max(200).optional(), before: instant.optional(), limit: z.number().int().min(1).max(50).default(20) }),
  z.strictObject({ type: z.literal('errorAt'), seq, fingerprint }),
  z.strictObject({ type: z.literal('breakersAt'), seq }),
  z.strictObject({ type: z.literal('resourceUseAt'), seq }),
] as const;

export type OperationThenViews = { errorsAt: ErrorsView; errorAt: ErrorDetail; breakersAt: BreakersView; resourceUseAt: ResourceUseView };
