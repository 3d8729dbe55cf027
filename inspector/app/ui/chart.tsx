/**
 * A state chart, drawn from what the runner laid out. Active states are lit, the steps just taken pulse on their arrows, and an event that an
 * operator may send is a button on its arrow.
 */
import { useMemo, useState } from 'preact/hooks';
import type { ChartArrow, ChartState, ChartTransition, ChartView, Offer, PlacedLine, Taken } from '../../protocol.ts';

type Props = { view: ChartView; active: readonly string[]; taken: readonly Taken[]; beat: number; offers: readonly Offer[]; onSend(event: string): void };

const RADIUS = 8;
const CORNER = 6;
const PADDING_PX = 8;
/** From the top of a line to where its letters stand. */
const BASELINE_PX = 12;

export function Chart({ view: { chart, layout }, active, taken, beat, offers, onSend }: Props) {
  const [isFitted, setFitted] = useState(true);
  const states = useMemo(() => byId(chart.root), [chart]);
  const now = new Set(active);
  const pulses = new Set(taken.map(keyOf));
  const offered = new Map(offers.map((offer) => [offer.event, offer]));
  const size = isFitted ? { style: { maxWidth: `${layout.width}px`, width: '100%' } } : { width: layout.width, height: layout.height };
  return (
    <div class="chart">
      <button class="icon fit" aria-pressed={isFitted} onClick={() => setFitted(!isFitted)} title="Fit the chart into the page, or show it in full size">{isFitted ? 'full size' : 'fit'}</button>
      <div class="chart-scroll" tabIndex={0} role="region" aria-label={`State chart of ${chart.machine}`}>
        <svg viewBox={`0 0 ${layout.width} ${layout.height}`} {...size} role="group" aria-label={`${chart.machine}; it is in ${active.join(', ') || 'no state'}`}>
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" /></marker>
          </defs>
          {Object.entries(layout.states).map(([id, box]) => <State key={id} id={id} box={box} state={states.get(id)!} isActive={now.has(id)} isRoot={id === chart.root.id} pulses={pulses} beat={beat} />)}
          {layout.initials.map(({ to, points }) => (
            <g key={to} class="initial"><circle cx={points[0]![0]} cy={points[0]![1]} r={4} /><path d={way(points)} marker-end="url(#arrow)" /></g>
          ))}
          {layout.arrows.map((arrow) => {
            const transition = states.get(arrow.from)!.transitions[arrow.index]!;
            const isTaken = pulses.has(keyOf(arrow));
            return <Arrow key={`${keyOf(arrow)} ${arrow.to}${isTaken ? ` ${beat}` : ''}`} arrow={arrow} transition={transition} isOpen={now.has(arrow.from)} isTaken={isTaken} offer={offered.get(transition.event)} onSend={onSend} />;
          })}
        </svg>
      </div>
    </div>
  );
}

const keyOf = ({ from, index }: Taken): string => `${from}#${index}`;

function byId(state: ChartState, found = new Map<string, ChartState>()): Map<string, ChartState> {
  found.set(state.id, state);
  for (const inner of state.states) byId(inner, found);
  return found;
}

type StateProps = { id: string; box: { x: number; y: number; width: number; height: number; lines: PlacedLine[] }; state: ChartState; isActive: boolean; isRoot: boolean; pulses: ReadonlySet<string>; beat: number };

function State({ id, box: { x, y, width, height, lines }, state, isActive, isRoot, pulses, beat }: StateProps) {
  const { key, type, description } = state;
  const outer = state.states.length > 0;
  if (type === 'history') return <g class="state history"><circle cx={x + width / 2} cy={y + height / 2} r={Math.min(width, height) / 2} /><text x={x + width / 2} y={y + height / 2 + 4} text-anchor="middle">H</text></g>;
  return (
    <g class={`state ${type} ${outer ? 'outer' : ''} ${isActive ? 'active' : ''} ${isRoot ? 'root' : ''}`} data-state={id}>
      {description !== undefined && <title>{description}</title>}
      <rect x={x} y={y} width={width} height={height} rx={RADIUS} />
      {type === 'final' && <rect class="inner" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={RADIUS - 2} />}
      {isActive && !outer && <circle class="lamp" cx={x + width} cy={y} r={5} />}
      <text class="name" x={x + PADDING_PX} y={y + 17}>{key}</text>
      {lines.map(({ kind, text, index, x, y }, n) => {
        const isTaken = index !== undefined && pulses.has(`${id}#${index}`);
        return <text key={`${n}${isTaken ? ` ${beat}` : ''}`} class={`line ${kind} ${isTaken ? 'taken' : ''}`} x={x} y={y + BASELINE_PX}>{text}</text>;
      })}
    </g>
  );
}

type ArrowProps = { arrow: ChartArrow; transition: ChartTransition; isOpen: boolean; isTaken: boolean; offer: Offer | undefined; onSend(event: string): void };

function Arrow({ arrow: { points, label }, transition, isOpen, isTaken, offer, onSend }: ArrowProps) {
  const { kind, description, event } = transition;
  const canSend = kind === 'operator' && offer?.accepted === true && isOpen;
  const send = canSend ? { role: 'button' as const, tabIndex: 0, 'aria-label': `Send ${event}`, onClick: () => onSend(event), onKeyDown: (key: KeyboardEvent) => void (key.key === 'Enter' && onSend(event)) } : {};
  const says = [description, kind === 'operator' && !canSend ? (offer?.reason ?? 'not in this state') : undefined].filter(Boolean).join(' — ');
  return (
    <g class={`arrow ${kind} ${isOpen ? 'open' : ''} ${isTaken ? 'taken' : ''}`}>
      {says !== '' && <title>{says}</title>}
      <path d={way(points)} marker-end="url(#arrow)" />
      <g class={canSend ? 'send' : ''} {...send}>
        <rect class="label" x={label.x} y={label.y} width={label.width} height={label.height} rx={4} />
        <text x={label.x + label.width / 2} y={label.y + label.height / 2 + 4} text-anchor="middle">{label.text}</text>
      </g>
    </g>
  );
}

/** A line with round corners. */
function way(points: readonly (readonly [x: number, y: number])[]): string {
  const [first, ...rest] = points;
  return rest.reduce((path, point, n) => {
    const after = rest[n + 1];
    return path + (after ? corner(points[n]!, point, after) : `L${point[0]} ${point[1]}`);
  }, `M${first![0]} ${first![1]}`);
}

function corner(before: readonly [number, number], at: readonly [number, number], after: readonly [number, number]): string {
  const [from, to] = [towards(at, before), towards(at, after)];
  return `L${from[0]} ${from[1]}Q${at[0]} ${at[1]} ${to[0]} ${to[1]}`;
}

function towards([x, y]: readonly [number, number], [tx, ty]: readonly [number, number]): [number, number] {
  const length = Math.hypot(tx - x, ty - y) || 1;
  const by = Math.min(CORNER, length / 2) / length;
  return [x + (tx - x) * by, y + (ty - y) * by];
}
