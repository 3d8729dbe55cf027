/**
 * Replays every journal after every death, going on where the last audit stopped: folded anew each time, a thousand kills would take a
 * day. What comes out is compared with the mark of each entry and with the stored snapshot, byte by byte.
 */
import { machineNamed } from '../../../machines/index.ts';
import { Fold } from '../../../runtime/recorder/fold.ts';
import { markOf } from '../../../runtime/recorder/mark.ts';
import type { Handle } from '../../../runtime/store/open.ts';
import { storedActors, type StoredActor } from '../../../runtime/store/replay-view.ts';
import { findings, type Finding } from './finding.ts';

type Entry = { seq: number; event: string; state: string | null };
type Known = { src: string; fold: Fold; seq: number };

export class Replays {
  audits = 0;
  actors = 0;
  entries = 0;
  private readonly known = new Map<string, Known>();

  audit(db: Handle): Finding[] {
    const entriesOf = db.prepare<[string, number, number], Entry>('SELECT seq, event, state FROM journal WHERE path = ? AND seq > ? AND seq <= ? ORDER BY seq');
    const stored = storedActors(db);
    this.audits += 1;
    this.actors = stored.length;
    const wrong = stored.flatMap((actor) => {
      const at = this.goOn(actor, (path, after, to) => entriesOf.all(path, after, to));
      return at === undefined ? [] : [`${actor.path} at ${at}`];
    });
    return findings('folded', wrong, (where) => `${where}: its journal leads elsewhere than what is stored`);
  }

  /** Answers where it first goes another way, if it does. */
  private goOn({ path, src, seq, snapshot }: StoredActor, entriesOf: (path: string, after: number, to: number) => Entry[]): number | undefined {
    const known = this.knownOf(path, src);
    for (const entry of entriesOf(path, known.seq, seq)) {
      this.entries += 1;
      const { state } = known.fold.apply(JSON.parse(entry.event));
      if (entry.state !== null && entry.state !== markOf(state!)) return entry.seq;
    }
    known.seq = seq;
    const { value, context } = JSON.parse(snapshot) as { value: unknown; context: unknown };
    return markOf({ value, context }) === markOf(known.fold.state!) ? undefined : seq;
  }

  private knownOf(path: string, src: string): Known {
    const known = this.known.get(path);
    if (known?.src === src) return known;
    const begun = { src, fold: new Fold(machineNamed(src)!), seq: 0 };
    this.known.set(path, begun);
    return begun;
  }
}
