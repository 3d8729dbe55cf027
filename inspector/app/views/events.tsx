/** The journal: what every actor was told, the newest first, with who told it and because of what. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EventView } from '../../protocol.ts';
import { exactTime, plain } from '../format.ts';
import { seq } from '../model.ts';
import { go, route, to } from '../route.ts';
import { shownSeq } from '../time.ts';
import { Json } from '../ui/json.tsx';
import { useAnswer } from '../use-answer.ts';
import { Chain } from './event-chain.tsx';
import { Pins } from './event-pins.tsx';
import './events.css';

const PAGE = 100;
const MOST_PINS = 2;

/** What the address says: which events are shown, which one is chosen, which are pinned. */
type Shown = { path: string; types: string[]; not: string[]; one: number | undefined; pins: number[]; before: number | undefined };

function shown(query: URLSearchParams): Shown {
  const list = (key: string) => (query.get(key) ?? '').split(',').filter(Boolean);
  const number = (key: string) => Number(query.get(key)) || undefined;
  return { path: query.get('path') ?? '', types: list('types'), not: list('not'), one: number('seq'), pins: list('pins').map(Number).filter(Boolean).slice(-MOST_PINS), before: number('before') };
}

/** The same address with something else in it; what is `undefined` goes. */
function address(change: Record<string, string | number | readonly (string | number)[] | undefined>): string {
  const query: Record<string, string | number | undefined> = Object.fromEntries(route.value.query);
  for (const [key, value] of Object.entries(change)) query[key] = typeof value === 'object' ? value.join(',') : value;
  return to('events', '', query);
}

/** Where the journal ended at the moment that is looked at. */
const pastEnd = (): number | undefined => (shownSeq.value === undefined ? undefined : shownSeq.value + 1);

const without = <T,>(all: readonly T[], one: T): T[] => all.filter((other) => other !== one);
const withOne = <T,>(all: readonly T[], one: T): T[] => [...without(all, one), one];

export function EventsView() {
  const { path, types, not, one, pins, before } = shown(route.value.query);
  // The chosen one in the middle of its page.
  const at = before ?? (one === undefined ? pastEnd() : one + PAGE / 2);
  // A page of the past does not change.
  const version = at === undefined ? seq.value : 0;
  const { view, error } = useAnswer({ type: 'events', limit: PAGE, ...(path && { path }), ...(types.length > 0 && { types }), ...(not.length > 0 && { not }), ...(at !== undefined && { before: at }) }, version);
  return (
    <div class={one === undefined ? 'events' : 'events with-chain'}>
      <div>
        <Filters path={path} types={types} not={not} known={[...new Set(view?.events.map(({ event }) => event.type))].sort()} isPast={(before ?? one) !== undefined} />
        {pins.length > 0 && <Pins seqs={pins} unpin={(pin) => address({ pins: without(pins, pin) })} />}
        {error !== undefined && <p class="bad">{error}</p>}
        {view?.events.length === 0 && <p class="empty">Nothing {view.next === undefined ? '' : 'in this part of the journal '}was told {path ? `to ${path}` : 'to anybody'}{types.length > 0 && ` of the types ${types.join(', ')}`}{not.length > 0 && `, other than ${not.join(', ')}`}.</p>}
        <table>
          <thead><tr><th scope="col"><span class="unseen">pin</span></th><th scope="col">no.</th><th scope="col">time</th><th scope="col">actor</th><th scope="col">event</th><th scope="col">from</th><th scope="col">because of</th></tr></thead>
          <tbody>{view?.events.map((event) => <Row key={event.seq} event={event} isChosen={event.seq === one} pins={pins} types={types} not={not} />)}</tbody>
        </table>
        {view?.next !== undefined && <a class="button" href={address({ before: view.next })}>Older</a>}
      </div>
      {one !== undefined && <Chain seq={one} choose={(chosen) => address({ seq: chosen, before: undefined })} close={address({ seq: undefined })} />}
    </div>
  );
}

