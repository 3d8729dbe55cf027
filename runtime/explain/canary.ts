/** What failed by a kind of error that is being redone with care. */
import type { Explanation } from '../../inspector/protocol.ts';
import { canaryContext, isUnderWay, type CanaryContext } from '../../machines/canary.ts';
import { lastFingerprint, type JobFacts, type StageFacts, type TaskRow } from '../store/explain-view.ts';
import { progressOf } from './canary-progress.ts';
import type { Scene } from './scene.ts';

type Canary = { value: unknown; context: CanaryContext };

/** Of a job, or of a stage of it. */
export function explainCanaries(job: JobFacts, stage: string | undefined): Explanation[] {
  return canariesOf(job).filter(({ context }) => stage === undefined || context.stage === null || context.stage === stage).map((canary) => explained(job.id, canary));
}

/** Of a task that failed so. */
export function explainCanaryOf(job: JobFacts, stage: StageFacts, task: TaskRow, { db }: Scene): Explanation | undefined {
  const canaries = canariesOf(job);
  const fingerprint = canaries.length > 0 ? lastFingerprint(db, stage, task.itemId) : undefined;
  const canary = canaries.find(({ context }) => context.fingerprint === fingerprint && (context.stage === null || context.stage === stage.name));
  return canary && explained(`item ${task.itemId} at ${stage.name}`, canary);
}

function explained(what: string, canary: Canary): Explanation {
  const { job, fingerprint, since } = canary.context;
  const line = `npx jobctl retry ${job} --fingerprint ${fingerprint}`;
  const said = { what, cause: 'canary' as const, reason: `what failed by ${fingerprint} is redone with care: ${progressOf(canary)}`, since };
  if (!isUnderWay(canary)) return { ...said, reason: `the canary of ${fingerprint} has ${progressOf(canary)}`, clearsItself: false, advice: 'mend the cause, then', todo: [line] };
  return { ...said, clearsItself: true, advice: 'to have all of them run again at once,', todo: [`${line} --all-at-once`] };
}

const canariesOf = ({ actors }: JobFacts): Canary[] =>
  [...actors].filter(([id]) => id.startsWith('canary/')).flatMap(([, { value, context }]) => {
    const { success, data } = canaryContext.safeParse(context);
    return success ? [{ value, context: data }] : [];
  });
