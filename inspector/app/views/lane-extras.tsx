/** What stands in a lane beside its counts: the last day as a small chart, who waits longest, which resources a stage needs, and where its items come from. */
import { useState } from 'preact/hooks';
import type { ChainView, FlowView, OldestView, ResourceView, StageView } from '../../protocol.ts';
import { clockTime, count, countdown, dateTime, plain, span } from '../format.ts';
import { to } from '../route.ts';
import type { ChainLine } from './chain-tracks.ts';
import { clock } from '../time.ts';

const HOUR_MS = 3_600_000;
const [BAR, STEP, HEIGHT] = [4, 5, 22];
/** A wait of so many times the usual attempt is long; a shorter one than this is none. */
const LONG = 10;
const LEAST_MS = 5_000;

/** Done upwards, failed on top of it; as high as the day's best hour. What each hour had is said of it when the pointer is there. */
export function Sparkline({ hours, job }: { hours: FlowView['hours']; job: string }) {
  const [isNear, setNear] = useState(false);
  const of = hours.jobs[job];
  if (!of) return null;
  const most = Math.max(1, ...of.done.map((done, n) => done + of.failed[n]!));
  const [done, failed] = [of.done, of.failed].map((all) => all.map((n) => barOf(n, most))) as [number[], number[]];
  const says = `In the last 24 hours ${plain(sum(of.done))} done, ${plain(sum(of.failed))} failed`;
  return (
    <svg class="sparkline" viewBox={`0 0 ${of.done.length * STEP} ${HEIGHT}`} width={of.done.length * STEP} height={HEIGHT} role="img" aria-label={says} onPointerEnter={() => setNear(true)}>
      <title>{says}</title>
      {isNear && of.done.map((n, hour) => (
        <g key={hour}>
          <title>{`${clockTime(hours.from + hour * HOUR_MS).slice(0, 5)}: ${plain(n)} done, ${plain(of.failed[hour]!)} failed`}</title>
          <rect class="room" x={hour * STEP} y={0} width={STEP} height={HEIGHT} />
        </g>
      ))}
      <path class="ground" d={barsOf(done.map(() => 1))} />
      <path class="done" d={barsOf(done)} />
      <path class="failed" d={barsOf(failed, done)} />
    </svg>
  );
}

/** One path for all bars: a page of many lanes has few elements. `below`: what they stand on. */
const barsOf = (heights: readonly number[], below: readonly number[] = []): string =>
  heights.map((height, n) => (height === 0 ? '' : `M${n * STEP} ${HEIGHT - (below[n] ?? 0)}h${BAR}v${-Math.min(height, HEIGHT - (below[n] ?? 0))}h${-BAR}z`)).join('');
const sum = (all: readonly number[]): number => all.reduce((total, n) => total + n, 0);
/** What is there is seen, however little it is. */
const barOf = (n: number, most: number): number => (n === 0 ? 0 : Math.max(2, Math.round((n / most) * HEIGHT)));

export function Oldest({ oldest, stage: { p50Ms } }: { oldest: OldestView | undefined; stage: StageView }) {
  if (!oldest) return null;
  const waited = Math.max(0, clock.value - oldest.since);
  const isLong = p50Ms !== undefined && waited > Math.max(LEAST_MS, LONG * p50Ms);
  return <a class={isLong ? 'oldest wait' : 'oldest dim'} href={to('items', String(oldest.item))} title={`The oldest of those that wait for their turn, since ${dateTime(oldest.since)}${isLong ? `: more than ${LONG} times a usual attempt` : ''}`}>◷ {span(waited)}</a>;
}

/** What the stage needs beside a slot of its own; whether it waits for that now, or nothing that needs it may start. */
export function Locks({ job, stage, resources }: { job: string; stage: StageView; resources: readonly ResourceView[] }) {
  return (
    <>
      {stage.resources?.map((name) => {
        const of = resources.find((one) => one.name === name);
        if (of?.breaker) return <Open key={name} name={name} breaker={of.breaker} />;
        const waits = of?.waiters.some((waiter) => waiter.job === job && waiter.stage === stage.name) ?? false;
        return <a key={name} class={waits ? 'lock wait' : 'lock dim'} href={to('actors', `resource/${name}`)} title={`An attempt holds a slot of ${name}${of ? `: ${of.taken} of ${of.concurrency} are taken` : ''}${waits ? '; this stage waits for one' : ''}`}><svg class="lock-icon" viewBox="0 0 12 12" aria-hidden="true"><path d="M3.5 5.5V4a2.5 2.5 0 0 1 5 0v1.5M2 5.5h8v5H2z" /></svg> {name}{of && ` ${of.taken}/${of.concurrency}`}</a>;
      })}
    </>
  );
}

/** What is shared is what fails: this stage starts nothing, or only a trial. */
function Open({ name, breaker: { state, reason, until } }: { name: string; breaker: NonNullable<ResourceView['breaker']> }) {
  const isOpen = state.startsWith('open');
  const next = !isOpen ? 'is being tried' : until == null ? 'waits for you' : `tries one in ${countdown(until - clock.value)}`;
  return <a class={isOpen ? 'lock bad' : 'lock wait'} href={to('breakers')} title={`${isOpen ? `Nothing that needs ${name} starts` : `Only a trial of ${name} starts`}${reason === undefined ? '' : `: ${reason}`}`}>⚡ {name} {next}</a>;
}

/** From the foot of one lane to the head of another, beside them all; what it carries stands where it arrives. */
export function ChainEdge({ line: { chain, from, to: into, track, nth }, tracks }: { line: ChainLine; tracks: number }) {
  const isDown = from < into;
  const [first, last] = isDown ? [2 * from + 2, 2 * into + 1] : [2 * into + 1, 2 * from + 1];
  const style = { gridColumn: `${tracks - track} / -2`, gridRow: `${first} / ${last}`, '--nth': String(nth) };
  return <i class={`chain-edge ${isDown ? 'down' : 'up'} ${chain.taken > 0 ? '' : 'idle'}`} style={style} title={`${chain.from} → ${chain.to}: ${carried(chain)}`} aria-hidden="true" />;
}

const carried = ({ threshold, taken, seen }: ChainView): string => [threshold, `${count(taken)} of ${count(seen)} taken`].filter(Boolean).join(' · ');

/** From another job, or to others. */
export function Chains({ chains, job }: { chains: readonly ChainView[]; job: string }) {
  return (
    <>
      {chains.filter(({ from, to: into }) => from === job || into === job).map((chain) => {
        const isSource = chain.from === job;
        const other = isSource ? chain.to : chain.from;
        return (
          <a key={`${chain.from} ${chain.to}`} class={isSource ? 'chain-link out' : 'chain-link in'} href={to('job', other)} title={`${chain.to} takes what ${chain.from} has finished${chain.stage === undefined ? '' : ` at ${chain.stage}`}${chain.threshold === undefined ? '' : `, where ${chain.threshold}`}`}>
            {isSource ? `→ ${other}` : `← ${other}`} <span class="dim">{carried(chain)}</span>
          </a>
        );
      })}
    </>
  );
}
