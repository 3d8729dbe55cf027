/**
 * The root: the actor that reads the configuration, and a job actor for each job of it. It restarts children that die,
 * follows the configuration, and tells jobs that read from others when there is something to read.
 *
 *   running ── STOP ──▶ stopping                 (the runtime ends the process)
 *   running   steady ⇄ restarting                (a child died and starts again after a wait)
 *
 * It never throws: a root that dies takes the process with it.
 */
import { assign, setup, stopChild } from 'xstate';
import { z } from 'zod';
import { configMachine } from './config.ts';
import { jobMachine } from './job.ts';
import { standing, type Standing } from './lifecycle.ts';
import { died, difference, isTooMany, none, restarts } from './restarts.ts';
import { jobSpec } from './spec.ts';
import { timeOf, type Stamped } from './time.ts';

/** Jobs by id, and for each the jobs that it reads from. */
const plan = z.strictObject({ jobs: z.array(jobSpec), upstream: z.record(z.string(), z.array(z.string())) });
export type Plan = z.infer<typeof plan>;

/** What each job said last, or what the rows say of one that has not spoken yet. A job that starts fresh gets it back. */
const standings = z.record(z.string(), standing);
type Standings = z.infer<typeof standings>;

export const supervisorContext = plan.extend({ restarts, standings });
type ChildDied = { type: 'xstate.error.actor.*'; actorId: string; error: { message?: string } };

export type SupervisorEvent = Stamped &
  (
    | { type: 'STOP' }
    | ({ type: 'config.changed' } & Plan)
    | { type: 'reload.asked' }
    | { type: 'job.finished'; job: string }
    | ({ type: 'job.changed'; job: string } & Standing)
    | { type: 'actor.restored'; missing: string[]; standings: Standings }
    | ChildDied
  );

const CONFIG = 'config';

const provided = (name: string) => (): never => {
  throw new Error(`the action "${name}" is provided in actors/`);
};

const base = setup({
  types: {
    context: {} as z.infer<typeof supervisorContext>,
    input: {} as { at: number; standings: Standings } & Plan,
    events: {} as SupervisorEvent,
    children: {} as Record<string, 'job' | 'config'>,
  },
  actors: { job: jobMachine, config: configMachine },
  guards: {
    /** The configuration is never given up: without it nobody could mend anything. */
    diedTooOften: ({ context, event }, { id }: { id: string }) => id !== CONFIG && isTooMany(died(context.restarts, id, timeOf(event)), timeOf(event)),
  },
  actions: {
    noteDeath: assign(({ context, event }, { id }: { id: string }) => ({ restarts: died(context.restarts, id, timeOf(event)) })),
    noteGivenUp: assign(({ context, event }, { id, reason }: { id: string; reason: string }) => ({
      standings: { ...context.standings, [jobOf(id)]: heldToo(context.standings[jobOf(id)], `the job died too often: ${reason}`, timeOf(event)) },
    })),
    noteStanding: assign(({ context }, { job, holds, drain }: { job: string } & Standing) => ({ standings: { ...context.standings, [job]: { holds, drain } } })),
    noteMissing: assign(({ context }, { missing, standings }: { missing: string[]; standings: Standings }) => ({
      standings: { ...context.standings, ...standings }, restarts: { ...context.restarts, alive: context.restarts.alive.filter((id) => !missing.includes(id)) },
    })),
    follow: assign((_, { jobs, upstream }: Plan) => ({ jobs, upstream })),
    /** Gives each job that stays its specification, when that is another one. */
    passSpecsOn: provided('passSpecsOn'),
    /** Passes the event on to every job. */
    tellJobs: provided('tellJobs'),
    /** Wakes the jobs that read from the one that finished something. */
    tellDownstream: provided('tellDownstream'),
    /** Wakes every job that reads from another: the word of something finished may have been lost with the last process. */
    tellReaders: provided('tellReaders'),
  },
  delays: { untilRestart: ({ context, event }) => Math.max(0, context.restarts.restartAt - timeOf(event)) },
});

