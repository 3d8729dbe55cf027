/** Circuit breakers, and what jobs share: what holds work back now, for how long, and who has what others wait for. */
import { useState } from 'preact/hooks';
import type { BreakerView, BreakersView as Page, ChartView, ErrorClass, PaceView, ResourceDetail, ResourceGuard, ResourceUseView, RunningTask, Tokens } from '../../protocol.ts';
import { ago, countdown, dateTime, plain, span } from '../format.ts';
import { act } from '../model.ts';
import { to } from '../route.ts';
import { clock, isPast, locked, pace, shownSeq } from '../time.ts';
import { sendLine } from '../send.ts';
import { CopyLine } from '../ui/copy.tsx';
import { Name } from '../ui/name.tsx';
import { MiniChart } from '../ui/mini-chart.tsx';
import { PayloadForm } from '../ui/payload-form.tsx';
import { useAnswer } from '../use-answer.ts';
import './actors.css';
import '../ui/card.css';
import './breakers.css';

export function BreakersView() {
  const seq = shownSeq.value;
  const { view, error } = useAnswer(seq === undefined ? { type: 'breakers' } : { type: 'breakersAt', seq }, pace.value);
  const { view: chart } = useAnswer({ type: 'chart', machine: 'breaker' });
  if (error !== undefined) return <p class="empty bad">{error}</p>;
  if (!view) return <p class="empty">Asking the breakers.</p>;
  return (
    <div class="breakers">
      {view.notes?.map((note) => <p key={note} class="unkept">{note}</p>)}
      <Breakers all={view.breakers} chart={chart} />
      <Resources all={view.resources} />
      {view.paces.length > 0 && <Paces all={view.paces} />}
    </div>
  );
}

/** What holds somebody first, then what is nearest to it. */
const urgency = ({ state, counted }: BreakerView): number => (state !== 'closed' ? 10 : Math.max(0, ...counted.map(({ count, most }) => count / most)));

function Breakers({ all, chart }: { all: Page['breakers']; chart: ChartView | undefined }) {
  const sorted = all.toSorted((a, b) => urgency(b) - urgency(a));
  return (
    <section aria-label="Circuit breakers">
      <h2>Circuit breakers</h2>
      <p class="dim">A breaker opens after too many failures in a row, and holds what it guards until one attempt has worked.</p>
      {all.length === 0 && isPast.value && <p class="empty">There were no jobs, so there was nothing to guard.</p>}
      {all.length === 0 && !isPast.value && <section class="empty"><p>There are no jobs, so there is nothing to guard.</p><pre>npx jobctl new job my_feed --from feed</pre></section>}
      <ul class="cards">{sorted.map((breaker) => <Breaker key={breaker.path} breaker={breaker} chart={chart} />)}</ul>
    </section>
  );
}

const TONES: Record<string, string> = { closed: 'good', halfOpen: 'wait', ramping: 'wait' };
const SIGNS: Record<string, string> = { closed: '✓', halfOpen: '◐', ramping: '◔' };
const WORDS: Record<string, string> = { closed: 'closed', halfOpen: 'half open', ramping: 'ramping up', 'open.coolingDown': 'open', 'open.untilMended': 'open until mended' };

function Breaker({ breaker, chart }: { breaker: BreakerView; chart: ChartView | undefined }) {
  const { path, job, scope, stages, state, active, counted, opened, openings, ramp, allowance, probe } = breaker;
  const tone = state === null ? 'dim' : (TONES[state] ?? 'bad');
  const word = state === null ? 'being restarted' : (WORDS[state] ?? state);
  const name = scope === 'job' ? job : `${job} ${stages.join(', ')}`;
  return (
    <li class={`card ${tone}-edge`} aria-label={`Breaker of ${name}`}>
      <header>
        <h3><a data-row href={to('actors', path)}><Name of={name} /></a></h3>
        <span class={`pill ${tone}`}><span aria-hidden="true">{(state !== null && SIGNS[state]) || '⚡'}</span> {word}</span>
      </header>
      {opened && <Opened opened={opened} isOpen={state?.startsWith('open') === true} openings={openings} />}
      {state === 'halfOpen' && <Probe probe={probe} stage={opened?.stage} />}
      {ramp && <p>{ramp.width} at once of {ramp.most}: {ramp.succeeded} of {ramp.width} have succeeded</p>}
      {allowance === 0 && !opened && state !== null && <p class="dim">Nothing may start.</p>}
      {(!opened || counted.length > 0) && <Counted breaker={breaker} />}
      {chart && <a href={to('actors', path)} tabIndex={-1}><MiniChart chart={chart.chart} active={active} label={`The breaker of ${name} is ${word}`} /></a>}
      <Clear breaker={breaker} />
    </li>
  );
}

