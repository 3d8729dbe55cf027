/** The line of time: when something happened, what stands out in it, and the moment that is shown, to be dragged, stepped and played. */
import { useMemo, useRef } from 'preact/hooks';
import type { DensityBucket } from '../../protocol.ts';
import { axisOf, seqAt, xOf, type Axis } from '../axis.ts';
import { clockTime, dateTime, plain, span } from '../format.ts';
import { now } from '../model.ts';
import { go, here, moment, moveTo, replace, route } from '../route.ts';
import { goTo, isPast, isPlaying, scope, speed, SPEEDS, step, then, togglePlay } from '../time.ts';
import { useAnswer } from '../use-answer.ts';
import './time.css';

/** What comes in meanwhile is seen at the right end. */
const AGAIN_MS = 10_000;

export function Scrubber() {
  return isPast.value ? <Dock /> : null;
}

function Dock() {
  const path = scope.value;
  const part = partShown();
  const { view, error } = useAnswer({ type: 'density', ...(path !== undefined && { path }), ...part }, Math.floor(now.value / AGAIN_MS));
  const axis = useMemo(() => view && axisOf(view), [view]);
  return (
    <section class="dock" aria-label="Time">
      <Transport axis={axis} part={part} />
      {error !== undefined && <p class="bad">{error}</p>}
      {axis && axis.columns.length === 0 && <p class="dim">Nothing is kept of it.</p>}
      {axis && axis.columns.length > 0 && <Line axis={axis} />}
    </section>
  );
}

type Part = { from: number; to: number };

/** The part of the line that the address asks for, as long as the moment lies in it. */
function partShown(): Part | undefined {
  const [from = 0, to = 0] = (route.value.query.get('line') ?? '').split('-').map(Number);
  const seq = moment.value!;
  return from >= 1 && from <= seq && seq <= to ? { from, to } : undefined;
}

const show = (part: Part | undefined): void => replace(here({ line: part && `${part.from}-${part.to}` }));

/** Half of what is shown, around the moment. */
function closer({ columns }: Axis): void {
  const at = columns.findLastIndex(({ bucket }) => bucket.from <= moment.peek()!);
  const beside = Math.max(1, Math.floor(columns.length / 4));
  const [first, last] = [columns[Math.max(0, at - beside)]!, columns[Math.min(columns.length - 1, at + beside)]!];
  show({ from: Math.min(first.bucket.from, moment.peek()!), to: Math.max(last.bucket.to, moment.peek()!) });
}

/** Twice as much, until it is all. */
function wider({ from, to }: Part, { columns }: Axis): void {
  const more = Math.ceil((to - from) / 2) + 1;
  const isAll = from - more < 1 || columns.length < 2;
  show(isAll ? undefined : { from: from - more, to: to + more });
}

function Zoom({ axis, part }: { axis: Axis | undefined; part: Part | undefined }) {
  const isNear = !axis || axis.columns.length < 3;
  return (
    <span class="zoom" role="group" aria-label="Part of the time">
      <button disabled={!part} onClick={() => part && axis && wider(part, axis)} aria-label="More of the time" title={part ? 'Show more of the time (-)' : 'This is all that is kept'}>−</button>
      <button disabled={isNear} onClick={() => axis && closer(axis)} aria-label="Closer to the moment" title={isNear ? 'Closer is nothing to see' : 'Closer to the moment (+)'}>+</button>
      {part && <button onClick={() => show(undefined)}>all</button>}
    </span>
  );
}

function Transport({ axis, part }: { axis: Axis | undefined; part: Part | undefined }) {
  const { view, rest } = route.value;
  return (
    <div class="transport">
      <button onClick={() => void step(-1)} aria-label="One event back" title="One event back ([)"><span aria-hidden="true">❘◀</span></button>
      <button onClick={togglePlay} aria-pressed={isPlaying.value} aria-label="Play" title="Play or stop (space)">{isPlaying.value ? '❚❚' : '▶'}</button>
      <button onClick={() => void step(1)} aria-label="One event on" title="One event on (])"><span aria-hidden="true">▶❘</span></button>
      <label class="speed-of">
        <span class="dim">speed</span>
        <select value={speed.value} onChange={(event) => (speed.value = Number(event.currentTarget.value))}>{SPEEDS.map((one) => <option key={one} value={one}>{one}×</option>)}</select>
      </label>
      <form class="go-to" onSubmit={(event) => (event.preventDefault(), void goTo(String(new FormData(event.currentTarget).get('time'))))}>
        <input name="time" aria-label="Go to a time" placeholder="12:04 or 10m ago" autocomplete="off" title="Enter goes there" />
      </form>
      <Zoom axis={axis} part={part} />
      {view === 'actors' && (
        <label class="scope"><input type="checkbox" checked={scope.value === undefined} onChange={(event) => go(here({ of: event.currentTarget.checked ? 'all' : undefined }))} /> <span title={`Otherwise only of ${rest || 'supervisor'}`}>events of all actors</span></label>
      )}
      <span class="space" />
      <Legend />
    </div>
  );
}

