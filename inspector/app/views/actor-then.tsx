/** One actor as it stood at the moment that is looked at, and what can be made of that: tried, replayed, gone back to, kept as a test. */
import type { ActorThenView } from '../../protocol.ts';
import { exactTime } from '../format.ts';
import { to } from '../route.ts';
import { shownSeq } from '../time.ts';
import { Chart } from '../ui/chart.tsx';
import { Json } from '../ui/json.tsx';
import { Name } from '../ui/name.tsx';
import { useAnswer } from '../use-answer.ts';
import { CopyAsTest, Replay, Rewind, trial, WhatIf } from './time-tools.tsx';

export function ActorThen({ path }: { path: string }) {
  const { view, error } = useAnswer({ type: 'actorAt', path, seq: shownSeq.value! });
  if (!view) return <section class="actor"><p class={error === undefined ? 'empty' : 'empty bad'}>{error ?? 'Going back to that moment.'}</p></section>;
  return (
    <>
      <section class="actor" aria-label={path}>
        <header>
          <h2><Name of={path} /></h2>
          <span class="dim">{view.machine} · version {view.version}</span>
          {view.status !== 'active' && <span class="bad">it had ended</span>}
          {view.doubt !== undefined && <span class="doubt">{view.doubt}</span>}
        </header>
        <ChartThen view={view} />
      </section>
      <aside class="drawer" aria-label="The actor in detail">
        <Told view={view} />
        <section>
          <h3>Context then</h3>
          <div class="json-tree"><Json value={view.context} before={view.step.before} /></div>
        </section>
        <section class="time-tools" aria-label="What can be made of this moment">
          <WhatIf view={view} />
          <Replay path={path} />
          <Rewind view={view} />
          <CopyAsTest view={view} />
        </section>
      </aside>
    </>
  );
}

/** An event that is clicked in the past is tried, and not sent. */
function ChartThen({ view }: { view: ActorThenView }) {
  const { view: chart, error } = useAnswer({ type: 'chart', machine: view.machine });
  if (error !== undefined) return <p class="bad">{error}</p>;
  if (!chart) return <p class="empty">Drawing the chart.</p>;
  return <Chart view={chart} actor={view} taken={view.step.taken} beat={view.step.seq} verb="Try" onSend={(event) => (trial.value = { event, atOnce: true })} />;
}

function Told({ view: { step: { seq, at, type, source, cause, taken } } }: { view: ActorThenView }) {
  return (
    <section class="told">
      <h3>What it was told last</h3>
      <p><a href={to('events', '', { seq })}>{exactTime(at)}</a> <code>{type}</code>{taken.length === 0 && <span class="dim"> no step</span>}</p>
      <p class="dim">{source === null ? 'by itself' : `from ${source}`}{cause !== null && <> because of <a href={to('events', '', { seq: cause })}>event {cause}</a></>}</p>
    </section>
  );
}
