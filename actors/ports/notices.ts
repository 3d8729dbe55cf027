/** What the operator is told. */
import type { Trouble } from '../../machines/incidents.ts';
import type { Letter, NotifierEvent, Target } from '../../machines/notifier.ts';

export interface Notices {
  /** Calls at once with all that is amiss, and with news until the answer is called. */
  watch(tell: (news: { type: 'troubles.changed'; troubles: Trouble[] } | { type: 'action.noted'; trouble: Trouble }) => void): () => void;
  /** Calls at once with where to send to, and when that changes, until the answer is called. */
  watchTargets(tell: (targets: Target[]) => void): () => void;
  /** Delivers within a time. Never rejects. `again`: another try may help, not before `retryAt` (ms since the epoch). */
  deliver(letter: Letter, signal: AbortSignal): Promise<{ ok: true; said: string } | { ok: false; reason: string; again: boolean; retryAt?: number }>;
  /** Writes down how incidents and letters stand after an event. Joins the next flush. */
  record(state: { incidents: Letter['incident'][]; letters: Letter[]; failing: Record<string, { reason: string }> }, event: NotifierEvent): void;
}
