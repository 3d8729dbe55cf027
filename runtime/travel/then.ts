/** The whole tree as it was: every actor that lived, with its state, what held the jobs, and how far the work had come. */
import { machines } from '../../machines/index.ts';
import type { Handle } from '../store/open.ts';
import { timeOfSeq, workAt, type WorkThen } from '../store/replay-view.ts';
import { doubtOf, seenAt, UnknownPast } from './history.ts';

/** `doubt`: why it may have been otherwise. One of which nothing can be said has no state, and the status `unknown`. */
export type ActorThen = { path: string; value: unknown; context: unknown; status: string; doubt?: string };
/** `at` in ms since the epoch. The root comes first, then each parent before its children. */
export type SystemThen = { seq: number; at: number; actors: ActorThen[]; work: WorkThen[] };

const ROOT = 'supervisor';

/**
 * The system at an entry is every actor at that entry.
 *
 * @param asked the time that was meant, where it was one (ms since the epoch): more may have been done since the last entry by then
 * @throws UnknownPast before the first one
 */
export function systemAt(db: Handle, seq: number, asked?: number): SystemThen {
  const at = asked ?? timeOfSeq(db, seq);
  if (at === undefined || seq === 0) throw new UnknownPast(`nothing is known of ${seq}: the journal begins later`);
  return { seq, at, actors: withChildren(db, ROOT, seq), work: workAt(db, { seq, at, asked: asked !== undefined }) };
}

export function actorAt(db: Handle, path: string, seq: number): ActorThen {
  const step = seenAt(db, path, seq);
  const { value, context, status } = step.state;
  const doubt = doubtOf(step);
  return { path, value, context, status, ...(doubt !== undefined && { doubt }) };
}

function actorThen(db: Handle, path: string, seq: number): ActorThen {
  try {
    return actorAt(db, path, seq);
  } catch (error) {
    if (!(error instanceof UnknownPast) || path === ROOT) throw error;
    return { path, value: null, context: {}, status: 'unknown', doubt: error.message };
  }
}

/** Who lived is what their parent says: a journal does not end when its actor does. What is no machine has no state. */
function withChildren(db: Handle, path: string, seq: number): ActorThen[] {
  const actor = actorThen(db, path, seq);
  const { restarts } = actor.context as { restarts?: { alive: string[] } };
  const below = (restarts?.alive ?? []).map((id) => (path === ROOT ? id : `${path}/${id}`)).filter(isMachine);
  return [actor, ...below.flatMap((child) => withChildren(db, child, seq))];
}

const isMachine = (path: string): boolean => Object.values(machines).some((known) => known.path.test(path));
