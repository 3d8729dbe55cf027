/**
 * How far the journals of actors were folded already: the next fold starts at the nearest such place, and not where the life of its actor
 * began. A place stays right while entries are added, and when those before it go; not when its own does. What was seen last is known, too: every view of a
 * moment asks for the same actors.
 */
import type { Handle } from '../store/open.ts';
import type { History, Step } from './history.ts';

/** `history` stands right after `last`; who goes on from it takes a copy. */
export type Waypoint = { history: History; last: Step };

/** Of all actors together: about a kilobyte each. */
const MOST = 10_000;
/** Some kilobytes each. */
const MOST_STEPS = 1_000;

export class Waypoints {
  private readonly byPath = new Map<string, Waypoint[]>();
  private readonly steps = new Map<string, Step>();
  private count = 0;

  /** The last one at or before an entry. `isKept`: whether the journal still has the entry of a place. */
  before(path: string, seq: number, isKept: (seq: number) => boolean): Waypoint | undefined {
    const nearest = this.byPath.get(path)?.findLast(({ last }) => last.seq <= seq);
    if (!nearest || isKept(nearest.last.seq)) return nearest;
    this.forget(path);
    return undefined;
  }

  keep(path: string, { history, last }: Waypoint): void {
    const known = this.byPath.get(path) ?? [];
    const place = known.findLastIndex((one) => one.last.seq <= last.seq);
    if (known[place]?.last.seq === last.seq) return;
    known.splice(place + 1, 0, { history: history.copy(), last });
    this.byPath.set(path, known);
    this.count += 1;
    // The actor that is known longest.
    if (this.count > MOST) this.forget(this.byPath.keys().next().value!);
  }

  /** Where an actor stood after an entry of its own, if somebody has looked. */
  seen(path: string, seq: number): Step | undefined {
    return this.steps.get(`${path} ${seq}`);
  }

  see(path: string, seq: number, step: Step): void {
    this.steps.set(`${path} ${seq}`, step);
    if (this.steps.size > MOST_STEPS) this.steps.delete(this.steps.keys().next().value!);
  }

  private forget(path: string): void {
    this.count -= this.byPath.get(path)!.length;
    this.byPath.delete(path);
  }
}

const byHandle = new WeakMap<Handle, Waypoints>();

export function waypointsOf(db: Handle): Waypoints {
  const known = byHandle.get(db) ?? new Waypoints();
  byHandle.set(db, known);
  return known;
}
