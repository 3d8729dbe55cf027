import { useEffect, useState } from 'preact/hooks';
import type { ActorView, MovedFrame, Taken } from '../protocol.ts';
import { boots, isShown, link, moved, wire } from './model.ts';
import { keyOf } from './ui/chart.tsx';

/** `taken`: the steps of the last frame that had any, of which `beat` is the number. `visits`: how often each transition was taken since it is watched. */
export type Live = { actor: ActorView; before?: ActorView; events: MovedFrame['events']; taken: Taken[]; beat: number; visits: ReadonlyMap<string, number> };
const KEPT_EVENTS = 50;

/** The actor as it is, kept up to date by what the runner sends of it, for as long as somebody sees the page. */
export function useWatched(path: string): { live?: Live; error?: string } {
  const [live, setLive] = useState<Live | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const open = link.value.state === 'live' || link.value.state === 'behind';
  useEffect(() => {
    if (!open || !isShown.value) return;
    let isOver = false;
    wire.ask({ type: 'watch', path }).then(
      ({ actor }) => {
        if (isOver) return;
        if (actor) setLive((last) => ({ events: [], taken: [], beat: 0, visits: new Map(), ...last, actor }));
        setError(actor ? undefined : `no actor has the path "${path}"`);
      },
      (failure: Error) => void (isOver || setError(failure.message)),
    );
    const stop = moved.subscribe((frame) => {
      if (frame?.path === path) setLive((last) => next(last, frame));
    });
    return () => {
      isOver = true;
      stop();
      wire.ask({ type: 'watch', path: null }).catch(() => {});
    };
  }, [path, open, boots.value, isShown.value]);
  return { ...(live && { live }), ...(error !== undefined && { error }) };
}

function next(last: Live | undefined, { actor, events }: MovedFrame): Live {
  const taken = events.flatMap((event) => event.taken);
  return {
    actor,
    ...(last && { before: last.actor }),
    events: [...events.toReversed(), ...(last?.events ?? [])].slice(0, KEPT_EVENTS),
    taken: taken.length > 0 ? taken : (last?.taken ?? []),
    beat: (last?.beat ?? 0) + (taken.length > 0 ? 1 : 0),
    visits: counted(last?.visits ?? new Map(), taken),
  };
}

function counted(visits: ReadonlyMap<string, number>, taken: readonly Taken[]): ReadonlyMap<string, number> {
  const sum = new Map(visits);
  for (const key of taken.map(keyOf)) sum.set(key, (sum.get(key) ?? 0) + 1);
  return sum;
}
