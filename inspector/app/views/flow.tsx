/** What flows where, and why something does not: a lane for each job. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FlowView as Extras, JobView, OldestView, ResourceView, StageView } from '../../protocol.ts';
import { ago, count, countdown, span, usd } from '../format.ts';
import { act, beat, isLive, rates } from '../model.ts';
import { route, to } from '../route.ts';
import { clock as now, isPast, locked, shownStatus, then } from '../time.ts';
import { Name } from '../ui/name.tsx';
import { Pill, toneOf } from '../ui/pill.tsx';
import { WhyButton } from '../ui/why.tsx';
import { useAnswer } from '../use-answer.ts';
import { useGradually } from '../use-gradually.ts';
import { NoJobs, PasteAddress } from './first-steps.tsx';
import './flow.css';
import { chainLines, type ChainLine } from './chain-tracks.ts';
import { ChainEdge, Chains, Locks, Oldest, Sparkline } from './lane-extras.tsx';
import { needs, type Need } from './needs.ts';

/** What a frame has time for. */
const LANES_AT_ONCE = 3;

export function FlowView() {
  const view = shownStatus.value;
  // Of the past only what was kept is known.
  const { view: extras } = useAnswer(isPast.value ? undefined : { type: 'flow' }, beat.value);
  const shown = isPast.value ? undefined : extras;
  const lanes = useGradually(view?.jobs.length ?? 0, LANES_AT_ONCE);
  if (!view) return <p class="empty">{isPast.value ? (then.value?.error ?? 'Going back to that moment.') : 'Waiting for the runner.'}</p>;
  return (
    <div class={isLive.value ? 'flow' : 'flow past'}>
      {!isPast.value && <Needs all={needs(view)} />}
      {view.jobs.length === 0 && (isPast.value ? <p class="empty">There were no jobs.</p> : <NoJobs />)}
      <Lanes jobs={view.jobs.slice(0, lanes)} extras={shown} resources={view.resources ?? []} />
      {!isPast.value && view.jobs.length > 0 && <PasteAddress />}
      {view.resources && view.resources.length > 0 && <Resources all={view.resources} />}
    </div>
  );
}

/** More than these hide what flows. */
const MOST_NEEDS = 4;

function Needs({ all }: { all: readonly Need[] }) {
  const [isOpen, setOpen] = useState(false);
  if (all.length === 0) return null;
  const shown = isOpen || all.length <= MOST_NEEDS + 1 ? all : all.slice(0, MOST_NEEDS);
  return (
    <section class="needs" aria-label="What needs you">
      <h2>{all.length === 1 ? 'One thing needs you' : `${all.length} things need you`}</h2>
      <ul>
        {shown.map(({ key, what, why, tone, action, link }) => (
          <li key={key} class={tone}>
            <strong>{what}</strong>
            <span class="why" dir="auto">{why}</span>
            {action && <button disabled={locked.value !== undefined} title={locked.value} onClick={() => void act(action.command, action.did)}>{action.label}</button>}
            {link && <a class="button" href={to(link.view, '', link.query)}>{link.label}</a>}
          </li>
        ))}
      </ul>
      {shown.length < all.length && <button class="link" onClick={() => setOpen(true)}>and {all.length - shown.length} more</button>}
    </section>
  );
}

type LanesProps = { jobs: readonly JobView[]; extras: Extras | undefined; resources: readonly ResourceView[] };

/** With the lines of what leads from one to another beside them. */
function Lanes({ jobs, extras, resources }: LanesProps) {
  const lines = chainLines(extras?.chains ?? [], jobs.map(({ id }) => id));
  const tracks = Math.max(0, ...lines.map(({ track }) => track + 1));
  return (
    <div class={tracks > 0 ? 'lanes chained' : 'lanes'} style={{ '--tracks': String(tracks) }}>
      {jobs.map((job, n) => <Lane key={job.id} job={job} row={2 * n + 1} extras={extras} resources={resources} chains={arriving(lines, job.id, extras)} />)}
      {lines.map((line) => <ChainEdge key={`${line.chain.from} ${line.chain.to}`} line={line} tracks={tracks} />)}
    </div>
  );
}

/** Those that arrive come first, in the order in which their lines do. */
function arriving(lines: readonly ChainLine[], job: string, extras: Extras | undefined): Extras['chains'] {
  const drawn = lines.filter(({ chain }) => chain.to === job).map(({ chain }) => chain);
  return [...drawn, ...(extras?.chains ?? []).filter((chain) => !drawn.includes(chain) && (chain.from === job || chain.to === job))];
}

