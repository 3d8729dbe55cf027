/** What stands in a lane beside its counts: the last day as a small chart, who waits longest, which resources a stage needs, and where its items come from. */
import type { ChainView, FlowView, OldestView, ResourceView, StageView } from '../../protocol.ts';
import { clockTime, count, dateTime, plain, span } from '../format.ts';
import { to } from '../route.ts';
import { clock } from '../time.ts';

const HOUR_MS = 3_600_000;
const [BAR, GAP, HEIGHT] = [4, 1, 22];
/** A wait of so many times the usual attempt is long; a shorter one than this is none. */
const LONG = 10;
const LEAST_MS = 5_000;

/** Done upwards, failed on top of it; as high as the day's best hour. */
export function Sparkline({ hours, job }: { hours: FlowView['hours']; job: string }) {
  const of = hours.jobs[job];
  if (!of) return null;
  const most = Math.max(1, ...of.done.map((done, n) => done + of.failed[n]!));
  const [done, failed] = [sum(of.done), sum(of.failed)];
  const says = `In the last 24 hours ${plain(done)} done, ${plain(failed)} failed`;
  return (
    <svg class="sparkline" viewBox={`0 0 ${of.done.length * (BAR + GAP)} ${HEIGHT}`} width={of.done.length * (BAR + GAP)} height={HEIGHT} role="img" aria-label={says}>
      <title>{says}</title>
      {of.done.map((n, hour) => {
        const [good, bad] = [barOf(n, most), barOf(of.failed[hour]!, most)];
        return (
          <g key={hour}>
            <title>{`${clockTime(hours.from + hour * HOUR_MS).slice(0, 5)}: ${plain(n)} done, ${plain(of.failed[hour]!)} failed`}</title>
            <rect class="room" x={hour * (BAR + GAP)} y={0} width={BAR + GAP} height={HEIGHT} />
            <rect class="ground" x={hour * (BAR + GAP)} y={HEIGHT - 1} width={BAR} height={1} />
            {good > 0 && <rect class="done" x={hour * (BAR + GAP)} y={HEIGHT - good} width={BAR} height={good} />}
            {bad > 0 && <rect class="failed" x={hour * (BAR + GAP)} y={Math.max(0, HEIGHT - good - bad)} width={BAR} height={bad} />}
          </g>
        );
      })}
    </svg>
  );
}

const sum = (all: readonly number[]): number => all.reduce((total, n) => total + n, 0);
/** What is there is seen, however little it is. */
const barOf = (n: number, most: number): number => (n === 0 ? 0 : Math.max(2, Math.round((n / most) * HEIGHT)));

export function Oldest({ oldest, stage: { p50Ms } }: { oldest: OldestView | undefined; stage: StageView }) {
  if (!oldest) return null;
  const waited = Math.max(0, clock.value - oldest.since);
  const isLong = p50Ms !== undefined && waited > Math.max(LEAST_MS, LONG * p50Ms);
  return <a class={isLong ? 'oldest wait' : 'oldest dim'} href={to('items', String(oldest.item))} title={`The oldest of those that wait for their turn, since ${dateTime(oldest.since)}${isLong ? `: more than ${LONG} times a usual attempt` : ''}`}>◷ {span(waited)}</a>;
}

/** What the stage needs beside a slot of its own; whether it waits for that now. */
export function Locks({ job, stage, resources }: { job: string; stage: StageView; resources: readonly ResourceView[] }) {
  return (
    <>
      {stage.resources?.map((name) => {
        const of = resources.find((one) => one.name === name);
        const waits = of?.waiters.some((waiter) => waiter.job === job && waiter.stage === stage.name) ?? false;
        return <a key={name} class={waits ? 'lock wait' : 'lock dim'} href={to('actors', `resource/${name}`)} title={`An attempt holds a slot of ${name}${of ? `: ${of.taken} of ${of.concurrency} are taken` : ''}${waits ? '; this stage waits for one' : ''}`}><svg class="lock-icon" viewBox="0 0 12 12" aria-hidden="true"><path d="M3.5 5.5V4a2.5 2.5 0 0 1 5 0v1.5M2 5.5h8v5H2z" /></svg> {name}{of && ` ${of.taken}/${of.concurrency}`}</a>;
      })}
    </>
  );
}

/** From another job, or to others. */
export function Chains({ chains, job }: { chains: readonly ChainView[]; job: string }) {
  return (
    <>
      {chains.filter(({ from, to: into }) => from === job || into === job).map((chain) => {
        const isSource = chain.from === job;
        const other = isSource ? chain.to : chain.from;
        return (
          <a key={`${chain.from} ${chain.to}`} class="chain-link" href={to('job', other)} title={`${chain.to} takes what ${chain.from} has finished${chain.stage === undefined ? '' : ` at ${chain.stage}`}${chain.threshold === undefined ? '' : `, where ${chain.threshold}`}`}>
            {isSource ? `→ ${other}` : `← ${other}`} <span class="dim">{[chain.threshold, `${count(chain.taken)} of ${count(chain.seen)} taken`].filter(Boolean).join(' · ')}</span>
          </a>
        );
      })}
    </>
  );
}
