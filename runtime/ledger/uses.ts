/** Who holds the slots of each resource and who waits, for those who watch: when it has changed, and not more often than they can read. */
import type { Clock } from '../../actors/ports.ts';
import type { ResourceUse } from '../../machines/resource.ts';
import type { Places } from './places.ts';
import type { UseMeter } from './use-meter.ts';

const LOOK_MS = 250;

type Watcher = { name: string; told: string; tell(use: ResourceUse): void };

export class Uses {
  private readonly clock: Clock;
  private readonly places: Places;
  private readonly meter: UseMeter;
  private readonly watchers = new Set<Watcher>();
  private timer: unknown;
  private lookedAt = -Infinity;

  constructor(clock: Clock, places: Places, meter: UseMeter) {
    this.clock = clock;
    this.meter = meter;
    this.places = places;
  }

  /** Tells at once how it stands, later what has changed. */
  watch(name: string, tell: (use: ResourceUse) => void): () => void {
    const watcher = { name, told: '', tell };
    this.watchers.add(watcher);
    this.lookSoon();
    return () => this.watchers.delete(watcher);
  }

  lookSoon(): void {
    if (this.watchers.size === 0 || this.timer !== undefined) return;
    this.timer = this.clock.setTimeout(() => this.look(), Math.max(0, this.lookedAt + LOOK_MS - this.clock.monotonic()));
  }

  close(): void {
    this.clock.clearTimeout(this.timer);
    this.watchers.clear();
  }

  private look(): void {
    this.timer = undefined;
    this.lookedAt = this.clock.monotonic();
    for (const watcher of this.watchers) {
      const use = this.places.useOf(watcher.name);
      this.meter.sees(watcher.name, use.holders.reduce((sum, { slots }) => sum + slots, 0));
      const text = JSON.stringify(use);
      if (text === watcher.told) continue;
      watcher.told = text;
      watcher.tell(use);
    }
  }
}
