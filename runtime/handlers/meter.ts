/** What one attempt has spent so far, in US dollars. */
import type { Claim } from '../../actors/ports.ts';

export class Meter {
  spent = 0;

  add(usd: number): void {
    this.spent += usd;
  }
}

/** Made when an attempt spends something: most never do. */
export function meterOf({ meters }: { meters: WeakMap<Claim, Meter> }, claim: Claim): Meter {
  const meter = meters.get(claim) ?? new Meter();
  meters.set(claim, meter);
  return meter;
}
