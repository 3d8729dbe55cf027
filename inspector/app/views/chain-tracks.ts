/** How the lines lie that lead from lane to lane, beside the lanes: pure. Those that would touch have tracks of their own, the shortest next to the lanes. */
import type { ChainView } from '../../protocol.ts';

/** `from`, `to`: which lanes. `track`: 0 is next to the lanes. `nth`: of those that lead into the same lane. */
export type ChainLine = { chain: ChainView; from: number; to: number; track: number; nth: number };

/** @param jobs the lanes from above; chains of jobs that are not among them are left out */
export function chainLines(chains: readonly ChainView[], jobs: readonly string[]): ChainLine[] {
  const arrived = new Map<string, number>();
  const lines = chains.map((chain) => ({ chain, from: jobs.indexOf(chain.from), to: jobs.indexOf(chain.to) })).filter(({ from, to }) => from >= 0 && to >= 0 && from !== to);
  const tracks: (readonly [number, number])[][] = [];
  return lines.toSorted((a, b) => Math.abs(a.to - a.from) - Math.abs(b.to - b.from)).map((line) => {
    const [top, bottom] = reach(line);
    let track = tracks.findIndex((taken) => taken.every(([from, to]) => bottom < from || top > to));
    if (track < 0) track = tracks.push([]) - 1;
    tracks[track]!.push([top, bottom]);
    const nth = arrived.get(line.chain.to) ?? 0;
    arrived.set(line.chain.to, nth + 1);
    return { ...line, track, nth };
  });
}

/** In halves of lanes: downwards from the foot of one to the head of another, upwards from head to head. */
const reach = ({ from, to }: { from: number; to: number }): readonly [number, number] => (from < to ? [2 * from + 1, 2 * to] : [2 * to, 2 * from]);
