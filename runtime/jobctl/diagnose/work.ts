/** What waits for the operator: jobs that are held, tasks that failed. */
import type { JobView } from '../../../inspector/protocol.ts';
import { oneLine } from '../text.ts';
import { ok, odd, type Finding } from './finding.ts';

export function diagnoseWork(jobs: readonly JobView[]): Finding[] {
  const found = jobs.filter(({ state }) => state !== 'archived').flatMap((job) => [...held(job), ...ended(job)]);
  return found.length > 0 ? found : [ok('jobs', jobs.length === 0 ? 'none has run yet' : 'nothing is held, nothing has failed')];
}

function held({ id, state, reason }: JobView): Finding[] {
  return state === 'running' ? [] : [odd('jobs', `${id} is ${state}${reason ? `: ${oneLine(reason)}` : ''}`, `npx jobctl why ${id}`)];
}

function ended({ id, stages }: JobView): Finding[] {
  return stages
    .filter(({ failed, dead }) => failed + dead > 0)
    .map(({ name, failed, dead }) => odd('jobs', `${id} ${name}: ${[failed > 0 && `${failed} failed`, dead > 0 && `${dead} dead`].filter(Boolean).join(', ')}`, `npx jobctl why ${id} ${name}`));
}
