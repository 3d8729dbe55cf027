/**
 * Where everything of a chart stands. States of which one is active at a time are laid out by elk, with all that is within them
 * at once; the regions of a parallel state each by itself, then packed side by side.
 */
import type { ELK, ElkExtendedEdge, ElkNode } from 'elkjs';
import type { Box, ChartArrow, ChartLayout, ChartLine, ChartState, PlacedLine } from '../../inspector/protocol.ts';
import { bundlesOf, withAllBelow, type Bundle } from './arrows.ts';
import { DOT, headerOf, LINE, MARK, placed, widthOf, type Size } from './boxes.ts';
import { linesOf } from './texts.ts';

export type Elk = Pick<ELK, 'layout'>;
type Direction = 'RIGHT' | 'DOWN';
type Point = [x: number, y: number];
/** What is laid out already, from the corner of its outermost state. */
type Drawing = { width: number; height: number; boxes: Map<string, Box>; lines: { bundle: Bundle; points: Point[]; label: Box }[]; initials: ChartLayout['initials'] };

const MARGIN = 12;
const GAP = 16;
const INSIDE = 14;
/** Of the charts that could be drawn that one is taken which is most like a screen. */
const WIDE = 1.5;
/** Room that each arrow has at its state. */
const ARROW = 8;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '3',
  'elk.edgeLabels.inline': 'true',
  'elk.edgeLabels.placement': 'CENTER',
};

export async function layoutOf(root: ChartState, elk: Elk): Promise<ChartLayout> {
  return new Layout(root, elk).finished();
}

class Layout {
  private readonly root: ChartState;
  private readonly elk: Elk;
  private readonly bundles: readonly Bundle[];
  private readonly headers;

  constructor(root: ChartState, elk: Elk) {
    this.root = root;
    this.elk = elk;
    this.bundles = bundlesOf(root);
    this.headers = new Map(withAllBelow(root).map((state) => [state.id, headerOf(state, linesOf(state))]));
  }

  async finished(): Promise<ChartLayout> {
    const { width, height, boxes, lines, initials } = moved(await this.draw(this.root), MARGIN, MARGIN);
    const drawn = new Set(lines.map(({ bundle }) => bundle));
    const across = this.bundles.filter((bundle) => !drawn.has(bundle)).map((bundle) => straight(bundle, boxes));
    const states = withAllBelow(this.root).map(({ id }) => {
      const box = boxes.get(id)!;
      return [id, { ...box, lines: placed(this.headers.get(id)!.columns).map(({ line, x, y }) => lineAt(line, box.x + x, box.y + y)) }] as const;
    });
    return { width: width + 2 * MARGIN, height: height + 2 * MARGIN, states: Object.fromEntries(states), arrows: [...lines, ...across].flatMap(arrowsOf), initials };
  }

  private draw(state: ChartState): Promise<Drawing> {
    return state.type === 'parallel' ? this.sideBySide(state) : this.layered(state);
  }

  /** Regions, in rows that make it about as wide as a screen. */
  private async sideBySide(state: ChartState): Promise<Drawing> {
    const header = this.headers.get(state.id)!;
    const regions = await Promise.all(state.states.map((region) => this.draw(region)));
    return packed(state.id, header, regions);
  }

  private async layered(state: ChartState): Promise<Drawing> {
    const within = new Map<string, Drawing>();
    for (const inner of outermostParallels(state)) within.set(inner.id, await this.draw(inner));
    const own = new Set(inScope(state).map(({ id }) => id));
    const bundles = this.bundles.filter(({ from, to }) => own.has(from) && own.has(to));
    const drawings = [];
    for (const direction of ['RIGHT', 'DOWN'] as const) {
      const graph = { id: '', layoutOptions: { ...OPTIONS, 'elk.direction': direction, 'elk.padding': '[top=0,left=0,bottom=0,right=0]' }, children: [this.node(state, direction, within)], edges: [...bundles.map(edgeOf), ...inScope(state).flatMap(initialEdge)] };
      drawings.push(drawingOf(state, await this.elk.layout(graph), bundles, within));
    }
    return best(drawings, (drawing) => cost(drawing) * (1 + 3 * this.crossings(drawing, own)));
  }

  /** Arrows that run through what stands in a state. */
  private crossings({ boxes, lines }: Drawing, scope: ReadonlySet<string>): number {
    const texts = [...scope].flatMap((id) => {
      const { x, y } = boxes.get(id)!;
      const { columns, name } = this.headers.get(id)!;
      return [{ x, y, ...name }, ...placed(columns).map(({ line, x: dx, y: dy }) => ({ x: x + dx, y: y + dy, width: widthOf(line), height: LINE }))];
    });
    return lines.filter(({ points }) => texts.some((text) => runsThrough(points, text))).length;
  }

