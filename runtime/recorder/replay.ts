/**
 * Replays stored journals over today's machines: each must lead to the stored snapshot. Yesterday's journal over a machine
 * that was changed today shows what the change means.
 *
 * Lives under an older version of a machine can only be compared at their end: with the snapshot that was lifted then.
 */
import { machineNamed } from '../../machines/index.ts';
import { lifted, type Past } from '../../machines/migrations.ts';
import type { Handle } from '../store/open.ts';
import { storedActors, type StoredActor } from '../store/replay-view.ts';
import { changesBetween, type Change } from '../travel/changes.ts';
import { stepsOf, type Step } from '../travel/history.ts';

/** Where a replay first goes another way: `changes` is what this event does to the state today. */
export type Divergence = { seq: number; at: number; type: string; changes: Change[] };
/** At `seq` the actor went on as another version; `changes`: from the state that was lifted to what today's machine makes of the life before it. */
export type Lift = { seq: number; from: number; changes: Change[] };

/**
 * `problem`: why it could not be replayed. `first`: as far as the journal holds marks of the states that were.
 * `changes`: from the stored state to the replayed one. `lifts` say what to think of older entries, and are no fault.
 */
export type Replayed = { path: string; entries: number; ok: boolean; problem?: string; first?: Divergence; changes?: Change[]; lifts?: Lift[] };
/** `from`: compares nothing before it. `to`: replays nothing after it, and so cannot be compared with what is stored. */
export type Range = { from?: number; to?: number };

/** @param path of one actor; left out: all of them */
export const replayAll = (db: Handle, path?: string, range: Range = {}): Replayed[] => storedActors(db, path).map((actor) => replayed(db, actor, range));

function replayed(db: Handle, actor: StoredActor, range: Range): Replayed {
  const { path } = actor;
  try {
    return compared(db, actor, range);
  } catch (error) {
    return { path, entries: 0, ok: false, problem: (error as Error).message };
  }
}

function compared(db: Handle, actor: StoredActor, { from = 0, to }: Range): Replayed {
  const { path, src, seq } = actor;
  const lifts: Lift[] = [];
  let entries = 0;
  let last: Step | undefined;
  let first: Divergence | undefined;
  for (const step of stepsOf(db, path, Math.min(to ?? seq, seq), src)) {
    entries += 1;
    if (step.seq >= from && step.event['lifted'] !== undefined && last) lifts.push(liftOf(step, last));
    if (!first && step.seq >= from && !step.sure && isOfToday(step)) first = divergence(step, last);
    last = step;
  }
  const changes = to === undefined ? differences(actor, last?.state) : [];
  const ok = !first && changes.length === 0;
  return { path, entries, ok, ...(first && { first }), ...(changes.length > 0 && { changes }), ...(lifts.length > 0 && { lifts }) };
}

/** Marks of states of another version can tell nothing. */
const isOfToday = ({ known, version = known.version }: Step): boolean => version === known.version;

/** As today's machine has it. */
function storedState({ src, version, snapshot }: StoredActor): Past {
  const { value, context } = JSON.parse(snapshot) as Past;
  const known = machineNamed(src);
  if (!known) throw new Error(`there is no machine "${src}"`);
  return lifted(known, { value, context }, version);
}

const liftOf = ({ seq, event, state }: Step, before: Step): Lift => ({ seq, from: event['lifted'] as number, changes: changesBetween(plain(state), plain(before.state)) });

/** Byte by byte: the order of keys counts, for a row is compared as text elsewhere. What is lifted is only compared by what it says. */
function differences(actor: StoredActor, got: Past | undefined): Change[] {
  const stored = storedState(actor);
  const [want, have] = [stored, got].map((state) => ({ value: state?.value, context: state?.context }));
  const changes = changesBetween(want, have);
  if (changes.length > 0 || actor.version !== machineNamed(actor.src)!.version || JSON.stringify(want) === JSON.stringify(have)) return changes;
  return [{ at: 'order of keys', before: JSON.stringify(want), after: JSON.stringify(have) }];
}

const divergence = ({ seq, at, event, state }: Step, before: Step | undefined): Divergence => ({ seq, at, type: event.type, changes: changesBetween(before && plain(before.state), plain(state)) });
const plain = ({ value, context }: Past): Past => ({ value, context });
