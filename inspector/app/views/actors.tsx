/** Every actor, and the chart of the one that is chosen: where it is, what it may be told, and what it was told last. */
import { useState } from 'preact/hooks';
import type { ActorLine, ActorView, Offer } from '../../protocol.ts';
import { ago, clockTime, dateTime, span } from '../format.ts';
import { beat, now } from '../model.ts';
import { go, route, to } from '../route.ts';
import { isPast, locked, then } from '../time.ts';
import { Chart } from '../ui/chart.tsx';
import { needsPayload, saidOf, send, sendLine } from '../send.ts';
import { Name } from '../ui/name.tsx';
import { Json } from '../ui/json.tsx';
import { PayloadForm } from '../ui/payload-form.tsx';
import { VirtualList } from '../ui/virtual-list.tsx';
import { ActorTable } from './actor-table.tsx';
import { Stopped, StoppedOne } from './stopped.tsx';
import './actors.css';
import { useAnswer } from '../use-answer.ts';
import { useWatched, type Live } from '../use-watched.ts';
import { ActorThen } from './actor-then.tsx';

export function ActorsView() {
  const path = route.value.rest || 'supervisor';
  if (route.value.query.get('as') === 'table' && !isPast.value) return <><p><a class="button" href={to('actors', path)}>As charts</a></p><ActorTable /></>;
  return (
    <div class="actors">
      <Tree chosen={path} />
      {isPast.value ? <ActorThen key={path} path={path} /> : <Actor key={path} path={path} />}
    </div>
  );
}

function Tree({ chosen }: { chosen: string }) {
  const [filter, setFilter] = useState('');
  const { view, error } = useAnswer(isPast.value ? undefined : { type: 'actors' }, beat.value);
  const actors = isPast.value ? then.value?.view?.actors : view?.actors;
  const shown = (actors ?? []).filter(({ path }) => path.includes(filter));
  const all = new Set(actors?.map(({ path }) => path));
  return (
    <nav class="tree" aria-label="Actors">
      <input data-filter type="search" placeholder="part of a path" aria-label="Filter actors" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      {error !== undefined && !isPast.value && <p class="bad">{error}</p>}
      {!isPast.value && <p class="tree-tools"><a href={to('actors', '', { as: 'table', sort: 'rate' })}>As a table: busiest first</a></p>}
      <div class="tree-list" style={{ '--rows': String(shown.length) }}>
        <VirtualList
          count={shown.length} rowHeight={ROW_PX} label="All actors" list={`actors ${filter}`} meant={{ key: chosen, index: shown.findIndex(({ path }) => path === chosen) }}
          keyOf={(index) => shown[index]?.path ?? index} row={(index) => shown[index] && <Line actor={shown[index]} parents={parentsOf(shown[index].path, all)} isChosen={shown[index].path === chosen} />}
        />
      </div>
      {!isPast.value && <Stopped filter={filter} />}
    </nav>
  );
}

/** As high as `.tree-list` counts with. */
const ROW_PX = 28;

/** Those above it, the nearest last: paths that its own begins with. The root is not told. */
const parentsOf = (path: string, all: ReadonlySet<string>): string[] => path.split('/').map((_, n, steps) => steps.slice(0, n).join('/')).filter((above) => all.has(above));

const ROOT = 'supervisor';

type LineProps = { actor: ActorLine & { doubt?: string }; parents: readonly string[]; isChosen: boolean };

function Line({ actor: { path, state, restarts, last, doubt, perSecond, mailbox }, parents, isChosen }: LineProps) {
  const depth = path === ROOT ? 0 : 1 + parents.length;
  const name = path.slice(parents.length === 0 ? 0 : parents.at(-1)!.length + 1);
  const isRecent = last !== undefined && now.value - last.at < 2_000;
  return (
    <a data-row href={to('actors', path)} class={`depth-${depth}`} aria-current={isChosen ? 'true' : undefined} title={last && `${last.type}, ${ago(last.at, now.value)}`}>
      <i class={isRecent ? 'beat on' : 'beat'} aria-hidden="true" />
      <span class="name">{name}</span>
      {restarts && <span class="bad" title={`died: ${restarts.error}`}>↻{restarts.count}</span>}
      {doubt !== undefined && <span class="wait" title={doubt}>?</span>}
      {mailbox !== undefined && <span class="bad" title="Events that wait for it">✉{mailbox}</span>}
      {perSecond !== undefined && perSecond >= 0.5 && <span class="rate" title="Events a second in the last 10 s">{Math.round(perSecond)}/s</span>}
      <span class={restarts?.nextAt === undefined ? 'state' : 'state bad'} title={state}>{state}</span>
    </a>
  );
}

