/** One error as a line of JSON, from wherever it was collected. */
import { z } from 'zod';
import type { Report } from './failure.ts';

const word = z.union([z.string(), z.number()]).nullish();

/** What is not named here is left aside: collections carry labels and sources. */
const reportLine = z.object({
  id: z.union([z.string(), z.number()]),
  message: z.string(),
  name: z.string().nullish(),
  code: word,
  status: z.coerce.number().nullish().catch(undefined),
  stack: z.string().nullish(),
  context: z.unknown().optional(),
});

export type ReportLine = { id: string | number; report: Report };

/** @throws ZodError */
export function readReportLine(value: unknown): ReportLine {
  const { id, message, name, code, status, stack, context } = reportLine.parse(value);
  return {
    id,
    report: {
      message,
      ...(name && { name }), ...(code !== undefined && code !== null && { code }), ...(status && { status }), ...(stack && { stack }),
      ...(context !== undefined && context !== null && { context: typeof context === 'string' ? context : JSON.stringify(context) }),
    },
  };
}
