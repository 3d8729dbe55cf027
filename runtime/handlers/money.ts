/** Money at the API is US dollars, and micro-dollars inside. */

/** Above this a cost is a slip of the keyboard. */
export const MOST_USD = 1_000_000;
const MICRO = 1e6;

/** What was spent is unknown, so the budget means nothing any more: the job must stop. */
export class InvalidCost extends Error {
  override name = 'InvalidCost';
}

/** Throws `InvalidCost` for anything but a number of dollars from 0 on. `where` begins the message. */
export function checkUsd(usd: unknown, where: string): number {
  if (typeof usd === 'number' && usd >= 0 && usd <= MOST_USD) return usd;
  throw new InvalidCost(`${where}: a cost must be US dollars, from 0 to ${MOST_USD}, not ${typeof usd === 'string' ? JSON.stringify(usd.slice(0, 50)) : String(usd)}`);
}

/** Rounded up, so that a thousand calls of a tenth of a micro-dollar are not free; what is only the error of the sum is not rounded up. */
export const toMicroUsd = (usd: number): number => Math.max(0, Math.ceil(usd * MICRO - 1e-6));
