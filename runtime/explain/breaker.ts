/** What a breaker that is not closed keeps from starting. */
import type { Explanation } from '../../inspector/protocol.ts';
import { allowanceOf, breakerContext, breakerOfResource, reasonOf, type BreakerContext } from '../../machines/breaker.ts';
import { runningTasks, storedActor, type JobFacts, type StageFacts } from '../store/explain-view.ts';
import { counted, inUse, specOf, type Scene } from './scene.ts';

/** Of one that holds all of its job, the hold says it. */
export function explainBreaker(job: JobFacts, stage: StageFacts, scene: Scene): Explanation[] {
  const breaker = job.actors.get('breaker') ?? job.actors.get(`breaker/${stage.name}`);
  if (!breaker || job.holds.some(({ cause }) => cause === 'breaker')) return [];
  const { success, data: context } = breakerContext.safeParse(breaker.context);
  // A damaged row: at the next start it begins anew.
  if (!success) return [];
  const most = allowanceOf(breaker as never);
  const guarded = job.stages.filter(({ name }) => context.stages.includes(name));
  if (most === null || guarded.reduce((sum, one) => sum + inUse(job, one), 0) < most) return [];
  const said = { what: `${job.id} ${stage.name}`, cause: 'breaker' as const, todo: [`npx jobctl clear-errors ${job.id}`] };
  if (most === 0) {
    if (context.opened === null) return [];
    const { since, until } = context.opened;
    return [{ ...said, reason: reasonOf(context.opened), since, clearsItself: until !== null, ...(until !== null && { until }), advice: adviceOn(context) }];
  }
  const by = guarded.flatMap((one) => runningTasks(scene.db, one, 1)).map(({ itemId, key, stage: at }) => `item ${itemId} (${key}) at ${at}`);
  const reason = `${job.spec.window && context.openings === 0 ? 'since its window has opened it begins' : 'after failures in a row it comes back'} slowly: ${counted(most, 'attempt')} at once for now${by.length > 0 ? `, ${by[0]}${most > 1 ? ' and others' : ''}` : ''}`;
  return [{ ...said, reason, clearsItself: true, advice: 'to let all of it go on at once,' }];
}

/** Of what the stage shares with other jobs, that which fails in all of them. */
export function explainResourceBreakers(job: JobFacts, stage: StageFacts, scene: Scene): Explanation[] {
  return (specOf(job, stage)?.resources ?? []).flatMap((name) => {
    const breaker = storedActor(scene.db, breakerOfResource(name));
    const { success, data: context } = breakerContext.safeParse(breaker?.context);
    const most = success ? allowanceOf(breaker as never) : null;
    if (!success || most === null) return [];
    const slots = scene.alive?.useOf(name).holders.reduce((sum, holder) => sum + holder.slots, 0) ?? 0;
    if (slots < most) return [];
    const said = { what: `${job.id} ${stage.name}`, cause: 'breaker' as const, todo: [`npx jobctl clear-errors --resource ${name}`] };
    if (most > 0) return [{ ...said, reason: `after failures in several jobs "${name}" comes back slowly: ${counted(most, 'attempt')} at once for now, over all jobs`, clearsItself: true, advice: 'to let all of it go on at once,' }];
    const { since, until } = context.opened!;
    return [{ ...said, reason: `the resource "${name}" fails in several jobs: ${reasonOf(context.opened!)}`, since, clearsItself: true, ...(until !== null && { until }), advice: adviceOn(context) }];
  });
}

/** How what opened it is mended. */
export const adviceOn = ({ opened }: BreakerContext): string =>
  opened?.class === 'code_bug' ? 'mend its code, and it is tried again as soon as that is saved; to have it tried before,' : 'mend what the error says, then';