/** In the place of a kind of error. */
const BY_HAND = 'by hand';

function Opened({ opened: { stage, class: is, fingerprint, reason, since, count, until }, isOpen, openings }: { opened: NonNullable<BreakerView['opened']>; isOpen: boolean; openings: number }) {
  return (
    <p class="opened">
      {isOpen && (until === null ? <b class="bad">Waits for other code, or for you.</b> : <b class="countdown-big" title={dateTime(until)}>tries one in {countdown(until - clock.value)}</b>)}
      <span>Opened <span title={dateTime(since)}>{ago(since, clock.value)}</span> {fingerprint === BY_HAND ? <>by hand: <span dir="auto">{reason}</span></> : <>by {causeOf(is, count)} at {stage}{openings > 1 && `, ${openings} times without being closed between`}: <a href={to('errors', fingerprint)} dir="auto">{reason}</a></>}</span>
    </p>
  );
}

const causeOf = (is: ErrorClass, count: number): string =>
  is === 'temporal' ? 'an error of its time' : is === 'code_bug' ? (count === 1 ? 'a bug' : `the same bug in ${plain(count)} items`) : count === 1 ? `one ${is} failure` : `${plain(count)} ${is} failures in a row`;

function Probe({ probe, stage }: { probe: readonly RunningTask[]; stage: string | undefined }) {
  const [first] = probe;
  if (!first && isPast.value) return <p class="wait">One attempt{stage !== undefined && ` of ${stage}`} decides.</p>;
  if (!first) return <p class="wait">The next attempt{stage !== undefined && ` of ${stage}`} decides; none is ready.</p>;
  return <p class="wait">On probation: <a href={to('items', String(first.item))} dir="auto">{first.title ?? first.key}</a> at {first.stage}, for {span(Math.max(0, clock.value - first.since))}</p>;
}

/** What is counted against what opens it. */
function Counted({ breaker: { counted, thresholds } }: { breaker: BreakerView }) {
  if (counted.length === 0) return <p class="dim">Nothing is counted. It opens after {thresholds.systemic} systemic or {thresholds.transient} transient failures in a row, or the same bug in {thresholds.code_bug} items.</p>;
  return <Meters counted={counted} />;
}

function Meters({ counted }: Pick<BreakerView, 'counted'>) {
  return (
    <ul class="counted">
      {counted.map(({ stage, class: is, fingerprint, count, most }) => (
        <li key={`${stage} ${is} ${fingerprint}`}>
          <a href={to('errors', fingerprint)}>{stage} {is}</a>
          <meter min={0} max={most} value={Math.min(count, most)} high={most * 0.66} aria-label={`${stage} ${is}: ${count} of ${most}`} />
          <span class="n">{count} of {most}</span>
        </li>
      ))}
    </ul>
  );
}

const CLEARS: Record<string, string> = { closed: 'Forgets what is counted', halfOpen: 'No probe: everything may run at once', ramping: 'No slow start: everything may run at once' };

function Clear({ breaker: { path, job, scope, state, clearable } }: { breaker: BreakerView }) {
  const why = locked.value ?? (state === null ? 'It is being restarted' : clearable ? (CLEARS[state] ?? 'One attempt is tried at once') : 'Nothing is counted, and nothing is held');
  const [isTripping, setTripping] = useState(false);
  const tripWhy = locked.value ?? (state === null ? 'It is being restarted' : state.startsWith('open') ? 'It is open' : undefined);
  const clear = () => (scope === 'job' ? act({ type: 'CLEAR_ERRORS', job }, `${job}: errors cleared`) : act({ type: 'SEND', path, event: { type: 'CLEAR_ERRORS' } }, `${path}: errors cleared`));
  return (
    <div class="lines">
      <button disabled={!clearable || locked.value !== undefined} title={why} onClick={() => void clear()}>Clear</button>
      <button disabled={tripWhy !== undefined} title={tripWhy ?? 'Nothing more starts, until a time or until it is cleared'} aria-expanded={isTripping} onClick={() => setTripping(!isTripping)}>Trip…</button>
      <CopyLine line={scope === 'job' ? `npx jobctl clear-errors ${job}` : `npx jobctl send ${path} CLEAR_ERRORS`} />
      {isTripping && tripWhy === undefined && <Trip path={path} onDone={() => setTripping(false)} />}
    </div>
  );
}

