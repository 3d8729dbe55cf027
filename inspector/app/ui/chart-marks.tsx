/** What stands before the text of a transition: whether its guard is true at present, or how much of its time is left. */
import type { ChildNow, GuardNow, TimerNow } from '../../protocol.ts';
import { countdown } from '../format.ts';
import { clock } from '../time.ts';

const RING = 5.5;

/** Each second a little less of it. */
export function Ring({ timer: { since, until }, x, y }: { timer: TimerNow; x: number; y: number }) {
  const left = until - clock.value;
  const share = since === undefined || until <= since ? 1 : Math.max(0, Math.min(1, left / (until - since)));
  return (
    <g class="ring">
      <circle cx={x} cy={y} r={RING} />
      <circle class="left" cx={x} cy={y} r={RING} pathLength={1} stroke-dasharray="1" stroke-dashoffset={share - 1} transform={`rotate(-90 ${x} ${y})`} />
    </g>
  );
}

/** As short as the word `after`, in whose place it stands: `00:41`, `2h59m`, `3d`. */
function left(ms: number): string {
  const min = Math.floor(ms / 60_000);
  if (min < 60) return countdown(ms);
  return min < 1_440 ? `${Math.floor(min / 60)}h${String(min % 60).padStart(2, '0')}m` : `${Math.floor(min / 1_440)}d`;
}

/** The words of a label; those of a timer that runs count down. */
export function Words({ text, timer }: { text: string; timer: TimerNow | undefined }) {
  return timer ? <>{text.replace(/^after/, () => left(timer.until - clock.value))}</> : <>{text}</>;
}

/** What a state runs is at work, and since when. */
export function Elapsed({ child: { since } }: { child: ChildNow }) {
  return <tspan class="elapsed"> ●{since !== undefined && ` ${passed(clock.value - since)}`}</tspan>;
}

/** As short as a countdown. */
const passed = (ms: number): string => left(Math.max(0, ms));

export function Truth({ guard: { is }, x, y }: { guard: GuardNow; x: number; y: number }) {
  const [kind, sign] = is === undefined ? ['asked', '?'] : is ? ['yes', '✓'] : ['no', '✗'];
  return <text class={`truth ${kind}`} x={x} y={y + 4} text-anchor="middle">{sign}</text>;
}

/** `isFree is true, isEnough is asked when it comes` */
export const truthText = ({ parts }: GuardNow): string => parts.map(({ guard, is }) => `${guard} is ${is === undefined ? 'asked when it comes' : is}`).join(', ');
