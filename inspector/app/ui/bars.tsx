/** A small histogram: how much there was over time. */
import type { Histogram } from '../../protocol.ts';
import { dateTime, plain } from '../format.ts';

const [WIDTH, HEIGHT, GAP] = [120, 28, 1];

export function Bars({ of: { from, to, counts } }: { of: Histogram }) {
  const most = Math.max(1, ...counts);
  const width = WIDTH / counts.length;
  const total = counts.reduce((sum, n) => sum + n, 0);
  const says = from === to ? `${plain(total)} at ${dateTime(to)}` : `${plain(total)} from ${dateTime(from)} to ${dateTime(to)}`;
  return (
    <svg class="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={says}>
      <title>{says}</title>
      {counts.map((n, at) => (n === 0 ? null : <rect key={at} x={at * width} width={width - GAP} y={HEIGHT - barHeight(n, most)} height={barHeight(n, most)} rx={1} />))}
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
    </svg>
  );
}

/** One is seen, too. */
const barHeight = (n: number, most: number): number => Math.max(2, (n / most) * HEIGHT);
