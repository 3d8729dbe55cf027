/** The ways of a chart that lead to a state, as arrows: those between the same two states share a line. */
import type { ChartState } from '../../inspector/protocol.ts';
import { isMarked, labelOf } from './texts.ts';

export type Way = { index: number; text: string; isMarked: boolean };
export type Bundle = { from: string; to: string; ways: Way[] };

export function bundlesOf(root: ChartState): Bundle[] {
  const bundles = new Map<string, Bundle>();
  for (const { id: from, transitions } of withAllBelow(root)) {
    for (const [index, transition] of transitions.entries()) {
      for (const to of transition.targets) {
        const key = `${from} ${to}`;
        const bundle = bundles.get(key) ?? { from, to, ways: [] };
        bundle.ways.push({ index, text: labelOf(transition), isMarked: isMarked(transition) });
        bundles.set(key, bundle);
      }
    }
  }
  return [...bundles.values()];
}

/** Each state before those within it. */
export const withAllBelow = (state: ChartState): ChartState[] => [state, ...state.states.flatMap(withAllBelow)];
