/** The whole tree as it was: every actor that lived, with its state, what held the jobs, and how far the work had come. */
import { machines } from '../../machines/index.ts';
import type { Handle } from '../store/open.ts';
import { timeOfSeq, workAt, type WorkThen } from '../store/replay-view.ts';
import { stateAt, UnknownPast } from './history.ts';

export type ActorThen = { path: string; value: unknown; context: unknown; status: string };
/** `at` in ms since the epoch. The root comes first, then each parent before its children. */
export type SystemThen = { seq: number; at: number; actors: ActorThen[]; work: WorkThen[] };

const ROOT = 'supervisor';

/** The system at an entry is every actor at that entry. @throws UnknownPast before the first one */
export function systemAt(db: Handle, seq: number): SystemThen {
  const at = timeOfSeq(db, seq);
  if (at === undefined) throw new UnknownPast(`nothing is known of ${seq}: the journal begins later`);
  return { seq, at, actors: withChildren(db, ROOT, seq), work: workAt(db, at) };
}

export function actorAt(db: Handle, path: string, seq: number): ActorThen {
  const { state } = stateAt(db, path, seq);
  const { value, context, status } = state;
  return { path, value, context, status };
}

/** Who lived is what their parent says: a journal does not end when its actor does. What is no machine has no state. */
function withChildren(db: Handle, path: string, seq: number): ActorThen[] {
  const actor = actorAt(db, path, seq);
  const { restarts } = actor.context as { restarts?: { alive: string[] } };
  const below = (restarts?.alive ?? []).map((id) => (path === ROOT ? id : `${path}/${id}`)).filter(isMachine);
  return [actor, ...below.flatMap((child) => withChildren(db, child, seq))];
}

const isMachine = (path: string): boolean => Object.values(machines).some((known) => known.path.test(path));
