/** Two events, and the time between them. */
import type { EventView } from '../../protocol.ts';
import { exactSpan, exactTime, plain } from '../format.ts';
import { useAnswer } from '../use-answer.ts';

/** `unpin`: the address without one of them. */
export function Pins({ seqs, unpin }: { seqs: readonly number[]; unpin(seq: number): string }) {
  const { view, error } = useAnswer({ type: 'eventsNumbered', seqs: seqs.toSorted((a, b) => a - b) });
  if (error !== undefined) return <p class="bad">{error}</p>;
  const [first, second] = view?.events ?? [];
  return (
    <section class="pins" aria-label="Pinned events">
      {seqs.filter((seq) => view && !view.events.some((event) => event.seq === seq)).map((seq) => <span key={seq} class="dim">{plain(seq)} is no longer in the journal <a href={unpin(seq)}>unpin</a></span>)}
      {first && <Pin event={first} unpin={unpin(first.seq)} />}
      {first && second && <strong class="between" title={`${plain(second.seq - first.seq)} numbers of the journal apart`}>{exactSpan(second.at - first.at)}</strong>}
      {second ? <Pin event={second} unpin={unpin(second.seq)} /> : <span class="dim">pin another one to see the time between them</span>}
    </section>
  );
}

function Pin({ event: { seq, at, path, event }, unpin }: { event: EventView; unpin: string }) {
  return <span class="pinned"><span class="n">{plain(seq)}</span> <span class="time">{exactTime(at)}</span> <code>{event.type}</code> <span class="dim">{path}</span> <a href={unpin} aria-label={`Unpin ${seq}`}>×</a></span>;
}
