/** Money in words. */
import type { Shortage } from '../types.ts';

/** Micro-dollars for people: `$4.98`. Below a cent as exactly as they are; rounded down, so that what is spent never looks like more. */
export function dollars(microUsd: number): string {
  const digits = microUsd % 10_000 === 0 || microUsd >= 1_000_000 ? 2 : microUsd % 100 === 0 ? 4 : 6;
  return `$${(Math.floor(microUsd / 10 ** (6 - digits)) / 10 ** digits).toFixed(digits)}`;
}

/** How a reason ends that is not the job's own. */
export const FOR_ALL = ' for all jobs';

/** The reason of a hold: `budget: $4.98 of $5.00`, and whose money it is, where that is not the job's. */
export function budgetReason({ used, limit, scope, stage }: Shortage): string {
  const whose = { runner: FOR_ALL, job: '', stage: ` for the stage "${stage}"` }[scope];
  return `budget: ${dollars(used)} of ${dollars(limit)}${whose}`;
}