  /** So high, or so wide, that the arrows at its side do not touch. */
  private withRoom({ id }: ChartState, { width, height }: Size, direction: Direction): Size {
    const arrows = this.bundles.filter(({ from, to }) => from === id || to === id).length * ARROW;
    return direction === 'RIGHT' ? { width, height: Math.max(height, arrows) } : { width: Math.max(width, arrows), height };
  }

  private node(state: ChartState, direction: Direction, within: ReadonlyMap<string, Drawing>): ElkNode {
    const { id, states, initial, type } = state;
    const header = this.headers.get(id)!;
    const drawn = within.get(id);
    if (drawn) return { id, width: drawn.width, height: drawn.height };
    if (states.length === 0) return { id, ...this.withRoom(state, header, direction) };
    const dot = type === 'compound' && initial !== undefined ? [{ id: dotOf(id), width: DOT, height: DOT }] : [];
    return {
      id,
      layoutOptions: {
        ...OPTIONS,
        'elk.direction': direction,
        'elk.padding': `[top=${header.height + INSIDE},left=${INSIDE},bottom=${INSIDE},right=${INSIDE}]`,
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': `(${header.width},${header.height})`,
      },
      children: [...dot, ...states.map((inner) => this.node(inner, direction, within))],
    };
  }
}

/** Whether a line with corners runs through a box. */
const runsThrough = (points: readonly Point[], { x, y, width, height }: Box): boolean =>
  points.slice(1).some(([toX, toY], at) => {
    const [fromX, fromY] = points[at]!;
    return Math.max(fromX, toX) > x && Math.min(fromX, toX) < x + width && Math.max(fromY, toY) > y && Math.min(fromY, toY) < y + height;
  });

/** A chart that is small and as flat as a screen is read at once. */
function cost({ width, height }: Drawing): number {
  const aspect = width / height;
  return width * height * (aspect > WIDE ? aspect / WIDE : WIDE / aspect);
}

/** What elk lays out in one go: all below, except what is within parallel states. */
const inScope = (state: ChartState): ChartState[] => [state, ...state.states.flatMap((inner) => (inner.type === 'parallel' ? [inner] : inScope(inner)))];
const outermostParallels = ({ states }: ChartState): ChartState[] => states.flatMap((inner) => (inner.type === 'parallel' ? [inner] : outermostParallels(inner)));

const dotOf = (id: string): string => `${id} initial`;

function initialEdge({ id, type, initial }: ChartState): ElkExtendedEdge[] {
  return type === 'compound' && initial !== undefined ? [{ id: dotOf(id), sources: [dotOf(id)], targets: [initial], layoutOptions: { 'elk.layered.priority.direction': '10' } }] : [];
}

function edgeOf({ from, to, ways }: Bundle): ElkExtendedEdge {
  const labels = [{ id: `${from} ${to} label`, text: ' ', ...labelSize(ways) }];
  return { id: `${from} ${to}`, sources: [from], targets: [to], labels };
}

function drawingOf(state: ChartState, graph: ElkNode, bundles: readonly Bundle[], within: ReadonlyMap<string, Drawing>): Drawing {
  const outer = graph.children![0]!;
  const nodes = allNodes(outer);
  const boxes = new Map(nodes.filter(({ id }) => !id.endsWith(' initial')).map((node) => [node.id, boxOf(node)]));
  const edges = new Map(graph.edges!.map((edge) => [edge.id, edge]));
  const lines = bundles.map((bundle) => {
    const edge = edges.get(`${bundle.from} ${bundle.to}`)!;
    return { bundle, points: pointsOf(edge), label: boxOf(edge.labels![0]!) };
  });
  const initials = inScope(state).flatMap((inner) => initialEdge(inner).map(({ id, targets }) => ({ to: targets[0]!, points: pointsOf(edges.get(id)!) })));
  const drawing = { width: graph.width!, height: graph.height!, boxes, lines, initials };
  for (const [id, inner] of within) add(drawing, moved(inner, boxes.get(id)!.x, boxes.get(id)!.y));
  return drawing;
}

const labelSize = (ways: Bundle['ways']): Size => ({ width: Math.max(...ways.map(widthOf)) + 8, height: ways.length * LINE + 2 });

