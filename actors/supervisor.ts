/** The supervisor joined to the world: the whole tree, recorded. */
import { enqueueActions } from 'xstate';
import { supervisorMachine, type SupervisorEvent } from '../machines/supervisor.ts';
import { timeOf } from '../machines/time.ts';
import { job } from './job.ts';
import type { JobSpec } from '../machines/spec.ts';
import type { Ports } from './ports.ts';

type Wrap = <M>(machine: M) => M;

/**
 * @param specOf a job's specification in force
 * @param record wraps every machine of the tree once
 */
export const supervisor = (ports: Ports, specOf: (job: string) => JobSpec, record: Wrap) =>
  record(
    supervisorMachine.provide({
      actors: { job: record(job(ports, specOf, record)) as never },
      actions: {
        passSpecsOn: enqueueActions(({ context, enqueue, event }) => {
          const { jobs } = event as SupervisorEvent & { type: 'config.changed' };
          for (const spec of jobs.filter(({ id }) => context.restarts.alive.includes(`job/${id}`)))
            enqueue.sendTo(`job/${spec.id}` as never, { type: 'spec.changed', spec, at: timeOf(event) } as never);
        }) as never,
        tellDownstream: tellThose((sources, event) => sources.includes((event as SupervisorEvent & { type: 'job.finished' }).job)) as never,
        tellReaders: tellThose((sources) => sources.length > 0) as never,
      },
    }),
  );

/** Tells the jobs whose sources are the wanted ones that there may be something to read. */
const tellThose = (isWanted: (sources: readonly string[], event: object) => boolean) =>
  enqueueActions(({ context: { upstream, restarts }, enqueue, event }) => {
    const readers = Object.keys(upstream).filter((id) => isWanted(upstream[id]!, event) && restarts.alive.includes(`job/${id}`));
    for (const id of readers) enqueue.sendTo(`job/${id}` as never, { type: 'upstream.progressed', at: timeOf(event) } as never);
  });
