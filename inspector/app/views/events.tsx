/** The journal: what every actor was told, the newest first, with who told it and because of what. */
import { useState } from 'preact/hooks';
import type { EventView } from '../../protocol.ts';
import { exactTime, plain } from '../format.ts';
import { seq } from '../model.ts';
import { go, route, to } from '../route.ts';
import { Json } from '../ui/json.tsx';
import { useAnswer } from '../use-answer.ts';

const PAGE = 100;

export function EventsView() {
  const { query } = route.value;
  const [path, types, before] = [query.get('path') ?? '', query.get('types') ?? '', query.get('before')];
  const one = Number(query.get('seq')) || undefined;
  const at = one === undefined ? (before === null ? undefined : Number(before)) : one + PAGE / 2;
  // A page of the past does not change.
  const version = at === undefined ? seq.value : 0;
  const { view, error } = useAnswer({ type: 'events', limit: PAGE, ...(path && { path }), ...(types && { types: types.split(/[\s,]+/).filter(Boolean) }), ...(at !== undefined && { before: at }) }, version);
  const address = (change: Record<string, string | number | undefined>) => to('events', '', { path, types, ...change });
  return (
    <div class="events">
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>Actor <input data-filter type="search" placeholder="job/papers" value={path} onChange={(event) => go(address({ path: event.currentTarget.value.trim() }))} /></label>
        <label>Types <input type="search" placeholder="PAUSE, stage.settled" value={types} onChange={(event) => go(address({ types: event.currentTarget.value.trim() }))} /></label>
        {at === undefined ? <span class="dim">newest first, as they come</span> : <a class="button" href={address({})}>Back to the newest</a>}
      </form>
      {error !== undefined && <p class="bad">{error}</p>}
      {view?.events.length === 0 && <p class="empty">Nothing was told {path ? `to ${path}` : 'to anybody'}{types && ` of the types ${types}`}.</p>}
      <table>
        <thead><tr><th scope="col">no.</th><th scope="col">time</th><th scope="col">actor</th><th scope="col">event</th><th scope="col">from</th><th scope="col">because of</th></tr></thead>
        <tbody>{view?.events.map((event) => <Row key={event.seq} event={event} isChosen={event.seq === one} />)}</tbody>
      </table>
      {view?.next !== undefined && <a class="button" href={address({ before: view.next })}>Older</a>}
    </div>
  );
}

function Row({ event: { seq, at, path, event, source, cause }, isChosen }: { event: EventView; isChosen: boolean }) {
  const [isOpen, setOpen] = useState(isChosen);
  const { type, at: _, ...rest } = event;
  const hasMore = Object.keys(rest).length > 0;
  return (
    <>
      <tr class={isChosen ? 'chosen' : ''}>
        <td class="n"><a data-row href={to('events', '', { seq })}>{plain(seq)}</a></td>
        <td class="time">{exactTime(at)}</td>
        <td><a href={to('actors', path)}>{path}</a></td>
        <td>{hasMore ? <button class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}><code>{type}</code></button> : <code>{type}</code>}</td>
        <td class="dim">{source ?? '–'}</td>
        <td class="n">{cause === null ? '–' : <a href={to('events', '', { seq: cause })}>{plain(cause)}</a>}</td>
      </tr>
      {isOpen && hasMore && <tr class="more"><td colSpan={6}><Json value={rest} /></td></tr>}
    </>
  );
}