function lineAt({ isMarked, ...line }: ChartLine, x: number, y: number): PlacedLine {
  return isMarked ? { ...line, x: x + MARK, y, mark: x + MARK / 2 - 1 } : { ...line, x, y };
}

const allNodes = (node: ElkNode): ElkNode[] => [node, ...(node.children ?? []).flatMap(allNodes)];
const boxOf = ({ x, y, width, height }: { x?: number; y?: number; width?: number; height?: number }): Box => ({ x: x!, y: y!, width: width!, height: height! });

function pointsOf({ sections }: ElkExtendedEdge): Point[] {
  const { startPoint, bendPoints = [], endPoint } = sections![0]!;
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => [x, y]);
}

function moved({ width, height, boxes, lines, initials }: Drawing, dx: number, dy: number): Drawing {
  const point = ([x, y]: Point): Point => [x + dx, y + dy];
  const box = (one: Box): Box => ({ ...one, x: one.x + dx, y: one.y + dy });
  return {
    width, height,
    boxes: new Map([...boxes].map(([id, one]) => [id, box(one)])),
    lines: lines.map(({ bundle, points, label }) => ({ bundle, points: points.map(point), label: box(label) })),
    initials: initials.map(({ to, points }) => ({ to, points: points.map(point) })),
  };
}

/** In rows, of which the first is as wide as that of the best chart. */
function packed(id: string, header: Size, regions: readonly Drawing[]): Drawing {
  const firstRows = regions.map((_, last) => regions.slice(0, last + 1).reduce((sum, { width }) => sum + width + GAP, 0));
  return best(firstRows.map((limit) => inRows(id, header, regions, limit)), cost);
}

function inRows(id: string, header: Size, regions: readonly Drawing[], limit: number): Drawing {
  const drawing: Drawing = { width: header.width, height: 0, boxes: new Map([[id, { x: 0, y: 0, width: 0, height: 0 }]]), lines: [], initials: [] };
  let [x, y, row] = [INSIDE, header.height + INSIDE, 0];
  for (const region of regions) {
    if (x > INSIDE && x + region.width > limit + INSIDE) [x, y, row] = [INSIDE, y + row + GAP, 0];
    add(drawing, moved(region, x, y));
    drawing.width = Math.max(drawing.width, x + region.width + INSIDE);
    x += region.width + GAP;
    row = Math.max(row, region.height);
  }
  drawing.height = y + row + INSIDE;
  drawing.boxes.set(id, { x: 0, y: 0, width: drawing.width, height: drawing.height });
  return drawing;
}

function add(drawing: Drawing, { boxes, lines, initials }: Drawing): void {
  for (const [id, box] of boxes) drawing.boxes.set(id, box);
  drawing.lines.push(...lines);
  drawing.initials.push(...initials);
}

function best(drawings: readonly Drawing[], costOf: (drawing: Drawing) => number): Drawing {
  return drawings.map((drawing) => ({ drawing, cost: costOf(drawing) })).sort((a, b) => a.cost - b.cost)[0]!.drawing;
}

/** From region to region: elk does not see it. */
function straight(bundle: Bundle, boxes: ReadonlyMap<string, Box>): Drawing['lines'][number] {
  const [from, to] = [boxes.get(bundle.from)!, boxes.get(bundle.to)!];
  const [a, b] = [middle(from), middle(to)];
  const points = [onBorder(from, a, b), onBorder(to, b, a)];
  const size = labelSize(bundle.ways);
  const at = [0, 1].map((axis) => (points[0]![axis]! + points[1]![axis]!) / 2);
  return { bundle, points, label: { x: at[0]! - size.width / 2, y: at[1]! - size.height / 2, ...size } };
}

const middle = ({ x, y, width, height }: Box): Point => [x + width / 2, y + height / 2];

function onBorder({ width, height }: Box, [x, y]: Point, [toX, toY]: Point): Point {
  const [dx, dy] = [toX - x, toY - y];
  const scale = Math.min(dx === 0 ? Infinity : width / 2 / Math.abs(dx), dy === 0 ? Infinity : height / 2 / Math.abs(dy));
  return scale === Infinity ? [x, y] : [x + dx * scale, y + dy * scale];
}

/** One under the other at the line that they share. */
function arrowsOf({ bundle, points, label }: Drawing['lines'][number]): ChartArrow[] {
  return bundle.ways.map(({ index, text, isMarked }, row) => ({
    from: bundle.from, index, to: bundle.to, points,
    label: { x: label.x, y: label.y + 1 + row * LINE, width: label.width, height: LINE, text, ...(isMarked && { mark: label.x + 2 + MARK / 2 }) },
  }));
}