/** Why, and until when: what it holds is known by the machine itself. */
function Trip({ path, onDone }: { path: string; onDone(): void }) {
  const { view } = useAnswer({ type: 'actor', path });
  const offer = view?.offers?.find(({ event }) => event === 'TRIP');
  if (!offer) return null;
  const trip = (payload: Record<string, unknown>) => act({ type: 'SEND', path, event: { ...payload, type: 'TRIP' } }, `${path}: tripped`, { type: 'SEND', path, event: { type: 'CLEAR_ERRORS' } });
  return <PayloadForm event="TRIP" fields={offer.payload} line={sendLine(path, offer)} said={{}} onSend={trip} onDone={onDone} />;
}

function Resources({ all }: { all: readonly ResourceDetail[] }) {
  // Written every five minutes.
  const seq = shownSeq.value;
  const { view: use } = useAnswer(seq === undefined ? { type: 'resourceUse' } : { type: 'resourceUseAt', seq }, seq ?? Math.floor(clock.value / 60_000));
  return (
    <section aria-label="Shared resources">
      <h2>Shared resources</h2>
      {all.length === 0 ? (
        <section class="empty">
          <p>Jobs share nothing. What they may share stands in <code>jobs.yaml</code>, and stages name it:</p>
          <pre>{'resources:\n  web: { concurrency: 4, rate: 10/s }'}</pre>
        </section>
      ) : <ul class="cards">{all.map((resource) => <Resource key={resource.name} resource={resource} use={use} />)}</ul>}
    </section>
  );
}

const MOST_SLOTS = 32;

function Resource({ resource: { name, state, concurrency, taken, holders, slots, waiters, tokens, breaker, guard }, use }: { resource: ResourceDetail; use: ResourceUseView | undefined }) {
  const tone = state === 'contended' ? 'wait' : state === 'full' ? 'cool' : 'good';
  return (
    <li class={`card ${tone}-edge`} aria-label={`Resource ${name}`}>
      <header>
        <h3><a data-row href={to('actors', `resource/${name}`)}>{name}</a></h3>
        <span class={`pill ${tone}`}>{state === 'inUse' ? 'in use' : state}</span>
      </header>
      <p><span class="slots" aria-hidden="true">{Array.from({ length: Math.min(concurrency, MOST_SLOTS) }, (_, n) => <i key={n} class={n < taken ? 'on' : ''} />)}</span> {taken} of {concurrency} slots {isPast.value ? 'were' : 'are'} taken</p>
      {tokens && <Bucket tokens={tokens} />}
      {breaker && <Guarded name={name} breaker={breaker} />}
      {guard && <WhenItOpens name={name} guard={guard} />}
      {use && <LastDay use={use} name={name} />}
      {isPast.value ? <Holders holders={holders} /> : <Slots slots={slots} />}
      <Waiters waiters={waiters} />
      <p class="dim">Its limits: <code>resources.{name}.concurrency</code>{tokens && <>, <code>resources.{name}.rate</code></>} in jobs.yaml, in force as soon as it is saved.</p>
      <div class="lines"><CopyLine line="npx jobctl resources" /></div>
    </li>
  );
}

/** What jobs share is what fails: nothing that needs it starts, or only as much as a trial takes. */
function Guarded({ name, breaker: { state, reason, since, until } }: { name: string; breaker: NonNullable<ResourceDetail['breaker']> }) {
  const path = `resource/${name}/breaker`;
  return (
    <>
      <p class="opened">
        <b class={TONES[state] ?? 'bad'}><a href={to('actors', path)}>Its breaker is {WORDS[state] ?? state}</a>{until != null && <span title={dateTime(until)}>, tries one in {countdown(until - clock.value)}</span>}</b>
        {reason !== undefined && <span dir="auto">{reason}</span>}
        {since !== undefined && <span title={dateTime(since)}>{ago(since, clock.value)}</span>}
      </p>
      <div class="lines">
        <button disabled={locked.value !== undefined} title={locked.value ?? CLEARS[state] ?? 'One attempt is tried at once'} onClick={() => void act({ type: 'SEND', path, event: { type: 'CLEAR_ERRORS' } }, `${name}: errors cleared`)}>Clear</button>
        <CopyLine line={`npx jobctl clear-errors --resource ${name}`} />
      </div>
    </>
  );
}

const [WIDTH, HEIGHT] = [240, 32];

