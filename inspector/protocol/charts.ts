/** Machines as data, and how they are drawn. */

/**
 * What makes a transition happen. `internal` events come from other actors, `operator` ones also from people; `done` and `error` from a
 * child that ended, or from a state whose last one was reached; `wildcard` stands for all that begin so.
 */
export const TRANSITION_KINDS = ['operator', 'internal', 'after', 'always', 'done', 'error', 'wildcard'] as const;
/** A guard or an action. `params`: given with it; `dynamic`: made from event and context. `of`: the parts of `and`, `or` and `not`. */
export type ChartCall = { name: string; params?: unknown; dynamic?: true; of?: ChartCall[] };
/** One way out of a state, or an effect within it. Ids of states are those of XState: `lifecycle.pause.paused`. */
export type ChartTransition = {
  kind: (typeof TRANSITION_KINDS)[number];
  /** The event's type; for `after` the name of the delay, or its ms; '' for `always`. */
  event: string;
  /** States that it leads to; none when the state stays as it is. */
  targets: string[];
  guard?: ChartCall;
  actions: ChartCall[];
  /** Leaves the state and enters it again, although the target lies within. */
  reenter: boolean;
  /** The event is taken here, and nothing comes of it: no state around hears of it. */
  forbidden?: true;
  description?: string;
  meta?: unknown;
};
export type ChartState = {
  id: string;
  key: string;
  type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Id of the state that is entered first; of a history state, as long as there is no past. */
  initial?: string;
  initialActions?: ChartCall[];
  history?: 'shallow' | 'deep';
  description?: string;
  meta?: unknown;
  tags: string[];
  entry: ChartCall[];
  exit: ChartCall[];
  invokes: { id: string; src: string; systemId?: string }[];
  /** In the order in which they are tried. */
  transitions: ChartTransition[];
  states: ChartState[];
};
/** A machine as data: all that is needed to draw it. `version` is that of its snapshots. */
export type Chart = { machine: string; version: number; root: ChartState };
/** In CSS px, from the top left corner of the chart. */
export type Box = { x: number; y: number; width: number; height: number };
/** What stands in the box of a state below its name. `index`: of a transition that leads nowhere else, among those of the state; `child`: id of what it runs. */
export type ChartLine = { kind: 'entry' | 'exit' | 'invoke' | 'transition'; text: string; index?: number; child?: string; isMarked?: true };
/** `x`, `y`: top left corner of its 16 px of text; many lines of a state stand in several columns. `mark`: as at an arrow. */
export type PlacedLine = Omit<ChartLine, 'isMarked'> & { x: number; y: number; mark?: number };
/**
 * One way that leads to another state: the `index`-th transition of `from`, to `to`. `points`: corners of its line, from the border of `from` to that of `to`.
 * `mark`: middle of the 14 px before its text, where the truth of its guard or the ring of its timer has room; none where it has neither.
 */
export type ChartArrow = { from: string; index: number; to: string; points: [x: number, y: number][]; label: Box & { text: string; mark?: number } };
/** A chart as it is drawn, in text of 12 px. `initials`: the dot from which the first state of a compound one is entered. */
export type ChartLayout = {
  width: number;
  height: number;
  /** By id; outer states before those within them. */
  states: Record<string, Box & { lines: PlacedLine[] }>;
  arrows: ChartArrow[];
  initials: { to: string; points: [x: number, y: number][] }[];
};
export type ChartView = { chart: Chart; layout: ChartLayout };
