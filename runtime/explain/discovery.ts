/** Why a job finds nothing new. */
import type { Explanation } from '../../inspector/protocol.ts';
import type { JobFacts } from '../store/explain-view.ts';
import { counted } from './scene.ts';

type Context = { nextAt: number; lastAt: number | null; failures: number; lastError: { name: string; message: string } | null };

export function explainDiscovery(job: JobFacts): Explanation[] {
  const actor = job.actors.get('discovery');
  if (!actor) return [];
  const { value, context } = actor as unknown as { value: unknown; context: Context };
  if (JSON.stringify(value) === '{"polling":"full"}') return [full(job)];
  return value === 'backingOff' ? [backingOff(job, context)] : [];
}

function full({ id, spec, stages }: JobFacts): Explanation {
  const pending = stages.reduce((sum, { active, counts }) => sum + (active ? counts.ready + counts.waiting + counts.running : 0), 0);
  return {
    what: `discovery of ${id}`, cause: 'discovery_full', clearsItself: true,
    reason: `${counted(pending, 'task')} wait or run, and max_pending is ${spec.guards.maxPending}: it goes on when a tenth of that has ended`,
    advice: `raise \`max_pending\` of "${id}" in jobs.yaml, then`, todo: ['npx jobctl reload'],
  };
}

function backingOff({ id, spec }: JobFacts, { nextAt, lastAt, failures, lastError }: Context): Explanation {
  const times = failures === 1 ? '' : ` ${failures} times in a row`;
  return {
    what: `discovery of ${id}`, cause: 'discovery_backing_off', clearsItself: true, until: nextAt, ...(lastAt !== null && { since: lastAt }),
    reason: `${spec.discovery.strategy} could not be read${times}: ${lastError ? `${lastError.name}: ${lastError.message}` : 'no reason given'}`,
    todo: [`npx jobctl wake ${id}`],
  };
}
