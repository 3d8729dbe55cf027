/** What operators had run again by hand, as it is remembered. */
import type { BulkAction } from './bulk.ts';

/**
 * `items`: that were meant, `done` of which were dealt with; `tasks`: that were changed (of a priority, items), `undone` of which were put back. `interrupted`: the runner ended first, and the
 * rest was not touched. `lines`: the same for a terminal. `bulk`: its name, of an action on many items.
 */
export type EditView = {
  id: number; at: number; who: string; verb: 'retry' | 'reset' | 'reprocess' | 'priority'; bulk?: string; action: BulkAction; filter: string | null; items: number; done: number; tasks: number; undone: number;
  state: 'running' | 'done' | 'aborted' | 'failed' | 'interrupted' | 'undone'; lines: string[];
};
/** The newest first. */
export type EditsView = { edits: EditView[] };