function Actor({ path }: { path: string }) {
  const { live, error } = useWatched(path);
  const [asked, setAsked] = useState<string | undefined>(undefined);
  const isGone = error !== undefined || (live?.actor.machine === '' && live.actor.restarts === undefined);
  if (isGone) return <section class="actor"><p class="empty bad">{error ?? `${path} is no more`}</p><StoppedOne path={path} /></section>;
  if (!live) return <section class="actor"><p class="empty">Reading the actor.</p></section>;
  const { actor } = live;
  return (
    <>
      <section class="actor" aria-label={path}>
        <header>
          <h2><Name of={path} /></h2>
          <span class="dim">{actor.machine} · version {actor.version}</span>
          {actor.restarts && <span class="bad" title={actor.restarts.error}>died {actor.restarts.count} times, last {ago(actor.restarts.lastAt, now.value)}</span>}
        </header>
        <ChartOf live={live} onAsk={setAsked} />
      </section>
      <aside class="drawer" aria-label="The actor in detail">
        <Offers actor={actor} asked={asked} onAsk={setAsked} />
        <Children actor={actor} />
        <Context live={live} />
        <LastEvents live={live} />
      </aside>
    </>
  );
}

function ChartOf({ live, onAsk }: { live: Live; onAsk(event: string): void }) {
  const { view, error } = useAnswer({ type: 'chart', machine: live.actor.machine });
  if (error !== undefined) return <p class="bad">{error}</p>;
  if (!view) return <p class="empty">Drawing the chart.</p>;
  const { actor, taken, beat, visits } = live;
  const tell = (event: string) => {
    const offer = actor.offers?.find((one) => one.event === event);
    if (offer && needsPayload(offer)) onAsk(event);
    else void send(actor.path, event);
  };
  const isHot = route.value.query.get('heat') !== null;
  return (
    <>
      <Chart view={view} actor={actor} taken={taken} beat={beat} {...(isHot && { visits })} onSend={tell} />
      <label class="heat"><input type="checkbox" checked={isHot} onChange={() => go(to('actors', actor.path, { ...Object.fromEntries(route.value.query), heat: isHot ? undefined : 1 }))} /> how often each way was taken since you look</label>
    </>
  );
}

/** `asked`: the event of which it is asked what it is to hold. */
function Offers({ actor: { path, offers = [] }, asked, onAsk }: { actor: ActorView; asked: string | undefined; onAsk(event: string | undefined): void }) {
  if (offers.length === 0) return null;
  return (
    <section>
      <h3>What it can be told</h3>
      <ul class="offers">
        {offers.map((offer) => <li key={offer.event}><OfferButton path={path} offer={offer} isOpen={asked === offer.event} setOpen={(isOpen) => onAsk(isOpen ? offer.event : undefined)} /></li>)}
      </ul>
    </section>
  );
}

function OfferButton({ path, offer, isOpen, setOpen }: { path: string; offer: Offer; isOpen: boolean; setOpen(open: boolean): void }) {
  const { event, accepted, reason, description, payload } = offer;
  const id = `offer-${event}`;
  const mayHold = payload?.length !== 0;
  return (
    <>
      <button class="event" disabled={!accepted || locked.value !== undefined} title={locked.value} aria-describedby={id} onClick={() => (needsPayload(offer) ? setOpen(true) : void send(path, event))}>{event}</button>
      <span id={id} class="dim">
        {accepted ? description : reason}
        {accepted && mayHold && locked.value === undefined && <> <button class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} aria-label={`${event} with …`} title="Say what it holds">with …</button></>}
      </span>
      {isOpen && accepted && <PayloadForm event={event} fields={payload} line={sendLine(path, offer)} said={saidOf(event)} onSend={(given) => send(path, event, given)} onDone={() => setOpen(false)} />}
    </>
  );
}

/** What it runs: actors have charts of their own. */
function Children({ actor: { children = [] } }: { actor: ActorView }) {
  if (children.length === 0) return null;
  return (
    <section>
      <h3>What it runs</h3>
      <ul class="children">
        {children.map(({ id, path, of, isActor, since }) => (
          <li key={id}>{isActor ? <a href={to('actors', path)}>{id}</a> : <span>{id}</span>} <span class="dim">{of === id ? 'is at work' : of}</span>{since !== undefined && <time class="n dim" title={`Since ${dateTime(since)}`}>{span(Math.max(0, now.value - since))}</time>}</li>
        ))}
      </ul>
    </section>
  );
}

/** What differs from the step before is marked. */
function Context({ live: { actor, before } }: { live: Live }) {
  return (
    <section>
      <h3>Context</h3>
      <div class="json-tree"><Json value={actor.context} before={before?.context} /></div>
    </section>
  );
}

function LastEvents({ live: { actor, events } }: { live: Live }) {
  return (
    <section>
      <h3>Since you look</h3>
      {events.length === 0 && <p class="dim">It was told nothing yet.</p>}
      <ol class="ticker">
        {events.map(({ seq, at, type, taken }) => (
          <li key={seq}>
            <a href={to('actors', actor.path, { at: seq })} title="How it stood after this">{clockTime(at)}</a> <code>{type}</code>
            {taken.length === 0 && <span class="dim"> no step</span>}
          </li>
        ))}
      </ol>
      <a href={to('events', '', { path: actor.path })}>All its events</a>
    </section>
  );
}
