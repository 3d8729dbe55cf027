/** Actors that are no more: folded at the foot of the tree, each leading to how it stood at its end. */
import { useState } from 'preact/hooks';
import type { StoppedActor } from '../../protocol.ts';
import { ago, dateTime } from '../format.ts';
import { beat, now } from '../model.ts';
import { to } from '../route.ts';
import { useAnswer } from '../use-answer.ts';

/** They are asked for when somebody wants to see them. */
export function Stopped({ filter }: { filter: string }) {
  const [isOpen, setOpen] = useState(false);
  const { view, error } = useAnswer(isOpen ? { type: 'stopped' } : undefined);
  const shown = (view?.actors ?? []).filter(({ path }) => path.includes(filter));
  return (
    <details class="stopped" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>stopped{view && ` (${view.actors.length + view.more})`}</summary>
      {error !== undefined && <p class="bad">{error}</p>}
      {isOpen && !view && error === undefined && <p class="dim">Looking through the journal.</p>}
      {view && view.actors.length === 0 && <p class="dim">None of which something is kept.</p>}
      <ul>
        {shown.map((actor) => (
          <li key={actor.path}>
            <a data-row href={atItsEnd(actor)} title={`${actor.path}: ${whyOf(actor)}`}>
              <span class="name">{actor.path}</span>
              <time class="state" dateTime={new Date(whenOf(actor)).toISOString()}>{ago(whenOf(actor), now.value)}</time>
            </a>
            <span class="why dim">{whyOf(actor)}</span>
          </li>
        ))}
      </ul>
      {view && view.more > 0 && <p class="dim">and {view.more} that stopped before</p>}
    </details>
  );
}

/** In the place of one that lives no more. */
export function StoppedOne({ path }: { path: string }) {
  const { view } = useAnswer({ type: 'stopped', path }, beat.value);
  const [actor] = view?.actors ?? [];
  if (!actor) return null;
  return <p class="empty">It stopped {dateTime(whenOf(actor))}: {whyOf(actor)}. <a href={atItsEnd(actor)}>How it stood at its end</a>, and <a href={to('events', '', { path })}>its journal</a></p>;
}

const atItsEnd = ({ path, last }: StoppedActor): string => to('actors', path, { at: last.seq });
const whenOf = ({ last, end }: StoppedActor): number => end?.at ?? last.at;

function whyOf({ last, end }: StoppedActor): string {
  if (!end) return `it was told ${last.type} last; what stopped it is kept no longer`;
  if (end.how === 'ended') return `it came to its end with ${last.type}`;
  if (end.how === 'died') return `it died of ${last.type}`;
  return `${end.path} was told ${end.type}`;
}