function Lane({ job, row, extras, resources, chains }: { job: JobView; row: number; chains: Extras['chains']; extras: Extras | undefined; resources: readonly ResourceView[] }) {
  const { id, emoji, state, holds, stages, discovery } = job;
  const { view, rest } = route.value;
  const isMeant = view === 'job' && rest === id;
  const lane = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isMeant) lane.current?.scrollIntoView({ block: 'center' });
  }, [isMeant]);
  return (
    <section ref={lane} class={`lane ${isMeant ? 'meant' : ''}`} style={{ gridRow: String(row) }} aria-label={id}>
      {chains.length > 0 && <p class={chains.some(({ to: into }) => into === id) ? 'lane-chains' : 'lane-chains out'}><Chains chains={chains} job={id} /></p>}
      <header>
        <h2><a href={to('actors', `job/${id}`)}>{emoji && <span class="emoji" aria-hidden="true">{emoji}</span>}<Name of={id} /></a></h2>
        <Pill state={state} />
        {holds.length > 0 && <span class="reason" dir="auto">{job.reason}</span>}
        {job.resumeAt !== null && <span class="countdown" title="Goes on by itself">goes on in {countdown(job.resumeAt - now.value)}</span>}
        <span class="space" />
        {extras && <Sparkline hours={extras.hours} job={id} />}
        <Breaker breaker={job.breaker} job={id} />
        <Cost job={job} />
        {!isPast.value && <LaneActions job={job} />}
        {!isPast.value && <WhyButton about={{ job: id }} label={id} />}
      </header>
      <ol class="track">
        {discovery && (
          <li class="node discovery">
            <a href={to('actors', `job/${id}/discovery`)}>
              <span class="name">discovery</span>
              <span class="big">{discovery.nextAt === null || discovery.state === 'held' ? discovery.state : countdown(discovery.nextAt - now.value)}</span>
              <span class="dim">{discovery.lastFound === null ? 'has not looked yet' : `${discovery.lastFound} new last time`}</span>
            </a>
          </li>
        )}
        {columnsOf(stages).map((column) => {
          const names = column.map(({ name }) => name).join(', ');
          return [
            <Edge key={`${names} edge`} rate={Math.max(...column.map(({ name }) => rateOf(id, name)))} stage={names} />,
            <li key={names} class="column">{column.map((stage) => <Stage key={stage.name} job={id} stage={stage} oldest={extras?.oldest.find((one) => one.job === id && one.stage === stage.name)} resources={resources} />)}</li>,
          ];
        })}
      </ol>
    </section>
  );
}

/** Stages side by side that wait for nothing of each other: each stands behind all that it needs. */
function columnsOf(stages: readonly StageView[]): StageView[][] {
  const depths = new Map<string, number>();
  const columns: StageView[][] = [];
  stages.forEach((stage, n) => {
    const needs = stage.needs ?? (n > 0 ? [stages[n - 1]!.name] : []);
    const depth = Math.max(-1, ...needs.map((need) => depths.get(need) ?? -1)) + 1;
    depths.set(stage.name, depth);
    (columns[depth] ??= []).push(stage);
  });
  return columns.filter(Boolean);
}

/** Breakers speak for themselves only when they are not closed. */
function Breaker({ breaker: { state, stages }, job }: { breaker: JobView['breaker']; job: string }) {
  const tripped = stages ? Object.entries(stages).map(([stage, of]) => ({ path: `breaker/${stage}`, text: `${stage}: ${of}` })) : state === 'closed' ? [] : [{ path: 'breaker', text: state }];
  return <>{tripped.map(({ path, text }) => <a key={path} class="breaker" href={to('actors', `job/${job}/${path}`)} title="Its circuit breaker">⚡ {text}</a>)}</>;
}

function Cost({ job: { costToday, reservedToday, dailyCostLimit, unpricedToday, softLimit } }: { job: JobView }) {
  if (dailyCostLimit === null && costToday === 0 && unpricedToday === 0) return null;
  const spent = costToday + reservedToday;
  const share = dailyCostLimit === null ? 0 : Math.min(1, dailyCostLimit === 0 ? 1 : spent / dailyCostLimit);
  const title = [`${usd(costToday)} spent today`, reservedToday > 0 && `${usd(reservedToday)} reserved`, softLimit && 'the limit is soft: a stage says what it cost only afterwards'].filter(Boolean).join(', ');
  return (
    <span class="cost" title={title}>
      {dailyCostLimit !== null && <meter min={0} max={1} value={share} high={0.8} aria-label="Share of the daily limit" />}
      {usd(costToday)}{dailyCostLimit !== null && ` of ${usd(dailyCostLimit)}${softLimit ? ' (soft)' : ''}`}
      {unpricedToday > 0 && <b class="loud"> + {unpricedToday} unpriced</b>}
    </span>
  );
}

function LaneActions({ job: { id, state } }: { job: JobView }) {
  const resting = state !== 'running';
  return (
    <span class="actions">
      <button disabled={locked.value !== undefined} onClick={() => void act({ type: 'WAKE', job: id }, `${id}: looks for work`)} title={locked.value ?? 'Look for work now'}>Wake</button>
      {resting ? (
        <button class="primary" disabled={locked.value !== undefined} title={locked.value} onClick={() => void act({ type: 'RESUME', job: id, force: false }, `${id}: resumed`)}>Resume</button>
      ) : (
        <button disabled={locked.value !== undefined} onClick={() => void act({ type: 'PAUSE', job: id, reason: 'paused in the inspector' }, `${id}: paused`)} title={locked.value ?? 'Nothing more starts; what runs finishes'}>Pause</button>
      )}
    </span>
  );
}

