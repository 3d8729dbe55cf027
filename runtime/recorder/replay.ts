/**
 * Replays stored journals over today's machines: each must lead to the stored snapshot. Yesterday's journal over a machine
 * that was changed today shows what the change means.
 */
import type { Handle } from '../store/open.ts';
import { storedActors, type StoredActor } from '../store/replay-view.ts';
import { changesBetween, type Change } from '../travel/changes.ts';
import { stepsOf, UnknownPast, type Step } from '../travel/history.ts';
import { markOf } from './mark.ts';

/** Where a replay first goes another way: `changes` is what this event does to the state today. */
export type Divergence = { seq: number; at: number; type: string; changes: Change[] };

/**
 * `problem`: why it could not be replayed. `first`: as far as the journal holds marks of the states that were.
 * `changes`: from the stored state to the replayed one.
 */
export type Replayed = { path: string; entries: number; ok: boolean; problem?: string; first?: Divergence; changes?: Change[] };
/** `from`: compares nothing before it. `to`: replays nothing after it, and so cannot be compared with what is stored. */
export type Range = { from?: number; to?: number };

/** @param path of one actor; left out: all of them */
export const replayAll = (db: Handle, path?: string, range: Range = {}): Replayed[] => storedActors(db, path).map((actor) => replayed(db, actor, range));

function replayed(db: Handle, actor: StoredActor, range: Range): Replayed {
  const { path } = actor;
  try {
    return compared(db, actor, range);
  } catch (error) {
    if (!(error instanceof UnknownPast)) throw error;
    return { path, entries: 0, ok: false, problem: error.message };
  }
}

function compared(db: Handle, { path, src, seq, snapshot }: StoredActor, { from = 0, to }: Range): Replayed {
  let entries = 0;
  let last: Step | undefined;
  let first: Divergence | undefined;
  for (const step of stepsOf(db, path, Math.min(to ?? seq, seq), src)) {
    entries += 1;
    if (!first && step.seq >= from && step.mark !== null && markOf(step.state) !== step.mark) first = divergence(step, last);
    last = step;
  }
  const changes = to === undefined ? differences(JSON.parse(snapshot) as StateOf, last?.state) : [];
  const ok = !first && changes.length === 0;
  return { path, entries, ok, ...(first && { first }), ...(changes.length > 0 && { changes }) };
}

type StateOf = { value: unknown; context: unknown };

/** Byte by byte: the order of keys counts, for a row is compared as text elsewhere. */
function differences(stored: StateOf, got: StateOf | undefined): Change[] {
  const [want, have] = [stored, got].map((state) => ({ value: state?.value, context: state?.context }));
  if (JSON.stringify(want) === JSON.stringify(have)) return [];
  const changes = changesBetween(want, have);
  return changes.length > 0 ? changes : [{ at: 'order of keys', before: JSON.stringify(want), after: JSON.stringify(have) }];
}

const divergence = ({ seq, at, event, state }: Step, before: Step | undefined): Divergence => ({
  seq,
  at,
  type: event.type,
  changes: changesBetween(before && { value: before.state.value, context: before.state.context }, { value: state.value, context: state.context }),
});
