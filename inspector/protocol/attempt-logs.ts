/** What an attempt logged, and what it asked of the web. */
import { z } from 'zod';
import { count, instant } from './atoms.ts';

export const logLine = z.object({ at: instant, level: z.enum(['debug', 'info', 'warn', 'error']), message: z.string(), facts: z.record(z.string(), z.unknown()).optional() });
export type LogLine = z.infer<typeof logLine>;

/** `ms`: null while there is no answer, and for good when the attempt ended first; `waitedMs` of it for the turn of the host. `to`: where redirects ended. `notModified`: answered from what was kept. */
export const httpCall = z.object({
  at: instant,
  method: z.string(),
  url: z.string(),
  ms: z.number().nullable(),
  waitedMs: z.number().optional(),
  status: z.number().int().optional(),
  bytes: count.optional(),
  redirects: count.optional(),
  to: z.string().optional(),
  notModified: z.literal(true).optional(),
  error: z.string().optional(),
});
export type HttpCall = z.infer<typeof httpCall>;

/** The newest of it; `linesLost` and `callsLost` count what was older. */
export const attemptLogView = z.object({ lines: z.array(logLine), linesLost: count, calls: z.array(httpCall), callsLost: count });
export type AttemptLogView = z.infer<typeof attemptLogView>;
