/** Adds up how much of what jobs share is used, and how long stages wait for it, until somebody writes it down. In memory: a kill loses minutes. */
import type { Clock, Claim } from '../../actors/ports.ts';
import type { UseRow } from '../store/resource-use.ts';
import { addWait, type Waits } from '../store/waits.ts';
import type { Place } from './place.ts';

/** `since`: by the monotonic clock, when `taken` slots were seen last. */
type Meter = { taken: number; since: number; busyMs: number; waits: Waits };

export class UseMeter {
  private readonly clock: Clock;
  private readonly meters = new Map<string, Meter>();
  private begunAt: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.begunAt = clock.monotonic();
  }

  /** So many slots are taken, until it says otherwise. */
  sees(resource: string, taken: number): void {
    const meter = this.meterOf(resource);
    const now = this.clock.monotonic();
    meter.busyMs += meter.taken * (now - meter.since);
    Object.assign(meter, { taken, since: now });
  }

  /** What the places get, before they hear of it. */
  served(claimed: ReadonlyMap<Place, readonly Claim[]>): void {
    const now = this.clock.now();
    for (const [{ spec, waiting }, { length }] of claimed) {
      if (length === 0 || spec.resources.length === 0) continue;
      for (const name of spec.resources) {
        const lacked = waiting !== undefined && (waiting.slots.includes(name) || waiting.tokens.includes(name));
        const { waits } = this.meterOf(name);
        if (lacked) addWait(waits, now - waiting.since);
        addWait(waits, 0, length - Number(lacked));
      }
    }
  }

  /** Since it was taken last, of what was used. `capacities`: slots of each resource in force. */
  take(capacities: Readonly<Record<string, number>>): UseRow[] {
    const now = this.clock.monotonic();
    const [at, ms] = [this.clock.now(), now - this.begunAt];
    for (const [name, { taken }] of this.meters) this.sees(name, taken);
    const used = [...this.meters].filter(([name, { busyMs, waits }]) => capacities[name] !== undefined && (busyMs > 0 || Object.keys(waits).length > 0));
    const rows = used.map(([resource, { busyMs, waits }]) => ({ resource, at, busyMs: Math.round(busyMs), slotsMs: Math.round(capacities[resource]! * ms), waits }));
    for (const [name, { taken }] of this.meters) this.meters.set(name, { taken, since: now, busyMs: 0, waits: {} });
    this.begunAt = now;
    return rows;
  }

  private meterOf(resource: string): Meter {
    const known = this.meters.get(resource) ?? { taken: 0, since: this.clock.monotonic(), busyMs: 0, waits: {} };
    this.meters.set(resource, known);
    return known;
  }
}
