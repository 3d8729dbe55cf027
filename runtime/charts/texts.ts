/** A chart in words: the lines within a state, and what stands at an arrow. */
import type { ChartLine, ChartState, ChartTransition } from '../../inspector/protocol.ts';
import { callText } from './called.ts';

/** What is longer ends with "…": the chart has it whole. */
const MOST_CHARACTERS = { label: 34, line: 44 };

/** `hold.placed [isNews] / hold, tellJob` */
export function labelOf(transition: ChartTransition): string {
  return cut(textOf(transition), MOST_CHARACTERS.label);
}

/** In the order in which they matter: what happens on the way in and out, what it runs, and what it does while it stays. */
export function linesOf({ entry, exit, invokes, transitions }: ChartState): ChartLine[] {
  const line = (kind: ChartLine['kind'], text: string, index?: number): ChartLine => ({ kind, text: cut(text, MOST_CHARACTERS.line), ...(index !== undefined && { index }) });
  return [
    ...entry.map((action) => line('entry', `entry / ${callText(action)}`)),
    ...exit.map((action) => line('exit', `exit / ${callText(action)}`)),
    ...invokes.map(({ id, src }) => ({ ...line('invoke', `runs ${src}`), child: id })),
    ...transitions.flatMap((transition, index) => (transition.targets.length === 0 ? [{ ...line('transition', textOf(transition), index), ...(isMarked(transition) && { isMarked: true as const }) }] : [])),
  ];
}

/** Something can be said of it while it runs: whether its guard is true, when its time comes. */
export const isMarked = ({ kind, guard }: ChartTransition): boolean => guard !== undefined || kind === 'after';

function textOf({ kind, event, guard, actions, forbidden }: ChartTransition): string {
  const done = forbidden ? 'ignored' : actions.map(callText).join(', ');
  return [triggerOf(kind, event), guard && `[${callText(guard)}]`, done && `/ ${done}`].filter(Boolean).join(' ');
}

function triggerOf(kind: ChartTransition['kind'], event: string): string {
  if (kind === 'always') return 'always';
  if (kind === 'after') return `after ${/^\d+$/.test(event) ? spanOf(Number(event)) : event}`;
  const [, what, of] = /^xstate\.(done|error|snapshot)\.(?:actor|state)?\.?(.*)$/.exec(event) ?? [];
  if (what === undefined) return event;
  return kind === 'done' && event.startsWith('xstate.done.state.') ? 'done' : `${what} of ${of === '*' ? 'any child' : of}`;
}

/** `250ms`, `30s`, `5m`, `2h` */
function spanOf(ms: number): string {
  const [unit, size] = ([['h', 3_600_000], ['m', 60_000], ['s', 1_000]] as const).find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`);
