/** Money as people read it: `$4.98`, and below a cent as exactly as it is. */
import { dollars } from '../store/money/dollars.ts';

export const usd = (amount: number): string => dollars(Math.round(amount * 1e6));
