/** The supervisor joined to the world: the whole tree, recorded. */
import { enqueueActions } from 'xstate';
import { supervisorMachine, type Plan, type SupervisorEvent } from '../machines/supervisor.ts';
import { timeOf } from '../machines/time.ts';
import { job } from './job.ts';
import type { JobSpec } from '../machines/spec.ts';
import { breakerOfResource, breakersOfResources } from '../machines/breaker.ts';
import { resourceBreaker } from './breaker.ts';
import { config } from './config.ts';
import { doctor } from './doctor.ts';
import { notifier } from './notifier.ts';
import type { Ports } from './ports.ts';
import { resource } from './resource.ts';

type Wrap = <M>(machine: M) => M;

/**
 * @param specOf a job's specification in force
 * @param record wraps every machine of the tree once
 */
export const supervisor = (ports: Ports, specOf: (job: string) => JobSpec, record: Wrap) =>
  record(
    supervisorMachine.provide({
      actors: { job: record(job(ports, specOf, record)) as never, config: record(config(ports)) as never, doctor: record(doctor(ports)) as never, notifier: record(notifier(ports)) as never, resource: record(resource(ports)) as never, breaker: record(resourceBreaker(ports)) as never },
      actions: {
        passSpecsOn: enqueueActions(({ context, enqueue, event }) => {
          const before = changesOf(context as unknown as Plan);
          for (const [id, change] of changesOf(event as SupervisorEvent & { type: 'config.changed' }))
            if (context.restarts.alive.includes(id) && JSON.stringify(before.get(id)) !== JSON.stringify(change)) enqueue.sendTo(id as never, { type: 'spec.changed', ...change, at: timeOf(event) } as never);
        }) as never,
        tellThatJob: enqueueActions(({ context, enqueue, event }) => {
          const { job } = event as SupervisorEvent & { type: 'verdict.given' };
          if (context.restarts.alive.includes(`job/${job}`)) enqueue.sendTo(`job/${job}` as never, event as never);
        }) as never,
        tellThatBreaker: enqueueActions(({ context, enqueue, event }) => {
          const id = breakerOfResource((event as SupervisorEvent & { type: 'resource.settled' }).stage);
          if (context.restarts.alive.includes(id)) enqueue.sendTo(id as never, { ...event, type: 'stage.settled' } as never);
        }) as never,
        tellBreakers: enqueueActions(({ context, enqueue, event }) => {
          for (const id of Object.keys(breakersOfResources(context as unknown as Plan))) if (context.restarts.alive.includes(id)) enqueue.sendTo(id as never, event as never);
        }) as never,
        tellJobs: enqueueActions(({ context, enqueue, event }) => {
          for (const id of context.restarts.alive.filter((id: string) => id.startsWith('job/'))) enqueue.sendTo(id as never, event as never);
        }) as never,
        tellDownstream: tellThose((sources, event) => sources.includes((event as SupervisorEvent & { type: 'job.finished' }).job)) as never,
        tellReaders: tellThose((sources) => sources.length > 0) as never,
      },
    }),
  );

/** What each child that follows the configuration is told of it, by its id. */
const changesOf = ({ jobs, resources }: Plan): Map<string, object> =>
  new Map<string, object>([
    ...resources.map((spec) => [`resource/${spec.name}`, { spec }] as const),
    ...Object.entries(breakersOfResources({ jobs, resources })),
    ...jobs.map((spec) => [`job/${spec.id}`, { spec }] as const),
  ]);

/** Tells the jobs whose sources are the wanted ones that there may be something to read. */
const tellThose = (isWanted: (sources: readonly string[], event: object) => boolean) =>
  enqueueActions(({ context: { upstream, restarts }, enqueue, event }) => {
    const readers = Object.keys(upstream).filter((id) => isWanted(upstream[id]!, event) && restarts.alive.includes(`job/${id}`));
    for (const id of readers) enqueue.sendTo(`job/${id}` as never, { type: 'upstream.progressed', at: timeOf(event) } as never);
  });
