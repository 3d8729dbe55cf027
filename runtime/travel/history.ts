/** One actor's past: its journal, folded step by step over today's machine. */
import type { AnyEventObject } from 'xstate';
import { machineNamed, type KnownMachine } from '../../machines/index.ts';
import { Fold, type Effect, type Folded } from '../recorder/fold.ts';
import { markOf } from '../recorder/mark.ts';
import type { Handle } from '../store/open.ts';
import type { Past } from '../../machines/migrations.ts';
import { beginningOf, isKept, journalPage, keptBefore, lastOwnOf, PAGE, type KeptEntry, type StoredActor } from '../store/replay-view.ts';
import { waypointsOf } from './waypoints.ts';

/**
 * One event, the state that it led to, and what the machine wanted done.
 *
 * `version`: of the machine that lived it, where the journal says so. `sure`: the state is the one that it led to then, as
 * far as the journal has a mark of that; else today's machine goes another way.
 */
export type Step = Omit<KeptEntry, 'event' | 'state'> & { event: AnyEventObject; state: Folded; effects: readonly Effect[]; known: KnownMachine; version: number | undefined; sure: boolean };

type Beginning = AnyEventObject & { input?: { resumed?: unknown } };

/** An event of which today's machine can make nothing. */
type Lost = { seq: number; problem: string };

/** An actor that is gone can still be looked at: its journal says which machine it was. */
export class UnknownPast extends Error {
  override name = 'UnknownPast';
}

/** Why the state of a step may not be the one that was; undefined when it is. */
export function doubtOf({ sure, version, known }: Step): string | undefined {
  if (sure) return undefined;
  const whose = version === known.version || version === undefined ? 'the machine was another one then' : `the machine had version ${version} then, and has ${known.version} now`;
  return `${whose}: this is what today's makes of its journal, and not where it stood`;
}

/** Of the incarnation that was alive at `seq`. @throws UnknownPast when there was none, or nothing can be said of it */
export function stateAt(db: Handle, path: string, seq: number): Step {
  return foldTo(db, path, seq).last;
}

/** The same for whoever only looks: what was seen once is known, as long as the journal has it. @throws UnknownPast */
export function seenAt(db: Handle, path: string, seq: number): Step {
  const waypoints = waypointsOf(db);
  const own = lastOwnOf(db, path, seq);
  const known = own === undefined ? undefined : waypoints.seen(path, own);
  if (known) return known;
  const last = stateAt(db, path, seq);
  if (own !== undefined) waypoints.see(path, own, last);
  return last;
}

/**
 * From its first kept event up to and with `to`, without what today's machine can make nothing of.
 *
 * @param src its machine, where an older journal does not name it
 */
export function* stepsOf(db: Handle, path: string, to: number, src?: string): Generator<Step, void, void> {
  const history = new History(src);
  for (const page of pagesOf(db, path, 0, to)) for (const step of history.walk(page)) if ('state' in step) yield step;
}

/** What happened after `from`, up to and with `to`: the fold begins as near as it can. */
export function* stepsAfter(db: Handle, path: string, from: number, to: number): Generator<Step, void, void> {
  const { history, after } = startOf(db, path, from);
  for (const page of pagesOf(db, path, after, to)) for (const step of history.walk(page)) if ('state' in step && step.seq > from) yield step;
}

/** The fold as it stands after `to`, ready for what did not happen. @throws UnknownPast */
export function foldTo(db: Handle, path: string, to: number): { fold: Fold; last: Step } {
  const waypoints = waypointsOf(db);
  const { history, after, last: known } = startOf(db, path, to);
  let last: Step | Lost | undefined = known;
  for (const page of pagesOf(db, path, after, to)) {
    for (const step of history.walk(page)) last = step;
    if (page.length === PAGE && last && 'state' in last) waypoints.keep(path, { history, last });
  }
  if (!last) throw new UnknownPast(`${path} did not exist at ${to}`);
  if ('problem' in last) throw new UnknownPast(`what ${path} was at ${to} cannot be said: ${last.problem}`);
  return { fold: history.fold!, last };
}

/** The nearest place before an entry from which a fold can go on: where one has been, where the runner kept the state, or the beginning of that life. */
function startOf(db: Handle, path: string, to: number): { history: History; after: number; last?: Step } {
  const waypoint = waypointsOf(db).before(path, to, (seq) => isKept(db, path, seq));
  const kept = keptBefore(db, path, to);
  if (kept && kept.seq > (waypoint?.last.seq ?? 0)) {
    const history = History.from(kept);
    if (history) return { history, after: kept.seq };
  }
  if (waypoint) return { history: waypoint.history.copy(), after: waypoint.last.seq, last: waypoint.last };
  return { history: new History(), after: (beginningOf(db, path, to) ?? 1) - 1 };
}

function* pagesOf(db: Handle, path: string, after: number, upTo: number): Generator<KeptEntry[], void, void> {
  for (let page = journalPage(db, path, { after, upTo }); page.length > 0; page = page.length < PAGE ? [] : journalPage(db, path, { after: page.at(-1)!.seq, upTo })) yield page;
}

/** A fold on its way through a journal. */
export class History {
  fold: Fold | undefined;
  private known: KnownMachine | undefined;
  private version: number | undefined;
  private problem: string | undefined;
  private readonly src: string | undefined;

  constructor(src?: string) {
    this.src = src;
  }

  /** In a state that was stored; undefined when today's machine can make nothing of it. */
  static from({ src, version, snapshot }: StoredActor): History | undefined {
    const { value, context, status } = JSON.parse(snapshot) as Past & { status: string };
    if (status !== 'active') return undefined;
    const history = new History();
    return history.apply({ type: 'xstate.init', machine: src, version, input: { resumed: { value, context } } }) && history;
  }

  /** Goes on by itself from where this one stands. */
  copy(): History {
    const copy = new History(this.src);
    Object.assign(copy, { fold: this.fold?.copy(), known: this.known, version: this.version, problem: this.problem });
    return copy;
  }

  *walk(entries: readonly KeptEntry[]): Generator<Step | Lost, void, void> {
    for (const entry of entries) {
      const event = JSON.parse(entry.event) as AnyEventObject;
      const state = this.apply(event);
      if (state) yield this.step(entry, event, state);
      else if (this.problem !== undefined) yield { seq: entry.seq, problem: this.problem };
    }
  }

  /** A beginning of which nothing can be made takes nothing from the lives after it. */
  private apply(event: AnyEventObject): Folded | undefined {
    if (event.type !== 'xstate.init') return this.fold?.apply(event).state;
    this.fold = this.problem = undefined;
    try {
      this.begin(event);
      return this.fold!.apply(event).state;
    } catch (error) {
      this.fold = undefined;
      this.problem = (error as Error).message;
      return undefined;
    }
  }

  private begin({ machine: name = this.src, version }: AnyEventObject): void {
    this.known = machineNamed(name);
    if (!this.known) throw new UnknownPast(`it was a "${name}", and there is no such machine any more`);
    this.version = version as number | undefined;
    this.fold = new Fold(this.known);
  }

  private step({ event: _, state: mark, ...entry }: KeptEntry, event: AnyEventObject, state: Folded): Step {
    const { known, version, fold } = this;
    const isLifted = event.type === 'xstate.init' && version !== known!.version && (event as Beginning).input?.resumed !== undefined;
    return {
      ...entry, event, state, effects: fold!.effects, known: known!, version,
      // Of most steps nobody asks.
      get sure() {
        return mark === null || isLifted || markOf(state) === mark;
      },
    };
  }
}
