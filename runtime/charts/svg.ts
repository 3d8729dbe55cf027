/** A chart as a picture by itself, for documents: it has its own ground and follows the reader's theme, so that it is read on light and on dark pages. */
import type { ChartArrow, ChartLayout, ChartState } from '../../inspector/protocol.ts';
import { withAllBelow } from './arrows.ts';

type Points = ChartArrow['points'];
type Placed = ChartLayout['states'][string];

const STYLE = `
svg { --ground: #ffffff; --box: #f3f5f8; --line: #c5cdd7; --text: #1f2328; --dim: #57606a; --told: #0a5fc4 }
@media (prefers-color-scheme: dark) { svg { --ground: #0d1117; --box: #161d27; --line: #3b4654; --text: #e6edf3; --dim: #9da9b6; --told: #6cb6ff } }
text { font: 11px ui-monospace, 'SF Mono', Menlo, 'Liberation Mono', monospace; fill: var(--dim) }
.name { font: 600 13px system-ui, 'Segoe UI', sans-serif; fill: var(--text) }
.state { fill: var(--box); stroke: var(--line); stroke-width: 1.2 }
.outer { fill: none }
.regions { stroke-dasharray: 5 4 }
.way { fill: none; stroke: var(--dim); stroke-linejoin: round }
.dot, marker { fill: var(--dim) }
.ground { fill: var(--ground) }
.told { fill: var(--told) }`;

/** The same chart is the same text. */
export function svgOf(root: ChartState, { width, height, states: boxes, arrows, initials }: ChartLayout): string {
  const states = withAllBelow(root);
  const told = new Set(states.flatMap(({ id, transitions }) => transitions.flatMap(({ kind }, index) => (kind === 'operator' ? [`${id} ${index}`] : []))));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size(width)} ${size(height)}" width="${size(width)}" height="${size(height)}" role="img" aria-label="State chart of ${escaped(root.key)}">`,
    `<style>${STYLE}\n</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>',
    `<rect class="ground" width="${size(width)}" height="${size(height)}" rx="8"/>`,
    ...states.map((state) => stateOf(state, boxes[state.id]!, told)),
    ...initials.map(({ points }) => `<circle class="dot" cx="${n(points[0]![0])}" cy="${n(points[0]![1])}" r="4"/>${wayOf(points)}`),
    ...new Set(arrows.map(({ points }) => wayOf(points))),
    ...arrows.map((arrow) => labelOf(arrow, told)),
    '</svg>\n',
  ].join('\n');
}

function stateOf({ id, key, type, states, description }: ChartState, { x, y, width, height, lines }: Placed, told: ReadonlySet<string>): string {
  if (type === 'history') return `<circle class="state" cx="${n(x + width / 2)}" cy="${n(y + height / 2)}" r="${n(width / 2)}"/><text x="${n(x + width / 2)}" y="${n(y + height / 2 + 4)}" text-anchor="middle">H</text>`;
  const kind = `state${states.length > 0 ? ' outer' : ''}${type === 'parallel' ? ' regions' : ''}`;
  const box = (inset: number) => `<rect class="${kind}" x="${n(x + inset)}" y="${n(y + inset)}" width="${n(width - 2 * inset)}" height="${n(height - 2 * inset)}" rx="${8 - inset}"/>`;
  return [
    `<g>${description === undefined ? '' : `<title>${escaped(description)}</title>`}${box(0)}${type === 'final' ? box(3) : ''}<text class="name" x="${n(x + 8)}" y="${n(y + 17)}">${escaped(key)}</text>`,
    ...lines.map(({ text, index, x: at, y: top, mark }) => `<text${told.has(`${id} ${index}`) ? ' class="told"' : ''} x="${n(mark === undefined ? at : at - 16)}" y="${n(top + 12)}">${escaped(text)}</text>`),
    '</g>',
  ].join('');
}

function labelOf({ from, index, label: { x, y, width, height, text } }: ChartArrow, told: ReadonlySet<string>): string {
  return `<rect class="ground" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="4"/><text${told.has(`${from} ${index}`) ? ' class="told"' : ''} x="${n(x + width / 2)}" y="${n(y + height / 2 + 4)}" text-anchor="middle">${escaped(text)}</text>`;
}

const wayOf = (points: Points): string => `<polyline class="way" marker-end="url(#tip)" points="${points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ')}"/>`;

/** To a tenth of a px. */
const n = (length: number): string => String(Math.round(length * 10) / 10);
const size = (length: number): number => Math.ceil(length);
const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
