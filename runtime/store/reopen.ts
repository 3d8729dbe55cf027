/**
 * What an edit by hand does to the tasks of one item: pure, so that it can be read and tested without a database.
 *
 * The tasks that the verb takes run again. What was decided on their account is open again as well: stages that need
 * them, unless they came to a good end (that is kept, until `downstream` asks for it too), and, where one of them had
 * rejected the item, everything that ended with it. A running task is left alone.
 */
import type { Stage } from './pipelines.ts';
import { BLOCKED, READY, REJECTED, RUNNING, satisfies, type StateNumber } from './states.ts';

export type TaskFacts = { stageId: number; state: StateNumber; rejectedBy: number | null };
/** `to` is `ready`, or `blocked` when a need is not satisfied. `byHand`: the verb took it itself. */
export type Reopened = { stage: Stage; from: StateNumber; to: typeof READY | typeof BLOCKED; byHand: boolean };

/**
 * @param stages active stages of the job, those that are needed first
 * @param tasks of one item
 * @param byHand ids of the stages whose tasks the verb takes itself
 * @param downstream whether what ended on the account of these runs again too
 */
export function reopen(stages: readonly Stage[], tasks: readonly TaskFacts[], byHand: ReadonlySet<number>, downstream: boolean): Reopened[] {
  const taskOf = new Map(tasks.map((task) => [task.stageId, task]));
  const taken = stages.filter(({ id }) => byHand.has(id));
  const follows = (task: TaskFacts | undefined) => followsFromItsNeeds(task) && (downstream || !satisfies(task!.state));
  const open = new Set<Stage>();
  const queue = [...taken];
  for (let stage = queue.pop(); stage; stage = queue.pop()) {
    if (open.has(stage)) continue;
    open.add(stage);
    const { state, rejectedBy } = taskOf.get(stage.id)!;
    queue.push(...stage.dependents.filter((dependent) => follows(taskOf.get(dependent.id))));
    if (state === REJECTED && rejectedBy === null) queue.push(...stages.filter(({ id }) => taskOf.get(id)?.rejectedBy === stage.id));
  }

  const states = new Map(tasks.map(({ stageId, state }) => [stageId, state]));
  return stages
    .filter((stage) => open.has(stage))
    .map((stage) => {
      const to = stage.needs.every((need) => satisfies(states.get(need.id) ?? BLOCKED)) ? READY : BLOCKED;
      states.set(stage.id, to);
      return { stage, from: taskOf.get(stage.id)!.state, to, byHand: taken.includes(stage) };
    });
}

/** Whether the state came about because the needs were satisfied; a task that ended with its item has another reason. */
function followsFromItsNeeds(task: TaskFacts | undefined): boolean {
  return task !== undefined && task.state !== BLOCKED && task.state !== RUNNING && task.rejectedBy === null;
}
