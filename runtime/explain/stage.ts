/** Why a stage starts nothing although a task is ready. */
import type { Explanation } from '../../inspector/protocol.ts';
import { budgetReason, dollars } from '../store/money/dollars.ts';
import { readSuspects, runningTasks, type JobFacts, type StageFacts, type TaskRow } from '../store/explain-view.ts';
import { explainBreaker, explainResourceBreakers } from './breaker.ts';
import { LIMIT_OF } from './held.ts';
import { explainShared } from './shared.ts';
import { brokenCodeOf, counted, inUse, specOf, type Scene } from './scene.ts';
import { since } from './since.ts';

const NAMED = 3;

/** Most of it at once: what the claim looks at, in its order. `task`: the one that asks, where it is one. */
export function explainStage(job: JobFacts, stage: StageFacts, scene: Scene, task?: TaskRow): Explanation[] {
  if (!stage.active) return [parked(job, stage)];
  const what = `${job.id} ${stage.name}`;
  return [...alone(scene, what, task), ...explainBreaker(job, stage, scene), ...explainResourceBreakers(job, stage, scene), ...concurrency(job, stage, scene, what), ...explainShared(job, stage, scene), ...money(job, stage, scene, what)];
}

function parked(job: JobFacts, { name }: StageFacts): Explanation {
  return {
    what: `${job.id} ${name}`, cause: 'parked', reason: `"${job.id}" has no stage "${name}" any more; its tasks are kept`, clearsItself: false,
    advice: `put the stage "${name}" into jobs.yaml again, then`, todo: ['npx jobctl reload'],
  };
}

/** Its handler was changed to something that cannot be loaded. Where it has no code at all, that holds the job. */
export function explainCode(job: JobFacts, stage: StageFacts): Explanation[] {
  const reason = brokenCodeOf(job, stage);
  if (reason === undefined || job.holds.some(({ cause }) => cause === 'supervision')) return [];
  const said = { what: `${job.id} ${stage.name}`, cause: 'outdated' as const, clearsItself: false };
  return [{ ...said, reason: `its new code cannot be loaded: ${reason}; the code of before goes on`, advice: `mend ${job.spec.handler}, then`, todo: ['npx jobctl reload'] }];
}

/** A task that may have ended the process runs while nothing else does, so that nobody else is blamed. */
function alone({ db }: Scene, what: string, task: TaskRow | undefined): Explanation[] {
  const [first] = readSuspects(db);
  if (!first || (task && isSame(first, task) && first.state === 'running')) return [];
  if (task && isSame(first, task)) {
    return [{ what, cause: 'runs_alone', reason: `it ran when the process died, ${first.crash} times: it starts alone, as soon as everything else has ended`, clearsItself: true, todo: [] }];
  }
  const name = `item ${first.itemId} (${first.key}) of ${first.job} at ${first.stage}`;
  const reason = `${name} ran when the process died, ${first.crash} times: ${first.state === 'running' ? 'it runs alone now' : 'it has to run alone before anything else starts'}`;
  const todo = first.state === 'running' ? [] : [`npx jobctl pause ${first.job}`];
  return [{ what, cause: 'runs_alone', reason, clearsItself: true, ...(first.state === 'running' && first.startedAt !== null && { since: first.startedAt }), todo }];
}

const isSame = (a: TaskRow, b: TaskRow) => a.itemId === b.itemId && a.stage === b.stage;

function concurrency(job: JobFacts, stage: StageFacts, { db }: Scene, what: string): Explanation[] {
  const slots = specOf(job, stage)?.concurrency ?? 0;
  const used = inUse(job, stage);
  if (used < slots) return [];
  const tasks = runningTasks(db, stage, NAMED);
  const others = used - tasks.length;
  const by = [...tasks.map(({ itemId, key }) => `item ${itemId} (${key})`), ...(others > 0 ? [`${others} more`] : [])].join(', ');
  return [{
    what, cause: 'concurrency_full', reason: `${slots === 1 ? 'its only slot is' : `all ${slots} slots are`} taken, by ${by}`, clearsItself: true, ...since(tasks),
    advice: `raise \`concurrency\` of "${stage.name}" in jobs.yaml, then`, todo: ['npx jobctl reload'],
  }];
}

/** There is no money for one more, and the job is not held for it: something in flight may give some back, or only this stage is limited. */
function money(job: JobFacts, { name }: StageFacts, scene: Scene, what: string): Explanation[] {
  const shortage = job.holds.some(({ cause }) => cause === 'budget') ? undefined : scene.alive?.shortOf(job.id, name);
  if (!shortage) return [];
  const { need, limit, isOver, scope } = shortage;
  const ends = need > limit ? 'as much as that is never spent in a day' : isOver ? 'until the next day' : 'it waits for what is in flight to cost less than is reserved for it';
  return [{
    what, cause: 'budget', reason: `${budgetReason(shortage)}, and one more may cost ${dollars(need)}: ${ends}`, clearsItself: need <= limit, ...(isOver && need <= limit && { until: scene.alive!.dayEnds }),
    advice: `raise ${LIMIT_OF[scope](job.id, name)} in jobs.yaml, then`, todo: ['npx jobctl reload'],
  }];
}

/** Tasks of a stage that wait for somebody, or for their time. */
export const ENDED_BADLY = ['failed', 'dead'] as const;
export const badly = ({ counts }: StageFacts, state: (typeof ENDED_BADLY)[number]): string => counted(counts[state], 'task');
