/** Every actor, and the chart of the one that is chosen: where it is, what it may be told, and what it was told last. */
import { useState } from 'preact/hooks';
import type { ActorLine, ActorView, Offer } from '../../protocol.ts';
import { ago, clockTime } from '../format.ts';
import { act, beat, now } from '../model.ts';
import { go, route, to } from '../route.ts';
import { Chart } from '../ui/chart.tsx';
import { Json } from '../ui/json.tsx';
import './actors.css';
import { useAnswer } from '../use-answer.ts';
import { useWatched, type Live } from '../use-watched.ts';

export function ActorsView() {
  const path = route.value.rest || 'supervisor';
  return (
    <div class="actors">
      <Tree chosen={path} />
      <Actor key={path} path={path} />
    </div>
  );
}

function Tree({ chosen }: { chosen: string }) {
  const [filter, setFilter] = useState('');
  const { view, error } = useAnswer({ type: 'actors' }, beat.value);
  const shown = (view?.actors ?? []).filter(({ path }) => path.includes(filter));
  return (
    <nav class="tree" aria-label="Actors">
      <input data-filter type="search" placeholder="part of a path" aria-label="Filter actors" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      {error !== undefined && <p class="bad">{error}</p>}
      <ul>{shown.map((actor) => <Line key={actor.path} actor={actor} isChosen={actor.path === chosen} />)}</ul>
    </nav>
  );
}

function Line({ actor: { path, state, restarts, last }, isChosen }: { actor: ActorLine; isChosen: boolean }) {
  const [first = '', ...below] = path.split('/');
  // What a job is made of stands below it, however its path goes on.
  const depth = below.length === 0 ? 0 : Math.min(below.length, 2);
  const name = first === 'job' && depth === 2 ? below.slice(1).join('/') : path;
  const isRecent = last !== undefined && now.value - last.at < 2_000;
  return (
    <li>
      <a data-row href={to('actors', path)} class={`depth-${depth}`} aria-current={isChosen ? 'true' : undefined} title={last && `${last.type}, ${ago(last.at, now.value)}`}>
        <i class={isRecent ? 'beat on' : 'beat'} aria-hidden="true" />
        <span class="name">{name}</span>
        {restarts && <span class="bad" title={`died: ${restarts.error}`}>↻{restarts.count}</span>}
        <span class="state" title={state}>{state}</span>
      </a>
    </li>
  );
}

function Actor({ path }: { path: string }) {
  const { live, error } = useWatched(path);
  if (!live) return <section class="actor"><p class={error === undefined ? 'empty' : 'empty bad'}>{error ?? 'Reading the actor.'}</p></section>;
  const { actor } = live;
  return (
    <>
      <section class="actor" aria-label={path}>
        <header>
          <h2>{path}</h2>
          <span class="dim">{actor.machine} · version {actor.version}</span>
          {actor.restarts && <span class="bad" title={actor.restarts.error}>died {actor.restarts.count} times, last {ago(actor.restarts.lastAt, now.value)}</span>}
        </header>
        <ChartOf live={live} />
      </section>
      <aside class="drawer" aria-label="The actor in detail">
        <Offers actor={actor} />
        <Children actor={actor} />
        <Context live={live} />
        <LastEvents live={live} />
      </aside>
    </>
  );
}

function ChartOf({ live }: { live: Live }) {
  const { view, error } = useAnswer({ type: 'chart', machine: live.actor.machine });
  if (error !== undefined) return <p class="bad">{error}</p>;
  if (!view) return <p class="empty">Drawing the chart.</p>;
  const { actor, taken, beat, visits } = live;
  const isHot = route.value.query.get('heat') !== null;
  return (
    <>
      <Chart view={view} actor={actor} taken={taken} beat={beat} {...(isHot && { visits })} onSend={(event) => void send(actor.path, event)} />
      <label class="heat"><input type="checkbox" checked={isHot} onChange={() => go(to('actors', actor.path, { ...Object.fromEntries(route.value.query), heat: isHot ? undefined : 1 }))} /> how often each way was taken since you look</label>
    </>
  );
}

/** Some events have commands of their own: those say what they did, and how it is taken back. */
async function send(path: string, event: string): Promise<void> {
  if (event === 'STOP' && path === 'supervisor') {
    // The one thing that this page cannot take back.
    if (confirm('Stop the runner? What runs gets 10 s to end; it is started again in a terminal.')) await act({ type: 'STOP' }, 'the runner stops');
    return;
  }
  const job = /^job\/([^/]+)(\/lifecycle)?$/.exec(path)?.[1];
  if (job !== undefined && event === 'PAUSE') return act({ type: 'PAUSE', job, reason: 'paused in the inspector' }, `${job}: paused`);
  if (job !== undefined && event === 'RESUME') return act({ type: 'RESUME', job, force: false }, `${job}: resumed`);
  if (job !== undefined && event === 'DRAIN') return act({ type: 'DRAIN', job }, `${job}: draining`);
  return act({ type: 'SEND', path, event: { type: event } }, `${event} was sent to ${path}`);
}

function Offers({ actor: { path, offers = [] } }: { actor: ActorView }) {
  if (offers.length === 0) return null;
  return (
    <section>
      <h3>What it can be told</h3>
      <ul class="offers">
        {offers.map((offer) => <li key={offer.event}><OfferButton path={path} offer={offer} /></li>)}
      </ul>
    </section>
  );
}

function OfferButton({ path, offer: { event, accepted, reason, description } }: { path: string; offer: Offer }) {
  const id = `offer-${event}`;
  return (
    <>
      <button class="event" disabled={!accepted} aria-describedby={id} onClick={() => void send(path, event)}>{event}</button>
      <span id={id} class="dim">{accepted ? description : reason}</span>
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
        {children.map(({ id, path, of, isActor }) => (
          <li key={id}>{isActor ? <a href={to('actors', path)}>{id}</a> : <span>{id}</span>} <span class="dim">{of === id ? 'is at work' : of}</span></li>
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
            <a href={to('events', '', { seq })}>{clockTime(at)}</a> <code>{type}</code>
            {taken.length === 0 && <span class="dim"> no step</span>}
          </li>
        ))}
      </ol>
      <a href={to('events', '', { path: actor.path })}>All its events</a>
    </section>
  );
}