export const supervisorMachine = base.extend({
  actions: {
    reconcile: base.enqueueActions(({ context, enqueue, event }) => {
      const wanted = [CONFIG, ...context.jobs.map(({ id }) => `job/${id}`)];
      const { start, stop } = difference(context.restarts, wanted);
      for (const id of stop) enqueue.stopChild(id);
      if (start.includes(CONFIG)) enqueue.spawnChild('config', { id: CONFIG, systemId: CONFIG, input: { at: timeOf(event) } });
      for (const spec of context.jobs.filter(({ id }) => start.includes(`job/${id}`)))
        enqueue.spawnChild('job', { id: `job/${spec.id}`, systemId: `job/${spec.id}`, input: { at: timeOf(event), spec, ...context.standings[spec.id] } });
      enqueue.assign({ restarts: { ...context.restarts, alive: wanted, down: [] } });
    }),
  },
}).createMachine({
  id: 'supervisor',
  description: 'The root: reads the configuration, and has a job actor for each job of it.',
  context: ({ input: { jobs, upstream, standings } }) => ({ jobs, upstream, standings, restarts: none }),
  entry: 'reconcile',
  initial: 'running',
  on: {
    'job.finished': { description: 'The jobs that read from it are woken.', actions: 'tellDownstream' },
    'job.changed': {
      description: 'How a job stands, so that it is not forgotten if the job dies.',
      actions: { type: 'noteStanding', params: ({ event }) => event },
    },
    'config.changed': {
      description: 'jobs.yaml says something else: jobs start, stop, and follow.',
      actions: ['passSpecsOn', { type: 'follow', params: ({ event }) => event }, 'reconcile'],
    },
    'reload.asked': { description: 'Somebody wants everything looked at again: code, variables, programs.', actions: 'tellJobs' },
    'actor.restored': {
      description: 'Rivus has started again: jobs that are missing start anew.',
      target: '.running',
      actions: [{ type: 'noteMissing', params: ({ event }) => event }, 'reconcile', 'tellReaders'],
    },
  },
  states: {
    running: {
      description: 'The jobs are at work.',
      initial: 'steady',
      on: { STOP: { description: 'End: what is in flight gets its grace period.', target: 'stopping' } },
      states: {
        steady: {
          description: 'Every child lives.',
          on: {
            'xstate.error.actor.*': [
              {
                description: 'A job died too often: it starts again held, until somebody looks.',
                guard: { type: 'diedTooOften', params: idOf },
                target: 'restarting',
                actions: [stopChild(({ event }) => event.actorId), { type: 'noteDeath', params: idOf }, { type: 'noteGivenUp', params: ({ event }) => ({ id: event.actorId, reason: event.error?.message ?? 'no reason given' }) }],
              },
              {
                description: 'A child died.',
                target: 'restarting',
                actions: [stopChild(({ event }) => event.actorId), { type: 'noteDeath', params: idOf }],
              },
            ],
          },
        },
        restarting: {
          description: 'A child died and is started again after a wait; a job held, when it died too often.',
          after: { untilRestart: { description: 'The wait is over; it doubles with each death.', target: 'steady', actions: 'reconcile' } },
          on: { 'xstate.error.actor.*': { description: 'Another child died.', target: 'restarting', reenter: true, actions: [stopChild(({ event }) => event.actorId), { type: 'noteDeath', params: idOf }] } },
        },
      },
    },
    stopping: {
      description: 'Nothing new starts; the process ends when what is in flight has ended.',
      on: { 'xstate.error.actor.*': { description: 'A child died: it does not start again.', actions: [stopChild(({ event }) => event.actorId), { type: 'noteDeath', params: idOf }] } },
    },
  },
});

function idOf({ event }: { event: ChildDied }): { id: string } {
  return { id: event.actorId };
}

const heldToo = ({ holds, drain }: Standing = { holds: {}, drain: 'flowing' }, reason: string, since: number): Standing => ({ drain, holds: { ...holds, supervision: { reason, since } } });

const jobOf = (id: string) => id.slice('job/'.length);