type FiltersProps = { path: string; types: readonly string[]; not: readonly string[]; known: readonly string[]; isPast: boolean };

function Filters({ path, types, not, known, isPast }: FiltersProps) {
  const { view } = useAnswer({ type: 'actors' });
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>Actor and below <input data-filter type="search" list="actor-paths" placeholder="job/papers" value={path} onChange={(event) => go(address({ path: event.currentTarget.value.trim(), before: undefined, seq: undefined }))} /></label>
      <datalist id="actor-paths">{view?.actors.map((actor) => <option key={actor.path} value={actor.path} />)}</datalist>
      <label>Types <input type="search" list="event-types" placeholder="PAUSE, or !stage.settled" title="Several, one after another; ! before one leaves it out" onChange={(event) => addType(event.currentTarget, types, not)} /></label>
      <datalist id="event-types">{known.flatMap((type) => [<option key={type} value={type} />, <option key={`!${type}`} value={`!${type}`} />])}</datalist>
      {types.map((type) => <a key={type} class="tag" href={address({ types: without(types, type), before: undefined })} title="Take this filter away">{type} <span aria-hidden="true">×</span></a>)}
      {not.map((type) => <a key={type} class="tag not" href={address({ not: without(not, type), before: undefined })} title="Show these again">not {type} <span aria-hidden="true">×</span></a>)}
      {isPast ? <a class="button" href={address({ before: undefined, seq: undefined })}>Back to the newest</a> : <span class="dim">newest first, {shownSeq.value === undefined ? 'as they come' : 'up to that moment'}</span>}
    </form>
  );
}

/** `a, !b` */
function addType(input: HTMLInputElement, types: readonly string[], not: readonly string[]): void {
  const words = input.value.split(/[\s,]+/).filter((word) => word.replace('!', '') !== '');
  input.value = '';
  if (words.length === 0) return;
  const [left, wanted] = [words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)), words.filter((word) => !word.startsWith('!'))];
  go(address({ types: wanted.reduce<string[]>(withOne, [...types]), not: left.reduce<string[]>(withOne, [...not]), before: undefined }));
}

type RowProps = { event: EventView; isChosen: boolean; pins: readonly number[]; types: readonly string[]; not: readonly string[] };

function Row({ event: { seq, at, path, event, source, cause }, isChosen, pins, types, not }: RowProps) {
  const [isOpen, setOpen] = useState(isChosen);
  const { type, at: _, ...rest } = event;
  const isPinned = pins.includes(seq);
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'center' });
  }, [isChosen]);
  return (
    <>
      <tr ref={row} class={isChosen ? 'chosen' : ''}>
        <td><a class="pin" href={address({ pins: isPinned ? without(pins, seq) : withOne(pins, seq).slice(-MOST_PINS) })} aria-label={`${isPinned ? 'Unpin' : 'Pin'} ${seq}`} aria-current={isPinned} title="Pin two events to see the time between them">◉</a></td>
        <td class="n"><a data-row href={address({ seq, before: undefined })} title="What led to it, and what it led to">{plain(seq)}</a></td>
        <td class="time"><a href={to('actors', path, { at: seq })} title="How the actor stood after this">{exactTime(at)}</a></td>
        <td><a href={to('actors', path)}>{path}</a></td>
        <td><button class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}><code>{type}</code></button></td>
        <td class="dim">{source ?? '–'}</td>
        <td class="n">{cause === null ? '–' : <a href={address({ seq: cause, before: undefined })}>{plain(cause)}</a>}</td>
      </tr>
      {isOpen && (
        <tr class="more">
          <td colSpan={7}>
            <p><a class="button" href={address({ types: withOne(types, type), before: undefined })}>Only this type</a> <a class="button" href={address({ not: withOne(not, type), before: undefined })}>Without this type</a> <a class="button" href={address({ path, before: undefined })}>Only this actor</a></p>
            {Object.keys(rest).length > 0 ? <Json value={rest} /> : <span class="dim">It holds nothing more.</span>}
          </td>
        </tr>
      )}
    </>
  );
}