/** How much of it was used, and how long it was waited for. */
function LastDay({ use: { from, barMs, resources }, name }: { use: ResourceUseView; name: string }) {
  const own = resources.find((one) => one.name === name);
  if (!own || own.bars.every((bar) => bar === 0)) return <p class="dim">Not used in the last 24 hours; what is of the last five minutes is not counted yet.</p>;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const busiest = own.bars.indexOf(Math.max(...own.bars));
  const says = `${percent(own.used)} of its slots used in the last 24 hours, most at ${dateTime(from + busiest * barMs)}: ${percent(own.bars[busiest]!)}`;
  const width = WIDTH / own.bars.length;
  return (
    <div class="last-day">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={says}>
        <title>{says}</title>
        {own.bars.map((bar, n) => bar > 0 && <rect key={n} x={n * width} width={width - 1} y={HEIGHT - Math.max(1.5, bar * HEIGHT)} height={Math.max(1.5, bar * HEIGHT)} />)}
        <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
      </svg>
      <p>24 h: <b>{percent(own.used)}</b> used, busiest half hour {percent(own.bars[busiest]!)}{own.waitP95Ms !== undefined && <>, <b title={`Of ${plain(own.starts)} starts, 95 in 100 waited no longer`}>p95 wait {own.waitP95Ms === 0 ? 'none' : span(own.waitP95Ms)}</b></>}</p>
    </div>
  );
}

/** The same failure in two jobs is the resource's. */
function WhenItOpens({ name, guard: { counted, thresholds, coolDown } }: { name: string; guard: ResourceGuard }) {
  return (
    <>
      {counted.length > 0 && <Meters counted={counted} />}
      <p class="dim">Its breaker opens after {thresholds.systemic} systemic or {thresholds.transient} transient failures that two jobs have met, for {span(coolDown.first)}, and up to {span(coolDown.most)} when it opens again: <code>resources.{name}.breaker</code>.</p>
    </>
  );
}

function Bucket({ tokens: { rate, left } }: { tokens: Tokens }) {
  const each = `${plain(rate.count)} in ${span(rate.perMs)}${rate.burst > 1 ? `, up to ${plain(rate.burst)} at once` : ''}`;
  return <p class="bucket"><meter min={0} max={rate.burst} value={Math.max(0, left)} low={1} aria-label="Starts that are left" /> {left >= 1 ? `${plain(Math.floor(left))} may start now` : `the next may start in ${span(((1 - left) * rate.perMs) / rate.count)}`}<span class="dim"> · {each}</span></p>;
}

function Slots({ slots }: { slots: readonly RunningTask[] }) {
  if (slots.length === 0) return <p class="dim">Nobody uses it.</p>;
  return (
    <ul class="holders" aria-label="Who has slots">
      {slots.slice(0, MOST_SLOTS).map(({ job, stage, item, key, title, since }) => <li key={`${item} ${stage}`}><span>{job} {stage}</span> <a href={to('items', String(item))} dir="auto">{title ?? key}</a> <span class="time" title={dateTime(since)}>for {span(Math.max(0, clock.value - since))}</span></li>)}
      {slots.length > MOST_SLOTS && <li class="dim">and {slots.length - MOST_SLOTS} more</li>}
    </ul>
  );
}

/** Of the past: which items they were was not kept. */
function Holders({ holders }: Pick<ResourceDetail, 'holders'>) {
  if (holders.length === 0) return <p class="dim">Nobody used it.</p>;
  return <ul class="holders then" aria-label="Who had slots">{holders.map(({ job, stage, slots }) => <li key={`${job} ${stage}`}><a href={to('actors', `job/${job}/stage/${stage}`)}>{job} {stage}</a><span class="n">{plain(slots)} {slots === 1 ? 'slot' : 'slots'}</span></li>)}</ul>;
}

function Waiters({ waiters }: { waiters: ResourceDetail['waiters'] }) {
  if (waiters.length === 0) return null;
  return (
    <ol class="waiters" aria-label="Who waits, in order">
      {waiters.map(({ job, stage, since, lacks }) => <li key={`${job} ${stage}`}><a href={to('actors', `job/${job}/stage/${stage}`)}>{job} {stage}</a> waits for {span(Math.max(0, clock.value - since))}{lacks && `, until it has ${lacks.join(' and ')} too`}</li>)}
    </ol>
  );
}

/** Jobs that may not start as fast as they could. */
function Paces({ all }: { all: readonly PaceView[] }) {
  return (
    <section aria-label="Pacing">
      <h2>Pacing</h2>
      <ul class="cards">
        {all.map(({ job, tokens, waiters }) => (
          <li key={job} class="card" aria-label={`Pacing of ${job}`}>
            <header><h3>{job}</h3></header>
            <Bucket tokens={tokens} />
            <Waiters waiters={waiters} />
            <p class="dim">Its limit: <code>jobs.{job}.pacing</code> in jobs.yaml, in force as soon as it is saved.</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
