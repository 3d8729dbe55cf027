/** Why a stage starts nothing although it has slots: what it uses, or its job, may not start faster. */
import type { Explanation } from '../../inspector/protocol.ts';
import { formatRate } from '../../actors/units.ts';
import type { JobFacts, StageFacts } from '../store/explain-view.ts';
import { specOf, type Scene } from './scene.ts';

export function explainPace(job: JobFacts, stage: StageFacts, { nextToken }: Scene): Explanation[] {
  const what = `${job.id} ${stage.name}`;
  const { pacing } = job.spec;
  const shared = (specOf(job, stage)?.resources ?? []).flatMap((resource) => {
    const token = nextToken?.(resource);
    return token ? [paced({ what, cause: 'resource_rate', reason: `what uses "${resource}" starts at ${formatRate(token.rate)}, over all jobs`, until: token.at, key: `rate\` of the resource "${resource}"` })] : [];
  });
  const own = pacing && nextToken?.(`job/${job.id}`);
  return [...(own ? [paced({ what, cause: 'pacing', reason: `the tasks of ${job.id} start at ${formatRate(pacing)}`, until: own.at, key: `pacing\` of "${job.id}"` })] : []), ...shared];
}

const paced = ({ key, reason, ...said }: { what: string; cause: 'pacing' | 'resource_rate'; reason: string; until: number; key: string }): Explanation => ({
  ...said, reason: `${reason}: it waits for the next token`, clearsItself: true, advice: `raise \`${key} in jobs.yaml, then`, todo: ['npx jobctl reload'],
});
