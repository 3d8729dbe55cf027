/**
 * What the rows say of jobs, as the actors have it. A job stands as its lifecycle says; while that does not live, as the job
 * remembers it; while the job does not live either, as the supervisor does. So nothing is claimed for a job that nobody could hold.
 */
import type { AnyActorRef } from 'xstate';
import type { Holds, Standing } from '../../machines/lifecycle.ts';
import type { Restarts } from '../../machines/restarts.ts';
import { machineNameOf, pathOf } from '../recorder/recorder.ts';
import type { JobProjection } from '../store/types.ts';

type Kept<Context> = { value: unknown; context: Context };

/** Of an actor that has changed: the jobs for which it speaks now. */
export function projectionsOf(actor: AnyActorRef): JobProjection[] {
  const snapshot = actor.getSnapshot() as Kept<any>;
  const speaks = { lifecycle: ofLifecycle, job: ofJob, supervisor: ofSupervisor }[machineNameOf(actor)];
  return speaks?.(pathOf(actor).split('/')[1]!, snapshot) ?? [];
}

function ofLifecycle(job: string, { value, context }: Kept<{ holds: Holds }>): JobProjection[] {
  const { pause, drain } = value as { pause: unknown; drain: string };
  return [{ job, claiming: pause === 'running', draining: drain !== 'flowing', holds: context.holds }];
}

function ofJob(job: string, { context: { restarts, ...standing } }: Kept<Standing & { restarts: Restarts }>): JobProjection[] {
  return restarts.down.some(({ id }) => id === 'lifecycle') ? [projection(job, standing)] : [];
}

function ofSupervisor(_: string, { context: { restarts, standings } }: Kept<{ restarts: Restarts; standings: Record<string, Standing> }>): JobProjection[] {
  const jobs = restarts.down.map(({ id }) => id.slice('job/'.length));
  return jobs.flatMap((job) => (standings[job] ? [projection(job, standings[job])] : []));
}

const projection = (job: string, { holds, drain }: Standing): JobProjection => ({ job, claiming: Object.keys(holds).length === 0, draining: drain !== 'flowing', holds });
