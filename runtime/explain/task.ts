/** Why a task does not move, by its state. */
import type { Explanation } from '../../inspector/protocol.ts';
import { MOST_COUNTED, priorityToBeNext, tasksAhead, type JobFacts, type StageFacts, type TaskRow } from '../store/explain-view.ts';
import { explainCanaryOf } from './canary.ts';
import { errorText } from './error-text.ts';
import { explainHeld } from './held.ts';
import { counted, specOf, type Scene } from './scene.ts';
import { explainStage } from './stage.ts';

type Asked = { job: JobFacts; stage: StageFacts; task: TaskRow; others: readonly TaskRow[]; scene: Scene };
type Said = Omit<Explanation, 'what'>;

/** @param others all tasks of the item */
export function explainTask(asked: Asked): Explanation[] {
  const { job, stage, task } = asked;
  if (!stage.active && task.state !== 'done') return explainStage(job, stage, asked.scene);
  if (task.state === 'ready') return ready(asked);
  const what = `item ${task.itemId} at ${task.stage}`;
  const canary = task.state === 'failed' || task.state === 'dead' ? explainCanaryOf(job, stage, task, asked.scene) : undefined;
  return [...(canary ? [canary] : []), { what, ...SAYS[task.state](asked) }, ...(task.state === 'waiting' ? explainHeld(job, asked.scene) : [])];
}

/** What ends well, and what somebody has to look at. */
const SAYS: Record<Exclude<TaskRow['state'], 'ready'>, (asked: Asked) => Said> = {
  blocked: dependency,
  waiting,
  running: ({ job, stage, task }) => ({ cause: 'running', reason: 'a handler is at work on it, and is aborted when it takes too long', clearsItself: true, ...began(task), ...deadline(job, stage, task), todo: [] }),
  done: ({ task }) => ({ cause: 'done', reason: 'its output is recorded', clearsItself: true, ...ended(task), todo: [] }),
  skipped: ({ task, stage }) => ({ cause: 'skipped', reason: errorText(task.reason) ?? 'it had nothing to do here', clearsItself: false, ...ended(task), todo: [line('reset', task, stage.name)] }),
  rejected: ({ task, stage }) => ({ cause: 'rejected', reason: errorText(task.reason) ?? 'the item was rejected', clearsItself: false, ...ended(task), todo: [line('reset', task, task.rejectedBy ?? stage.name)] }),
  failed: ({ task, stage }) => ({
    cause: 'failed', reason: `${task.tries > 1 ? `after ${task.tries} tries: ` : ''}${errorText(task.reason) ?? 'no reason is kept'}`, clearsItself: false, ...ended(task),
    advice: 'mend the cause, then', todo: [line('retry', task, stage.name)],
  }),
  dead: ({ task, stage }) => ({
    cause: 'dead', reason: errorText(task.reason) ?? 'the process died while this ran alone', clearsItself: false, ...(task.startedAt !== null && { since: task.startedAt }),
    advice: 'mend what ends the process, then', todo: [line('retry', task, stage.name)],
  }),
};

function ready(asked: Asked): Explanation[] {
  const { job, stage, task, scene } = asked;
  const what = `item ${task.itemId} at ${task.stage}`;
  const inTheWay = [...explainHeld(job, scene), ...explainStage(job, stage, scene, task)];
  const ahead = tasksAhead(scene.db, stage, task.itemId);
  if (inTheWay.length > 0 && ahead === 0) return inTheWay;
  const reason = ahead > 0 ? `${ahead === MOST_COUNTED ? 'at least ' : ''}${counted(ahead, 'task')} of ${job.id} at ${stage.name} ${ahead === 1 ? 'is' : 'are'} before it` : 'it is next, and starts at any moment';
  return [...inTheWay, { what, cause: 'queued', reason, clearsItself: true, todo: ahead > 0 ? first(asked) : [] }];
}

/** What makes it the next one. */
function first({ job, stage, task, scene }: Asked): string[] {
  const priority = priorityToBeNext(scene.db, stage, task.itemId, job.spec.ageingMs);
  return priority === undefined ? [] : [`npx jobctl priority ${job.id} ${task.itemId} ${priority}`];
}

/** Which stage, and why that one does not move, down to the first cause. */
function dependency({ job, stage, others, scene }: Asked): Said {
  const open = stage.needs.filter((need) => !others.some((task) => task.stage === need && (task.state === 'done' || task.state === 'skipped')));
  const because = open.flatMap((need) => {
    const task = others.find((other) => other.stage === need);
    return task ? explainTask({ job, stage: job.stages.find(({ name }) => name === need)!, task, others, scene }) : [];
  });
  const states = open.map((need) => `${need}, which is ${others.find(({ stage: name }) => name === need)?.state ?? 'missing'}`);
  return { cause: 'dependency', reason: `it needs ${states.join('; and ')}`, clearsItself: because.every(({ clearsItself }) => clearsItself), todo: [], because };
}

function waiting({ job, stage, task }: Asked): Said {
  const max = specOf(job, stage)?.retry.max;
  const isError = task.reason?.startsWith('{') ?? false;
  const reason = errorText(task.reason) ?? 'no reason is kept';
  return {
    ...(isError ? { cause: 'backing_off', reason: `try ${task.tries}${max === undefined ? '' : ` of ${max}`}: ${reason}` } : { cause: 'deferred', reason: `its handler put it off: ${reason}` }),
    clearsItself: true, ...ended(task), ...(task.dueAt !== null && { until: task.dueAt }), todo: [line('reset', task, stage.name)],
  };
}

const line = (verb: 'retry' | 'reset', { job, itemId }: TaskRow, stage: string) => `npx jobctl ${verb} ${job} ${stage} --item ${itemId}`;
const began = ({ startedAt }: TaskRow) => (startedAt === null ? {} : { since: startedAt });
const ended = ({ finishedAt }: TaskRow) => (finishedAt === null ? {} : { since: finishedAt });
const deadline = (job: JobFacts, stage: StageFacts, { startedAt }: TaskRow) => {
  const timeout = specOf(job, stage)?.timeoutMs;
  return startedAt === null || timeout === undefined ? {} : { until: startedAt + timeout };
};
