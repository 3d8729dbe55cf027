/**
 * A state chart, drawn from what the runner laid out. Active states are lit, the steps just taken pulse on their arrows, guards say whether they are
 * true, timers run down, and an event that an operator may send is a button on its arrow.
 */
import { useMemo } from 'preact/hooks';
import type { ActorView, ChartArrow, ChartState, ChartTransition, ChartView, ChildNow, GuardNow, Offer, PlacedLine, Taken, TimerNow } from '../../protocol.ts';
import { plain } from '../format.ts';
import { to } from '../route.ts';
import { Elapsed, Ring, Truth, truthText, Words } from './chart-marks.tsx';
import './chart.css';
import { way } from './way.ts';
import { useZoom, ZOOM_STEP } from './zoom.ts';

/** `visits`: how often each transition was taken, by `keyOf`; left out when that is not to be shown. */
type Props = { view: ChartView; actor: ActorView; taken: readonly Taken[]; beat: number; visits?: ReadonlyMap<string, number>; onSend(event: string): void; verb?: 'Send' | 'Try' };
/** What belongs to the transitions, by `keyOf`. */
type Present = { active: ReadonlySet<string>; guards: ReadonlyMap<string, GuardNow>; timers: ReadonlyMap<string, TimerNow>; offers: ReadonlyMap<string, Offer>; children: ReadonlyMap<string, ChildNow>; pulses: ReadonlySet<string> };

const RADIUS = 8;
const PADDING_PX = 8;
/** From the top of a line to where its letters stand, and to its middle. */
const BASELINE_PX = 12;
const MIDDLE_PX = 8;
const MARK_PX = 16;

export const keyOf = ({ from, index }: Taken): string => `${from}#${index}`;

export function Chart({ view: { chart, layout }, actor, taken, beat, visits, onSend, verb = 'Send' }: Props) {
  const states = useMemo(() => byId(chart.root), [chart]);
  const zoom = useZoom(layout);
  const present = presentOf(actor, taken);
  const heat = visits && heatOf(chart.root, states, visits);
  const size = zoom.scale === undefined ? { style: { maxWidth: `${layout.width}px`, width: '100%' } } : { width: layout.width * zoom.scale, height: layout.height * zoom.scale };
  return (
    <div class="chart">
      <Tools zoom={zoom} />
      <div ref={zoom.place} class="chart-scroll" tabIndex={0} role="region" aria-label={`State chart of ${chart.machine}`}>
        <svg viewBox={`0 0 ${layout.width} ${layout.height}`} {...size} role="group" aria-label={`${chart.machine}; it is in ${[...present.active].join(', ') || 'no state'}`}>
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" /></marker>
          </defs>
          {Object.entries(layout.states).map(([id, box]) => <State key={id} id={id} box={box} state={states.get(id)!} present={present} beat={beat} isRoot={id === chart.root.id} heat={heat?.states.get(id)} />)}
          {layout.initials.map(({ to, points }) => (
            <g key={to} class="initial"><circle cx={points[0]![0]} cy={points[0]![1]} r={4} /><path d={way(points)} marker-end="url(#arrow)" /></g>
          ))}
          {layout.arrows.map((arrow) => {
            const isTaken = present.pulses.has(keyOf(arrow));
            return <Arrow key={`${keyOf(arrow)} ${arrow.to}${isTaken ? ` ${beat}` : ''}`} arrow={arrow} transition={states.get(arrow.from)!.transitions[arrow.index]!} present={present} heat={heat?.ways.get(keyOf(arrow))} onSend={onSend} verb={verb} />;
          })}
        </svg>
      </div>
    </div>
  );
}

function Tools({ zoom: { scale, by, fit, wide } }: { zoom: ReturnType<typeof useZoom> }) {
  return (
    <div class="chart-tools" role="group" aria-label="Size of the chart">
      <button class="icon" onClick={() => by(1 / ZOOM_STEP)} aria-label="Smaller" title="Smaller (Ctrl and wheel, or two fingers)">−</button>
      <button class="icon" onClick={() => by(ZOOM_STEP)} aria-label="Larger" title="Larger (Ctrl and wheel, or two fingers)">+</button>
      <button class="icon fit" data-fit-chart onClick={fit} title="The whole chart (f)">fit</button>
      {scale !== undefined && <button class="icon" onClick={wide} title="As wide as its place">{Math.round(scale * 100)} %</button>}
    </div>
  );
}

function presentOf({ active = [], guards = [], timers = [], offers = [], children = [] }: ActorView, taken: readonly Taken[]): Present {
  return {
    active: new Set(active),
    guards: new Map(guards.map((guard) => [keyOf(guard), guard])),
    timers: new Map(timers.map((timer) => [keyOf(timer), timer])),
    offers: new Map(offers.map((offer) => [offer.event, offer])),
    children: new Map(children.map((child) => [child.id, child])),
    pulses: new Set(taken.map(keyOf)),
  };
}

function byId(state: ChartState, found = new Map<string, ChartState>()): Map<string, ChartState> {
  found.set(state.id, state);
  for (const inner of state.states) byId(inner, found);
  return found;
}

/** How often, and from 0 to 1 how often beside the most frequent one, by orders of magnitude. */
type Heat = { times: number; share: number };

function heatOf(root: ChartState, states: ReadonlyMap<string, ChartState>, visits: ReadonlyMap<string, number>): { ways: Map<string, Heat>; states: Map<string, Heat> } {
  const entered = new Map<string, number>();
  for (const [id, { transitions }] of states) {
    transitions.forEach(({ targets }, index) => targets.forEach((target) => entered.set(target, (entered.get(target) ?? 0) + (visits.get(keyOf({ from: id, index })) ?? 0))));
  }
  entered.delete(root.id);
  return { ways: shared(visits), states: shared(entered) };
}

