/** Dollars as the configuration has them, and micro-dollars as the rows have them. Always to the safe side. */

/** What may be spent: rounded down. */
export const limitOf = (usd: number): number => Math.floor(usd * 1e6 + 1e-6);
/** What may be needed: rounded up. */
export const needOf = (usd: number): number => Math.ceil(usd * 1e6 - 1e-6);
