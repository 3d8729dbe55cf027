/** What is left of a day's money, from the limit at midnight down to nothing; without a limit, what was spent. */
import type { BudgetLine } from '../../protocol.ts';
import { usd } from '../format.ts';

type Props = { line: BudgetLine; day: { now: number; from: number; until: number; tz: string }; size?: { width: number; height: number } };

const SMALL = { width: 360, height: 96 };
const MARGIN = { left: 8, right: 8, top: 8, bottom: 18 };
/** Marks of hours, counted from midnight. */
const HOURS = [6, 12, 18];
const HOUR_MS = 3_600_000;

export function BurnDown({ line, day: { now, from, until, tz }, size: { width, height } = SMALL }: Props) {
  const { limit, spent, reserved, curve, exhaustedAt, perHour } = line;
  const most = limit ?? Math.max(spent + reserved, perHour * ((until - from) / HOUR_MS), 0.01);
  const x = (at: number) => MARGIN.left + ((at - from) / (until - from)) * (width - MARGIN.left - MARGIN.right);
  const y = (amount: number) => height - MARGIN.bottom - (Math.min(most, Math.max(0, amount)) / most) * (height - MARGIN.top - MARGIN.bottom);
  const level = (gone: number) => (limit === null ? gone : limit - gone);
  const points = curve.map(([at, gone]) => `${x(at)} ${y(level(gone))}`);
  const end = exhaustedAt ?? until;
  const later = spent + (perHour * (end - now)) / HOUR_MS;
  const floor = y(0);
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: tz, hour: '2-digit', minute: '2-digit' });
  const says = saysOf(line, hour);
  return (
    <svg class="burn-down" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={says}>
      <title>{says}</title>
      {HOURS.map((n) => from + n * HOUR_MS).map((at) => <g key={at} class="hour"><path d={`M${x(at)} ${MARGIN.top}V${floor}`} /><text x={x(at)} y={height - 5} text-anchor="middle">{hour.format(at)}</text></g>)}
      {limit !== null && <path class="even" d={`M${x(from)} ${y(limit)}L${x(until)} ${floor}`} />}
      <path class="area" d={`M${points.join('L')}L${x(now)} ${floor}L${x(from)} ${floor}Z`} />
      <path class="spent" d={`M${points.join('L')}`} />
      {reserved > 0 && limit !== null && <path class="reserved" d={`M${x(now)} ${y(level(spent))}V${y(level(spent + reserved))}`} />}
      {perHour > 0 && <path class={exhaustedAt === null ? 'ahead' : 'ahead bad'} d={`M${x(now)} ${y(level(spent))}L${x(end)} ${y(level(later))}`} />}
      {exhaustedAt !== null && exhaustedAt > now && <circle class="end" cx={x(exhaustedAt)} cy={floor} r={4} />}
      <circle class="now" cx={x(now)} cy={y(level(spent))} r={3.5} />
      <text x={MARGIN.left + 3} y={MARGIN.top + (limit === null ? 9 : 12)}>{usd(most)}</text>
      <path class="floor" d={`M${MARGIN.left} ${floor}H${width - MARGIN.right}`} />
    </svg>
  );
}

function saysOf({ limit, spent, left, exhaustedAt }: BudgetLine, hour: Intl.DateTimeFormat): string {
  if (limit === null) return `${usd(spent)} spent, without a limit`;
  return `${usd(left!)} of ${usd(limit)} left${exhaustedAt === null ? '' : `, at this rate until ${hour.format(exhaustedAt)}`}`;
}