const KINDS = [['errors', 'failed'], ['commands', 'commands'], ['reloads', 'reloads']] as const;

function Legend() {
  return <span class="legend">{KINDS.map(([kind, name]) => <span key={kind}><svg viewBox="0 0 8 8" class={`mark ${kind}`} aria-hidden="true"><path d={SHAPES[kind]} /></svg> {name}</span>)}</span>;
}

/** In a square of 8: colour alone tells nobody apart. */
const SHAPES = { errors: 'M4 0 8 8 0 8z', commands: 'M4 0 8 4 4 8 0 4z', reloads: 'M1 1h6v6H1z' };

function Line({ axis }: { axis: Axis }) {
  const track = useRef<HTMLDivElement>(null);
  const seq = moment.value!;
  const [first, last] = [axis.columns[0]!.bucket.from, axis.columns.at(-1)!.bucket.to];
  const at = then.value?.view?.at;
  const drag = ({ clientX, buttons }: PointerEvent) => {
    const { left, width } = track.current!.getBoundingClientRect();
    const to = seqAt(axis, (clientX - left) / width);
    if (buttons % 2 === 1 && to !== undefined && to !== moment.peek()) moveTo(to);
  };
  return (
    <div
      ref={track} class="line-of-time" role="slider" tabIndex={0} aria-label="Moment" aria-valuemin={first} aria-valuemax={Math.max(last, seq)} aria-valuenow={seq}
      aria-valuetext={`${at === undefined ? '' : `${dateTime(at)}, `}after event ${seq}`}
      onPointerDown={(event) => (track.current!.setPointerCapture(event.pointerId), track.current!.focus(), drag(event))} onPointerMove={drag} onKeyDown={(event) => press(event, axis)}
    >
      {axis.gaps.map(({ x, width, ms }) => <i key={x} class="gap" style={{ left: percent(x), width: percent(width) }} title={`${span(ms)} in which nothing happened`} />)}
      {axis.columns.map(({ x, width, bucket }) => <Column key={bucket.from} x={x} width={width} bucket={bucket} most={axis.most} />)}
      <i class="thumb" style={{ left: percent(xOf(axis, seq)) }} />
      <span class="ends first" aria-hidden="true">{inTime(axis.columns[0]!.bucket.at)}</span>
      <span class="ends last" aria-hidden="true">{inTime(axis.columns.at(-1)!.bucket.until)}</span>
    </div>
  );
}

/** With its day, where that is another one. */
const inTime = (at: number): string => (new Date(at).toDateString() === new Date(now.value).toDateString() ? clockTime(at) : dateTime(at));

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** High by orders of magnitude: one event among ten thousand is still seen. */
function Column({ x, width, bucket, most }: { x: number; width: number; bucket: DensityBucket; most: number }) {
  const high = 0.15 + (0.85 * Math.log(bucket.n + 1)) / Math.log(most + 1);
  const marks = KINDS.filter(([kind]) => bucket[kind] !== undefined);
  const says = [`${inTime(bucket.at)}: ${plain(bucket.n)} events`, ...marks.map(([kind, name]) => `${plain(bucket[kind]!)} ${name}`)].join(', ');
  return (
    <div class="column-of-time" style={{ left: percent(x), width: percent(width) }} title={says}>
      <i class="bar-of-time" style={{ height: percent(high) }} />
      {marks.map(([kind]) => <svg key={kind} viewBox="0 0 8 8" class={`mark ${kind}`} aria-hidden="true"><path d={SHAPES[kind]} /></svg>)}
    </div>
  );
}

/** Arrows step; pages go over a column; Home and End to the ends of what is kept. */
function press(event: KeyboardEvent, axis: Axis): void {
  const at = axis.columns.findLastIndex(({ bucket }) => bucket.from <= moment.peek()!);
  const column = (n: number) => axis.columns[Math.max(0, Math.min(axis.columns.length - 1, n))]!.bucket;
  const to = { PageUp: () => column(at - 1).to, PageDown: () => column(at + 1).to, Home: () => axis.columns[0]!.bucket.from, End: () => axis.columns.at(-1)!.bucket.to }[event.key];
  const part = partShown();
  if (event.key === '+') closer(axis);
  else if (event.key === '-' && part) wider(part, axis);
  else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') void step(event.key === 'ArrowRight' ? 1 : -1);
  else if (to) moveTo(to());
  else return;
  event.preventDefault();
}
