/** Where to send to, as jobs.yaml and the clock say: tells at once, when the file changes, and when quiet hours begin or end. */
import { edgeAt } from '../../actors/calendar/calendar.ts';
import type { Clock } from '../../actors/ports.ts';
import type { Target } from '../../machines/notifier.ts';
import type { NotifyTarget } from '../../machines/spec.ts';

/** Also without an edge it looks so often: a clock may be set back over one. */
const LOOK_AGAIN_MS = 60_000;

export class Targets {
  private readonly world: { clock: Clock; targets(): readonly NotifyTarget[] };
  private readonly watches = new Set<() => void>();

  constructor(world: Targets['world']) {
    this.world = world;
  }

  watch(tell: (targets: Target[]) => void): () => void {
    const { clock } = this.world;
    let timer: unknown;
    let said = '';
    const look = () => {
      clock.clearTimeout(timer);
      const targets = this.targets();
      if (this.world.targets().some(({ quiet }) => quiet)) timer = clock.setTimeout(look, LOOK_AGAIN_MS);
      const saying = JSON.stringify(targets);
      if (saying === said) return;
      said = saying;
      tell(targets);
    };
    this.watches.add(look);
    look();
    return () => {
      clock.clearTimeout(timer);
      this.watches.delete(look);
    };
  }

  /** Another jobs.yaml is in force. */
  look(): void {
    for (const look of this.watches) look();
  }

  private targets(): Target[] {
    const at = this.world.clock.now();
    return this.world.targets().map(({ name, minRisk, quiet }) => {
      const { open, until } = quiet ? edgeAt(quiet, at) : { open: false, until: null };
      return { name, minRisk, quietUntil: open ? (until ?? Number.MAX_SAFE_INTEGER) : null };
    });
  }
}
