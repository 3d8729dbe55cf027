/**
 * What undoing an edit by hand does to the tasks of one item: pure, so that it can be read and tested without a database.
 *
 * An item goes back as a whole, or not at all: as soon as one of its tasks was claimed, or has come to another end, it goes on as it was asked to.
 */
import type { Stage } from './pipelines.ts';
import { BLOCKED, READY, REJECTED, satisfies, WAITING, type StateNumber } from './states.ts';

export type TaskNow = { stageId: number; state: StateNumber; lease: number; priority: number };
/** A task as it was before the edit. */
export type Before = { stageId: number; lease: number; state: StateNumber; lane: number; rank: number; priority: number; dueAt: number | null; tries: number; soloCrash: number; reason: string | null; rejectedBy: number | null };
export type PutBack = { stage: Stage; from: StateNumber; now: TaskNow; before: Before };

/**
 * @param stages of the job, those that are needed first
 * @param tasks of one item, as they are now
 * @param all tasks of the item that the edit changed, as they were
 */
export function putBack(stages: readonly Stage[], tasks: readonly TaskNow[], all: readonly Before[]): PutBack[] {
  const nowOf = new Map(tasks.map((task) => [task.stageId, task]));
  if (!all.every((before) => isUntouched(nowOf.get(before.stageId), before))) return [];
  const states = new Map(tasks.map(({ stageId, state }) => [stageId, state]));
  const beforeOf = new Map(all.map((before) => [before.stageId, before]));
  for (const { stageId, state } of all) if (!isOpen(state)) states.set(stageId, state);
  return stages.flatMap((stage): PutBack[] => {
    const before = beforeOf.get(stage.id);
    if (!before) return [];
    // What was open is so again only with its needs; and an item has not ended by a stage that has another end now.
    if (isOpen(before.state) && !stage.needs.every((need) => satisfies(states.get(need.id) ?? BLOCKED))) return [];
    if (before.rejectedBy !== null && states.get(before.rejectedBy) !== REJECTED) return [];
    const now = nowOf.get(stage.id)!;
    return [{ stage, from: now.state, now, before }];
  });
}

const isOpen = (state: StateNumber): boolean => state === READY || state === WAITING;
const isUntouched = (now: TaskNow | undefined, { lease }: Before): boolean => now !== undefined && now.lease === lease && (now.state === READY || now.state === BLOCKED);
