/** A machine at a glance: its states in a row, with arcs from each to where it leads. The whole chart is one click away. */
import { useMemo } from 'preact/hooks';
import type { Chart, ChartState } from '../../protocol.ts';

type Props = { chart: Chart; active: readonly string[]; label: string };

const BOX = { height: 22, padding: 8, letter: 6.1, gap: 9 };
const FRAME_PX = 5;
/** An arc is so high for each px that it is wide, and no higher than the most. */
const ARC = { steepness: 0.22, most: 34 };

type Box = { id: string; name: string; x: number; width: number; isOuter: boolean };
type Arc = { key: string; from: string; d: string };

export function MiniChart({ chart, active, label }: Props) {
  const { boxes, arcs, width } = useMemo(() => laidOut(chart.root), [chart]);
  const now = new Set(active);
  const height = BOX.height + 2 * (FRAME_PX + ARC.most);
  return (
    <svg class="mini-chart" viewBox={`0 0 ${width} ${height}`} style={{ maxWidth: `${width}px` }} role="img" aria-label={label}>
      <title>{label}</title>
      {arcs.map(({ key, from, d }) => <path key={key} class={now.has(from) ? 'open' : ''} d={d} />)}
      {boxes.map(({ id, name, x, width, isOuter }) => (
        <g key={id} class={`${now.has(id) ? 'active' : ''} ${isOuter ? 'outer' : ''}`}>
          <rect x={x} y={height / 2 - BOX.height / 2 - (isOuter ? FRAME_PX : 0)} width={width} height={BOX.height + (isOuter ? 2 * FRAME_PX : 0)} rx={5} />
          {!isOuter && <text x={x + width / 2} y={height / 2 + 4} text-anchor="middle">{name}</text>}
        </g>
      ))}
    </svg>
  );
}

/** Outer states come before those within them. Ways that lead on go above, those that lead back below. */
function laidOut(root: ChartState): { boxes: Box[]; arcs: Arc[]; width: number } {
  const boxes: Box[] = [];
  let right = 1;
  const place = (state: ChartState): void => {
    const { id, key, states } = state;
    const box: Box = { id, name: key, x: right, width: 0, isOuter: states.length > 0 };
    boxes.push(box);
    if (box.isOuter) {
      right += FRAME_PX;
      states.forEach(place);
      right += FRAME_PX - BOX.gap;
    } else right += key.length * BOX.letter + 2 * BOX.padding;
    box.width = right - box.x;
    right += BOX.gap;
  };
  root.states.forEach(place);
  return { boxes, arcs: arcsBetween(root, boxes), width: right - BOX.gap + 1 };
}

function arcsBetween(root: ChartState, boxes: readonly Box[]): Arc[] {
  const middle = BOX.height / 2 + FRAME_PX + ARC.most;
  const center = new Map(boxes.map(({ id, x, width }) => [id, x + width / 2]));
  const arcs = new Map<string, Arc>();
  for (const { id, transitions } of statesIn(root)) for (const target of transitions.flatMap(({ targets }) => targets)) {
    const [from, to] = [center.get(id), center.get(target)];
    if (from === undefined || to === undefined || from === to) continue;
    const [up, bend] = [to > from ? -1 : 1, Math.min(ARC.most, Math.abs(to - from) * ARC.steepness)];
    const edge = middle + up * (BOX.height / 2 + FRAME_PX);
    arcs.set(`${id} ${target}`, { key: `${id} ${target}`, from: id, d: `M${from + up * -3} ${edge}C${from} ${edge + (up * bend * 4) / 3} ${to} ${edge + (up * bend * 4) / 3} ${to + up * 3} ${edge}` });
  }
  return [...arcs.values()];
}

const statesIn = (state: ChartState): ChartState[] => [state, ...state.states.flatMap(statesIn)];
