/** The runner itself: whether it answers promptly, what it takes, who is connected, and what went wrong in it. */
import { Fragment, type ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { DiagnosisView, Finding, RunnerThenView, SystemView as System, VitalSign } from '../../protocol.ts';
import { ago, bytes, count, dateTime, plain, span } from '../format.ts';
import { beat, wire } from '../model.ts';
import { to } from '../route.ts';
import { clock, isPast, shownSeq, then } from '../time.ts';
import { CopyLine } from '../ui/copy.tsx';
import { Sparkline } from '../ui/sparkline.tsx';
import { useAnswer } from '../use-answer.ts';
import '../ui/card.css';
import './system.css';

/** A loop that stands still for longer is felt. */
const LONG_LAG_MS = 200;
/** So few seconds are no sample. */
const FEW = 10;
const LARGE_WAL = 256 * 1024 ** 2;
const LITTLE_DISK = 1024 ** 3;

export function SystemView() {
  return isPast.value ? <SystemThen seq={shownSeq.value!} /> : <SystemNow />;
}

/** Of each part that says how it was, and is kept nowhere. */
const NOT_KEPT = [
  ['Heartbeat', 'how long its event loop stood still'], ['Memory', 'what it took'], ['Flushes', 'how many it made'], ['Database', 'how large it was, and how much of its disk was free'],
  ['Connections', 'who was connected'], ['Notifications', 'which of them waited'], ['Runner', 'its version, pid and address'],
] as const;

function SystemThen({ seq }: { seq: number }) {
  const { view, error } = useAnswer({ type: 'runnerAt', seq });
  if (error !== undefined) return <p class="empty bad">{error}</p>;
  if (!view) return <p class="empty">Going back to that moment.</p>;
  return (
    <div class="system">
      <ul class="cards">
        <RunnerThen view={view} />
        <ActorsThen view={view} />
        <Card title="Not kept" tone="wait">
          <dl class="facts">{NOT_KEPT.map(([part, what]) => <Fragment key={part}><dt>{part}</dt><dd>{what}</dd></Fragment>)}</dl>
        </Card>
      </ul>
      <Restarts view={view} />
      <Aside view={view} />
      <div class="lines"><button disabled title="It looks at the runner as it is now: L leads back to it">Diagnose</button></div>
    </div>
  );
}

function RunnerThen({ view: { at, seq, startedAt, revision, journal } }: { view: RunnerThenView }) {
  return (
    <Card title="Runner">
      {startedAt === undefined ? <p class="unkept">when it had begun is kept no longer</p> : <p><b class="figure">{span(at - startedAt)}</b> up <span class="dim">since {dateTime(startedAt)}</span></p>}
      <dl class="facts">
        <dt>jobs.yaml</dt><dd>{revision ? <a href={to('config')}>revision {revision.id}</a> : 'no revision is kept'}</dd>
        <dt>journal</dt><dd><a href={to('events')}>event {plain(seq)}</a>, of {plain(journal.first)} to {plain(journal.last)} that are kept now</dd>
      </dl>
    </Card>
  );
}

/** Who lived, by the machine that each was. */
function ActorsThen({ view: { jobs } }: { view: RunnerThenView }) {
  const actors = then.value?.view?.actors ?? [];
  const machines = [...Map.groupBy(actors, ({ machine }) => machine ?? 'unknown')].toSorted(([, a], [, b]) => b.length - a.length);
  return (
    <Card title="Actors">
      <p><b class="figure">{plain(actors.length)}</b> lived <span class="dim">for {plain(jobs)} {jobs === 1 ? 'job' : 'jobs'}</span></p>
      <dl class="facts">{machines.map(([machine, those]) => <Fragment key={machine}><dt>{machine}</dt><dd>{plain(those.length)}</dd></Fragment>)}</dl>
      <p><a href={to('actors')}>How each of them stood</a></p>
    </Card>
  );
}

function SystemNow() {
  const { view, error } = useAnswer({ type: 'system' }, beat.value);
  if (error !== undefined) return <p class="empty bad">{error}</p>;
  if (!view) return <p class="empty">Asking the runner.</p>;
  return (
    <div class="system">
      <ul class="cards">
        <Loop view={view} />
        <Memory view={view} />
        <Flushes view={view} />
        <Database view={view} />
        <Program view={view} />
        <Connections view={view} />
      </ul>
      <Restarts view={view} />
      <Undelivered view={view} />
      <Aside view={view} />
      <Diagnosis />
    </div>
  );
}

function Card({ title, tone = 'good', children }: { title: string; tone?: string; children: ComponentChildren }) {
  return <li class={`card ${tone}-edge`} aria-label={title}><header><h3>{title}</h3></header>{children}</li>;
}

const of = (signs: readonly VitalSign[], figure: (sign: VitalSign) => number): number[] => signs.map(figure);

function Loop({ view: { at, signs, lag } }: { view: System }) {
  const last = signs.at(-1);
  return (
    <Card title="Heartbeat" tone={lag.most > LONG_LAG_MS ? 'wait' : 'good'}>
      {signs.length === 0 ? <p><b class="figure">–</b> is being measured</p> : <p><b class="figure">{span(lag.most)}</b> longest wait <span class="dim">in the last {signs.length} s{signs.length >= FEW && `; in half of the seconds ${span(lag.p50)}, in 99 of 100 ${span(lag.p99)}`}</span></p>}
      <Sparkline values={of(signs, ({ lagMs }) => lagMs)} label="Event loop lag" says={span} />
      <p class="dim">answered {ago(at, clock.value)}{last && ` · ${Math.round(last.cpu * 100)} % of a processor`}</p>
    </Card>
  );
}

function Memory({ view: { memory: { rss, heapUsed, heapTotal, external }, signs } }: { view: System }) {
  return (
    <Card title="Memory">
      <p><b class="figure">{bytes(rss)}</b> resident</p>
      <Sparkline values={of(signs, ({ rss }) => rss)} label="Resident memory" says={bytes} />
      <p class="dim">heap {bytes(heapUsed)} of {bytes(heapTotal)} · beside it {bytes(external)}</p>
    </Card>
  );
}

function Flushes({ view: { flushes, signs, actors } }: { view: System }) {
  const last = signs.at(-1);
  return (
    <Card title="Flushes">
      <p><b class="figure">{last ? count(Math.round(last.flushes)) : '–'}</b> a second now <span class="dim">({flushes.perSecond < 10 ? flushes.perSecond.toFixed(1) : count(Math.round(flushes.perSecond))} on average)</span></p>
      <Sparkline values={of(signs, ({ flushes }) => flushes)} label="Flushes a second" says={(n) => plain(Math.round(n))} />
      <p class="dim">{plain(flushes.total)} since the start · <a href={to('actors')}>{plain(actors)} actors</a></p>
    </Card>
  );
}

function Database({ view: { database: { file, bytes: size, walBytes, lock, freeBytes } } }: { view: System }) {
  const tone = freeBytes < LITTLE_DISK || walBytes > LARGE_WAL ? 'wait' : 'good';
  return (
    <Card title="Database" tone={tone}>
      <p><b class="figure">{bytes(size)}</b> and {bytes(walBytes)} of write-ahead log{walBytes > LARGE_WAL && <b class="wait"> (somebody has been reading for long)</b>}</p>
      <p class={freeBytes < LITTLE_DISK ? 'wait' : 'dim'}>{bytes(freeBytes)} free on its disk</p>
      <p class="dim"><code>{file}</code></p>
      <p class="dim">held by the lock <code>{lock}</code></p>
      <div class="lines"><CopyLine line="npx jobctl backup" /></div>
    </Card>
  );
}

function Program({ view: { version, node, pid, startedAt, url, dataDir, bootId } }: { view: System }) {
  return (
    <Card title="Runner">
      <p><b class="figure">{span(clock.value - startedAt)}</b> up <span class="dim">since {dateTime(startedAt)}</span></p>
      <dl class="facts">
        <dt>version</dt><dd>Rivus {version}, Node {node}</dd>
        <dt>pid</dt><dd>{pid}</dd>
        <dt>address</dt><dd>{url}</dd>
        <dt>data</dt><dd>{dataDir}</dd>
        <dt>boot</dt><dd>{bootId}</dd>
      </dl>
    </Card>
  );
}

function Connections({ view: { connections } }: { view: System }) {
  return (
    <Card title="Connections">
      <p><b class="figure">{connections.length}</b> at the control port</p>
      <ul class="list">{connections.map(({ who, scope, since }) => <li key={who}><span>{who}</span> <span class={scope === 'read' ? 'dim' : ''}>{scope === 'read' ? 'only looks' : 'controls'}</span> <span class="dim time" title={dateTime(since)}>for {span(Math.max(0, clock.value - since))}</span></li>)}</ul>
    </Card>
  );
}

function Restarts({ view: { restarts } }: { view: Pick<System, 'restarts'> }) {
  return (
    <section aria-label="Restarts">
      <h2>Restarts of actors</h2>
      {restarts.length === 0 ? <p class="dim">None {isPast.value ? 'had' : 'has'} died since it was made.</p> : (
        <ul class="list">
          {restarts.map(({ path, state, restarts: { count, lastAt, error, nextAt } }) => (
            <li key={path}><a data-row href={to('actors', path)}>{path}</a> <span class={nextAt === null ? 'bad' : 'wait'}>↻ {plain(count)}</span> <span class="dim time" title={dateTime(lastAt)}>last {ago(lastAt, clock.value)}</span> <span>{state}{nextAt === null && ' · given up: it waits for you'}</span> <span class="dim" dir="auto">{error}</span></li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Undelivered({ view: { undelivered } }: { view: System }) {
  if (undelivered.length === 0) return null;
  return (
    <section aria-label="Undelivered notifications">
      <h2>Undelivered notifications</h2>
      <ul class="list">{undelivered.map(({ target, waiting, failed, reason, nextAt }) => <li key={target}><b>{target}</b> {waiting > 0 && <span class="wait">{plain(waiting)} waiting{nextAt !== null && `, tried again in ${span(Math.max(0, nextAt - clock.value))}`}</span>} {failed > 0 && <span class="bad">{plain(failed)} given up</span>} <span class="dim" dir="auto">{reason}</span></li>)}</ul>
      <div class="lines"><CopyLine line="npx jobctl notify" /></div>
    </section>
  );
}

function Aside({ view: { aside } }: { view: Pick<System, 'aside'> }) {
  if (aside.length === 0) return null;
  return (
    <section aria-label="Stored states put aside">
      <h2>Stored states put aside</h2>
      <p class="dim">They could not be used at a start: their actors began anew.</p>
      <ul class="list">{aside.map(({ id, at, path, reason, version }) => <li key={id}><a data-row href={to('actors', path)}>{path}</a> <span class="dim">version {version}</span> <span class="dim time" title={dateTime(at)}>{ago(at, clock.value)}</span> <span class="wait" dir="auto">{reason}</span></li>)}</ul>
    </section>
  );
}

const MARKS: Record<Finding['mark'], { sign: string; tone: string; word: string }> = { ok: { sign: '✓', tone: 'good', word: 'well' }, odd: { sign: '!', tone: 'wait', word: 'odd' }, bad: { sign: '✗', tone: 'bad', word: 'bad' } };

/** Takes a second or more: only when somebody asks. */
function Diagnosis() {
  const [made, setMade] = useState<DiagnosisView | undefined>(undefined);
  const [state, setState] = useState<'rest' | 'asking' | { error: string }>('rest');
  const ask = () => {
    setState('asking');
    wire.ask({ type: 'diagnosis' }).then((view) => (setMade(view), setState('rest')), (error: Error) => setState({ error: error.message }));
  };
  return (
    <section aria-label="Diagnosis">
      <h2>Diagnosis</h2>
      <div class="lines">
        <button disabled={state === 'asking'} onClick={ask} title={state === 'asking' ? 'It looks through the whole database' : 'Looks at program, configuration, folder, database and journals, in a process of its own'}>{state === 'asking' ? 'Looking…' : made ? 'Diagnose again' : 'Diagnose'}</button>
        <CopyLine line="npx jobctl diagnose" />
        {made && <span class="dim">{ago(made.at, clock.value)}, took {span(made.ms)}</span>}
      </div>
      {typeof state === 'object' && <p class="bad">{state.error}</p>}
      {made && (
        <ul class="findings">
          {made.findings.map(({ mark, check, says, todo }, n) => (
            <li key={n} class={MARKS[mark].tone}><span role="img" aria-label={MARKS[mark].word}>{MARKS[mark].sign}</span> <b>{check}</b> <span dir="auto">{says}</span>{todo !== undefined && <CopyLine line={todo} />}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
