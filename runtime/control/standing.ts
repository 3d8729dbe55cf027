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

/** What a breaker does after CLEAR_ERRORS, where it is not simply closed. `value`: its state then. */
export const triesFirst = (breakers: readonly { value: unknown }[]): string | undefined =>
  breakers.some(({ value }) => value === 'halfOpen') ? 'one attempt is tried first, and more when it works; clear-errors once more skips that' : undefined;