/** How quick a stage was at a moment of the past was not kept. */
const rateOf = (job: string, stage: string): number => (isPast.value ? 0 : rates.perMinute(job, stage));

/** Its line is as wide as the rate is high, by orders of magnitude. It moves while something really passes. */
function Edge({ rate, stage }: { rate: number; stage: string }) {
  const strength = rate <= 0 ? 0 : Math.min(4, Math.ceil(Math.log10(rate + 1)) + 1);
  return <li class={`edge strength-${strength}`} aria-hidden="true" title={`${stage}: ${Math.round(rate)} a minute`} />;
}

const TROUBLE = ['failed', 'dead'] as const;

function Stage({ job, stage, oldest, resources }: { job: string; stage: StageView; oldest: OldestView | undefined; resources: readonly ResourceView[] }) {
  const { name, state, concurrency, running, ready, blocked, waiting, done, p50Ms, p95Ms, stale } = stage;
  const rate = rateOf(job, name);
  const trouble = TROUBLE.reduce((sum, key) => sum + stage[key], 0);
  return (
    <div class={`node stage ${trouble > 0 ? 'troubled' : ''}`}>
      <a href={to('actors', `job/${job}/stage/${name}`)}>
        <span class="name"><Name of={name} />{state !== undefined && state !== 'running' && toneOf(state) !== 'good' && state !== 'idle' && state !== 'working' && <em>{state}</em>}</span>
        <span class="slots" title={`${running} of ${concurrency} run`} aria-label={`${running} of ${concurrency} run`}>
          {Array.from({ length: Math.min(concurrency, 16) }, (_, n) => <i key={n} class={n < running ? 'on' : ''} />)}
          {concurrency > 16 && <small>{running}/{concurrency}</small>}
        </span>
      </a>
      <dl>
        <Figure job={job} stage={name} label="to do" of="ready" n={ready + blocked} />
        <Figure job={job} stage={name} label="waits" of="waiting" n={waiting} tone="wait" />
        <Figure job={job} stage={name} label="done" of="done" n={done} tone="good" />
        <Figure job={job} stage={name} label="failed" of="failed" n={trouble} tone="bad" />
        {stale > 0 && <Figure job={job} stage={name} label="stale" of="done" n={stale} tone="wait" />}
      </dl>
      <span class="speed">
        {isPast.value ? (p50Ms === undefined ? '' : 'took') : rate > 0 ? `${count(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/min` : 'still'}
        {p50Ms !== undefined && <span title="How long half of the recent attempts took at most, and 95 of 100"> {!isPast.value && '· '}{span(p50Ms)}{p95Ms !== undefined && ` – ${span(p95Ms)}`}</span>}
      </span>
      {(oldest || stage.resources) && <span class="beside"><Oldest oldest={oldest} stage={stage} /><Locks job={job} stage={stage} resources={resources} /></span>}
    </div>
  );
}

function Figure({ job, stage, label, of, n, tone = 'cool' }: { job: string; stage: string; label: string; of: string; n: number; tone?: string }) {
  return (
    <div class={n > 0 ? tone : 'none'}>
      <dt>{label}</dt>
      <dd>{n > 0 ? <a href={to('items', '', { job, stage, state: of })}>{count(n)}</a> : '–'}</dd>
    </div>
  );
}

function Resources({ all }: { all: readonly ResourceView[] }) {
  return (
    <section class="resources" aria-label="Shared resources">
      <h2>Shared resources</h2>
      <ul>
        {all.map(({ name, taken, concurrency, holders, waiters, rate, breaker }) => (
          <li key={name}>
            <strong>{name}</strong>
            <span class="slots">{Array.from({ length: Math.min(concurrency, 24) }, (_, n) => <i key={n} class={n < taken ? 'on' : ''} />)}</span>
            <span>{taken} of {concurrency}{rate && `, ${rate.count} each ${span(rate.perMs)}`}</span>
            <span class="dim">{holders.map(({ job, stage, slots }) => `${job} ${stage}${slots > 1 ? ` ×${slots}` : ''}`).join(', ') || 'free'}</span>
            {breaker && <a class={breaker.state.startsWith('open') ? 'bad' : 'wait'} href={to('breakers')} title={breaker.reason}>⚡ its breaker is {breaker.state.startsWith('open') ? 'open' : 'trying'}</a>}
            {waiters.length > 0 && <span class="wait">waits: {waiters.map(({ job, stage, since }) => `${job} ${stage} (since ${ago(since, now.value)})`).join(', ')}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
