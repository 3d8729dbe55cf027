import type { TaskRow } from '../store/explain-view.ts';

/** Since when the one of these attempts is at work that began first. */
export function since(tasks: readonly TaskRow[]): { since?: number } {
  const starts = tasks.map(({ startedAt }) => startedAt).filter((at) => at !== null);
  return starts.length > 0 ? { since: Math.min(...starts) } : {};
}
