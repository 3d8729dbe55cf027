/**
 * Why something does not move, and what to do about it: one answer for `jobctl why`, the inspector and programs.
 *
 * A job is explained by what holds all of it, then by what its discovery and its stages wait for; an item by its tasks that
 * have not ended well, each down to the first cause. Reads the rows alone, in one moment.
 */
import type { Explanation } from '../../inspector/protocol.ts';
import { newestTask, nextDue, readJobFacts, readTasks, type JobFacts, type StageFacts } from '../store/explain-view.ts';
import { readAsideOfLastStart } from '../store/aside-view.ts';
import { explainCanaries } from './canary.ts';
import { explainDiscovery } from './discovery.ts';
import { errorText } from './error-text.ts';
import { explainHeld, explainRunner } from './held.ts';
import { counted, type Scene, type World } from './scene.ts';
import { badly, ENDED_BADLY, explainCode, explainStage } from './stage.ts';
import { explainTask } from './task.ts';

/** All jobs, a job, a stage of it, or an item (at a stage). What there is no such thing of has no explanation. */
export type Question = { job?: string; stage?: string; item?: number };

export function explain(question: Question, world: World): Explanation[] {
  return world.db.transaction(() => {
    const scene = { ...world, jobs: readJobFacts(world.db) };
    if (question.item !== undefined) return explainItem(question.item, question.stage, scene);
    if (question.job === undefined) return explainAll(scene);
    return scene.jobs.filter(({ id }) => id === question.job).flatMap((job) => explainJob(job, question.stage, scene));
  })();
}

/** What is the same for all of them is said once. */
function explainAll(scene: Scene): Explanation[] {
  const jobs = scene.jobs.filter(({ archived }) => !archived);
  const alive = scene.alive && { ...scene.alive, fullDisk: undefined };
  return [...explainRunner(scene), ...jobs.flatMap((job) => explainJob(job, undefined, { ...scene, running: true, ...(alive && { alive }) }))];
}

function explainItem(item: number, name: string | undefined, scene: Scene): Explanation[] {
  const tasks = readTasks(scene.db, item);
  const job = scene.jobs.find(({ id }) => id === tasks[0]?.job);
  if (!job) return [];
  const one = (stage: StageFacts) => explainTask({ job, stage, task: tasks.find((task) => task.stage === stage.name)!, others: tasks, scene });
  const stages = job.stages.filter((stage) => tasks.some((task) => task.stage === stage.name));
  if (name !== undefined) return stages.filter((stage) => stage.name === name).flatMap(one);
  const state = (stage: StageFacts) => tasks.find((task) => task.stage === stage.name)!.state;
  // What is blocked waits for one of the others, and a rejection is told once: where it was made.
  const open = stages.filter((stage) => !['done', 'skipped', 'blocked'].includes(state(stage)) && tasks.find((task) => task.stage === stage.name)!.rejectedBy === null);
  if (open.length > 0) return open.flatMap(one);
  return stages.length > 0 ? one(stages.findLast((stage) => stage.active) ?? stages[0]!) : [];
}

function explainJob(job: JobFacts, name: string | undefined, scene: Scene): Explanation[] {
  const held = explainHeld(job, scene);
  if (job.archived) return held;
  const stages = job.stages.filter((stage) => (name === undefined ? stage.active || hasWork(stage) : stage.name === name));
  const found = [...held, ...(name === undefined ? explainDiscovery(job) : []), ...explainCanaries(job, name), ...stages.flatMap((stage) => atStage(job, stage, scene))];
  return [...(found.length > 0 ? found : [atRest(job, stages)]), ...beganAnew(job, name, scene)];
}

function atStage(job: JobFacts, stage: StageFacts, scene: Scene): Explanation[] {
  const inTheWay = stage.counts.ready > 0 || !stage.active ? explainStage(job, stage, scene) : [];
  return [...explainCode(job, stage), ...inTheWay, ...waiting(job, stage, scene), ...ENDED_BADLY.flatMap((state) => endedBadly(job, stage, state, scene))];
}

function waiting({ id }: JobFacts, stage: StageFacts, { db }: Scene): Explanation[] {
  const next = stage.counts.waiting > 0 && stage.active ? nextDue(db, stage) : undefined;
  if (!next) return [];
  const cause = next.reason?.startsWith('{') ? 'backing_off' : 'deferred';
  const reason = `${counted(stage.counts.waiting, 'task')} ${stage.counts.waiting === 1 ? 'waits' : 'wait'}; the next: ${errorText(next.reason) ?? 'no reason is kept'}`;
  return [{ what: `${id} ${stage.name}`, cause, reason, clearsItself: true, ...(next.dueAt !== null && { until: next.dueAt }), todo: [`npx jobctl reset ${id} ${stage.name} --where state=waiting`] }];
}

function endedBadly({ id }: JobFacts, stage: StageFacts, state: (typeof ENDED_BADLY)[number], { db }: Scene): Explanation[] {
  const newest = stage.counts[state] > 0 ? newestTask(db, stage, state) : undefined;
  if (!newest) return [];
  return [{
    what: `${id} ${stage.name}`, cause: state, reason: `${badly(stage, state)} ${state === 'dead' ? 'ended the process' : 'failed'}; the newest: ${errorText(newest.reason) ?? 'no reason is kept'}`,
    ...(newest.finishedAt !== null && { since: newest.finishedAt }), clearsItself: false, advice: 'mend the cause, then', todo: [`npx jobctl retry ${id} ${stage.name}`],
  }];
}

/** Keeps nothing from moving, but explains why an actor has forgotten what it was about. */
function beganAnew({ id }: JobFacts, stage: string | undefined, { db }: Scene): Explanation[] {
  const isMeant = (path: string) => (stage === undefined ? `${path}/`.startsWith(`job/${id}/`) : path === `job/${id}/stage/${stage}`);
  const lost = readAsideOfLastStart(db).filter(({ path }) => isMeant(path));
  return lost.map(({ path, at, reason }) => ({ what: path, cause: 'began_anew', reason: `it began anew at the last start, for its stored state could not be used: ${reason}`, since: at, clearsItself: true, todo: [] }));
}

/** Nothing is in the way. */
function atRest({ id, spec, actors }: JobFacts, stages: readonly StageFacts[]): Explanation {
  const sum = (state: 'running' | 'ready') => stages.reduce((all, { counts }) => all + counts[state], 0);
  if (sum('running') + sum('ready') > 0) return { what: id, cause: 'running', reason: `it is at work: ${sum('running')} in flight, ${sum('ready')} ready`, clearsItself: true, todo: [] };
  const nextAt = actors.get('discovery')?.context['nextAt'];
  const byHand = spec.discovery.strategy === 'manual';
  return {
    what: id, cause: 'nothing_to_do', reason: byHand ? 'it has no work, and its items are only added by hand' : 'everything it found has been dealt with', clearsItself: !byHand,
    ...(!byHand && typeof nextAt === 'number' && { until: nextAt }), todo: [byHand ? `npx jobctl add ${id} KEY` : `npx jobctl wake ${id}`],
  };
}

const hasWork = ({ counts }: StageFacts): boolean => counts.blocked + counts.ready + counts.waiting + counts.running + counts.failed + counts.dead > 0;