function shared(counts: ReadonlyMap<string, number>): Map<string, Heat> {
  const most = Math.max(1, ...counts.values());
  return new Map([...counts].filter(([, times]) => times > 0).map(([key, times]) => [key, { times, share: Math.log(times + 1) / Math.log(most + 1) }]));
}

/** The warmth is the only style that is no class. */
const warm = (heat: Heat | undefined): { style?: Record<string, string> } => (heat ? { style: { '--heat': `${Math.round(heat.share * 100)}%` } } : {});

type StateProps = { id: string; box: { x: number; y: number; width: number; height: number; lines: PlacedLine[] }; state: ChartState; present: Present; beat: number; isRoot: boolean; heat: Heat | undefined };

function State({ id, box: { x, y, width, height, lines }, state, present, beat, isRoot, heat }: StateProps) {
  const { key, type, description } = state;
  const outer = state.states.length > 0;
  const isActive = present.active.has(id);
  if (type === 'history') return <g class="state history"><circle cx={x + width / 2} cy={y + height / 2} r={Math.min(width, height) / 2} /><text x={x + width / 2} y={y + height / 2 + 4} text-anchor="middle">H</text></g>;
  return (
    <g class={`state ${type} ${outer ? 'outer' : ''} ${isActive ? 'active' : ''} ${isRoot ? 'root' : ''} ${heat ? 'hot' : ''}`} data-state={id} {...warm(heat)}>
      {description !== undefined && <title>{description}</title>}
      <rect x={x} y={y} width={width} height={height} rx={RADIUS} />
      {type === 'final' && <rect class="inner" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={RADIUS - 2} />}
      {isActive && !outer && <circle class="lamp" cx={x + width} cy={y} r={5} />}
      <text class="name" x={x + PADDING_PX} y={y + 17}>{key}</text>
      {heat && <text class="times" x={x + width - 5} y={y + height - 4} text-anchor="end">×{plain(heat.times)}</text>}
      {lines.map((line, n) => {
        const way = line.index === undefined ? '' : `${id}#${line.index}`;
        const isTaken = present.pulses.has(way);
        return <Line key={`${n}${isTaken ? ` ${beat}` : ''}`} line={line} isTaken={isTaken} guard={present.guards.get(way)} timer={present.timers.get(way)} child={isActive && line.child !== undefined ? present.children.get(line.child) : undefined} />;
      })}
    </g>
  );
}

type LineProps = { line: PlacedLine; isTaken: boolean; guard: GuardNow | undefined; timer: TimerNow | undefined; child: ChildNow | undefined };

/** What a state does without being left. What it runs leads to that actor, if it is one. */
function Line({ line: { kind, text, x, y, mark }, isTaken, guard, timer, child }: LineProps) {
  const words = <text class={`line ${kind} ${isTaken ? 'taken' : ''} ${child ? 'runs' : ''}`} x={x} y={y + BASELINE_PX}><Words text={text} timer={timer} />{child && <Elapsed child={child} />}</text>;
  if (child?.isActor) return <a href={to('actors', child.path)}>{words}</a>;
  if (mark === undefined || !(guard || timer)) return words;
  return (
    <g>
      {guard && <title>{truthText(guard)}</title>}
      {timer ? <Ring timer={timer} x={mark} y={y + MIDDLE_PX} /> : guard && <Truth guard={guard} x={mark} y={y + MIDDLE_PX} />}
      {words}
    </g>
  );
}

type ArrowProps = { arrow: ChartArrow; transition: ChartTransition; present: Present; heat: Heat | undefined; onSend(event: string): void; verb: string };

function Arrow({ arrow, transition: { kind, description, event }, present, heat, onSend, verb }: ArrowProps) {
  const { points, label } = arrow;
  const key = keyOf(arrow);
  const isOpen = present.active.has(arrow.from);
  const [offer, guard, timer] = [present.offers.get(event), present.guards.get(key), present.timers.get(key)];
  const canSend = kind === 'operator' && offer?.accepted === true && isOpen;
  const send = canSend ? { role: 'button' as const, tabIndex: 0, 'aria-label': `${verb} ${event}`, onClick: () => onSend(event), onKeyDown: (key: KeyboardEvent) => void (key.key === 'Enter' && onSend(event)) } : {};
  const says = [description, guard && truthText(guard), kind === 'operator' && !canSend && (offer?.reason ?? 'not in this state'), heat && `taken ${plain(heat.times)} times`].filter(Boolean).join(' — ');
  const middle = label.y + label.height / 2;
  const centre = label.x + label.width / 2 + (label.mark === undefined ? 0 : MARK_PX / 2);
  return (
    <g class={`arrow ${kind} ${isOpen ? 'open' : ''} ${present.pulses.has(key) ? 'taken' : ''} ${heat ? 'hot' : ''}`} {...warm(heat)}>
      {says !== '' && <title>{says}</title>}
      <path d={way(points)} marker-end="url(#arrow)" />
      <g class={canSend ? 'send' : ''} {...send}>
        <rect class="label" x={label.x} y={label.y} width={label.width} height={label.height} rx={4} />
        {label.mark !== undefined && (timer ? <Ring timer={timer} x={label.mark} y={middle} /> : guard && <Truth guard={guard} x={label.mark} y={middle} />)}
        <text x={centre} y={middle + 4} text-anchor="middle"><Words text={label.text} timer={timer} /></text>
      </g>
    </g>
  );
}
