/** One action on many items, which are frozen before anything is done to them. */
import { z } from 'zod';
import { itemId, name, priority, type TASK_STATES } from './atoms.ts';

type TaskState = (typeof TASK_STATES)[number];

/** `downstream`: the stages that need these run again too. */
export const bulkAction = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.enum(['RETRY', 'RESET', 'REPROCESS']), stage: name.optional(), downstream: z.boolean().optional() }),
  z.strictObject({ verb: z.literal('PRIORITY'), priority }),
]);
export type BulkAction = z.infer<typeof bulkAction>;

/** What is to be frozen: what was found, those that were chosen, or what is frozen already, for another action. */
export const bulkFrom = z.union([z.strictObject({ selection: name }), z.strictObject({ items: z.array(itemId).min(1).max(1000) }), z.strictObject({ bulk: name })]);

/** `kept`: tasks of later stages that keep their output. */
export type BulkJob = { job: string; items: number; tasks: number; kept: number; stages: { stage: string; from: TaskState; to: TaskState; byHand: boolean; tasks: number }[] };

export const BULK_STATES = ['frozen', 'running', 'aborted', 'done', 'failed', 'interrupted', 'undone'] as const;
/**
 * `count`: items that are frozen, `done`: of which so many were dealt with; `tasks`: that were changed. `filter`: which they matched, null for those that were chosen by hand.
 * `words`: what has to be said to do it, where everything is meant. `costUsd`: about what it will cost, by what the stages have cost lately. `undo`: whether it can be taken back, or why not;
 * `undone`: what came of that, with the tasks that had begun and go on. `interrupted`: the runner ended first, and what was not done is untouched.
 */
export type BulkView = {
  id: string; state: (typeof BULK_STATES)[number]; at: number; filter: string | null; action: BulkAction; count: number; jobs: BulkJob[]; costUsd?: number; words?: string;
  done: number; tasks: number; error?: string; undo: true | string; undone?: { tasks: number; begun: number }; lines: string[];
};
