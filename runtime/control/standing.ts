/** How a job stands, as its lifecycle's state says it. */
import type { Standing } from '../../inspector/protocol.ts';
import type { Holds } from '../../machines/lifecycle.ts';

export type LifecycleState = { value: { pause: unknown; drain: string }; context: { holds: Holds } };

export function standingOf({ value, context }: LifecycleState): Standing {
  const holds = Object.entries(context.holds).map(([cause, hold]) => ({ cause: cause as keyof Holds, ...hold! }));
  const ends = holds.map(({ until }) => until);
  const paused = holds.length > 0 ? 'paused' : 'running';
  return {
    state: value.drain === 'flowing' ? paused : value.drain,
    ...(holds.length > 0 && { reason: holds.map(({ reason }) => reason).join('; '), holds }),
    ...(ends.length > 0 && ends.every((end) => end !== undefined) && { until: Math.max(...ends) }),
  };
}

export const isHeldByErrors = ({ holds = [] }: Standing): boolean => holds.some(({ cause }) => cause === 'breaker');
