/** Actors that are no more, and what ended them. Their journals are kept as those of the living, so they can be looked at as they were at last. */
import type { StoppedActor, StoppedView } from '../../inspector/protocol.ts';
import { deathsByPath } from '../store/deaths-view.ts';
import type { Handle } from '../store/open.ts';
import { toldAfter, toldLast } from '../store/replay-view.ts';
import { stateAt } from './history.ts';

const MOST = 50;
/** A parent that was told more since is looked through no further. */
const LOOKED_THROUGH = 5_000;

const ROOT = 'supervisor';

/** @param only of this one alone, if it is none of the living */
export function stoppedActors(db: Handle, only?: string): StoppedView {
  // One that died and waits to be started again is still of the tree.
  const deaths = deathsByPath(db);
  const all = toldLast(db, only).filter(({ path }) => deaths.get(path)?.nextAt === undefined);
  return { actors: all.slice(0, MOST).map(({ path, ...last }) => ({ path, last, ...endOf(db, path, last.seq) })), more: Math.max(0, all.length - MOST) };
}

/** What the parent was told when it lost the child; where the parent stopped with it, what ended that. */
function endOf(db: Handle, path: string, seq: number): Pick<StoppedActor, 'end'> {
  const [parent, id] = placeOf(path);
  if (parent === undefined) return {};
  const told = toldAfter(db, parent, seq, LOOKED_THROUGH);
  const end = firstWithout(db, parent, id, told);
  if (end) return { end: { ...end, path: parent, how: end.type === `xstate.done.actor.${id}` ? 'ended' : end.type === `xstate.error.actor.${id}` ? 'died' : 'stopped' } };
  return told.length < LOOKED_THROUGH ? endOf(db, parent, told.at(-1)?.seq ?? seq) : {};
}

/** Once gone it did not come back: so what lies between is halved. */
function firstWithout(db: Handle, parent: string, id: string, told: readonly { seq: number; at: number; type: string }[]) {
  let [low, high] = [0, told.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (hasChild(db, parent, id, told[middle]!.seq)) low = middle + 1;
    else high = middle;
  }
  return told[low];
}

function hasChild(db: Handle, parent: string, id: string, seq: number): boolean {
  const { restarts } = stateAt(db, parent, seq).state.context as { restarts?: { alive: string[] } };
  return restarts?.alive.includes(id) ?? false;
}

/** Its parent, and its id there: `job/watch/stage/fetch` is `stage/fetch` of `job/watch`, which is a child of the root. */
function placeOf(path: string): [parent: string | undefined, id: string] {
  if (path === ROOT) return [undefined, path];
  const job = /^job\/[^/]+(?=\/)/.exec(path)?.[0];
  return job === undefined ? [ROOT, path] : [job, path.slice(job.length + 1)];
}
