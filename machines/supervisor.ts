/**
 * The root: the actor that reads the configuration, the doctor, and an actor for each job and each resource. It restarts children that die,
 * follows the configuration, and tells jobs that read from others when there is something to read.
 *
 *   running ── STOP ──▶ stopping                 (the runtime ends the process)
 *   running   steady ⇄ restarting                (a child died and starts again after a wait)
 *
 * It never throws: a root that dies takes the process with it. Nor does it give up: a job that dies too often is held, and
 * started again all the same, so that somebody can resume it.
 */
import { assign, not, setup, stopChild } from 'xstate';
import { z } from 'zod';
import { breakerMachine, breakersOfResources } from './breaker.ts';
import { configMachine } from './config.ts';
import { doctorMachine, type Opinion } from './doctor.ts';
import { jobMachine } from './job.ts';
import { standing, type Standing } from './lifecycle.ts';
import type { Migration } from './migrations.ts';
import { DEFAULT_RESTART, died, difference, dueBy, errorOf, forgiven, isTooOften, nextRestart, none, reasonOf, reconciled, restarts, restartsOfVersion1, restored, type ChildDied, type Intensity } from './restarts.ts';
import { notifierMachine } from './notifier.ts';
import { resourceMachine } from './resource.ts';
import type { Summary } from './stage-worker.ts';
import { DEFAULT_BREAKER, jobSpec, resourceSpec, withoutWindow } from './spec.ts';
import { timeOf, type Stamped } from './time.ts';

/** Jobs by id, for each the jobs that it reads from, and what they share. */
const plan = z.strictObject({ jobs: z.array(jobSpec), resources: z.array(resourceSpec), upstream: z.record(z.string(), z.array(z.string())) });
export type Plan = z.infer<typeof plan>;

/** What each job said last, or what the rows say of one that has not spoken yet. A job that starts fresh gets it back. */
const standings = z.record(z.string(), standing);
type Standings = z.infer<typeof standings>;

export const supervisorContext = plan.extend({ restarts, standings });
type Context = z.infer<typeof supervisorContext>;
/** A child that ended, and why. */
type End = { id: string; error: string };

/** What the doctor knows better than the attempts did, for all of a job. */
type Given = Pick<Opinion, 'job' | 'stage' | 'class' | 'fingerprint' | 'reason' | 'until'>;

export type SupervisorEvent = Stamped &
  (
    | { type: 'STOP' }
    | ({ type: 'config.changed' } & Plan)
    | { type: 'reload.asked' }
    | { type: 'job.finished'; job: string }
    | ({ type: 'verdict.given' } & Given)
    | ({ type: 'resource.settled' } & Summary)
    | { type: 'secrets.changed'; names: string[] }
    | ({ type: 'job.changed'; job: string } & Standing)
    | { type: 'actor.restored'; missing: string[]; standings: Standings }
    | ChildDied
  );

const provided = (name: string) => (): never => {
  throw new Error(`the action "${name}" is provided in actors/`);
};

const base = setup({
  types: {
    context: {} as z.infer<typeof supervisorContext>,
    input: {} as { at: number; standings: Standings } & Plan,
    events: {} as SupervisorEvent,
    children: {} as Record<string, Source>,
  },
  actors: { job: jobMachine, breaker: breakerMachine, config: configMachine, doctor: doctorMachine, notifier: notifierMachine, resource: resourceMachine },
  guards: {
    isUnwanted: ({ context }, { id }: End) => !childrenOf(context).includes(id),
    jobDiedTooOften: ({ context, event }, { id }: End) => jobOf(id) !== undefined && isTooOften(context.restarts, intensityOf(context, id), timeOf(event), id),
    someoneWaits: ({ context }) => nextRestart(context.restarts) !== undefined,
  },
  actions: {
    reap: stopChild((_, { id }: End) => id),
    noteDeath: assign(({ context, event }, { id, error }: End) => ({ restarts: died(context.restarts, { id, error, at: timeOf(event) }, intensityOf(context, id), true) })),
    /** The job is held from now on, whether it lives or not. */
    noteTooOften: assign(({ context, event }, { id, error }: End) => {
      const [job, at] = [jobOf(id)!, timeOf(event)];
      return { standings: { ...context.standings, [job]: heldToo(context.standings[job], reasonOf(context.restarts, intensityOf(context, id), { id: 'the job', error, at }, id), at) } };
    }),
    noteStanding: assign(({ context, event }, { job, holds, drain }: { job: string } & Standing) => ({
      standings: { ...context.standings, [job]: { holds, drain } },
      // Somebody has looked.
      ...(context.standings[job]?.holds.supervision && !holds.supervision && { restarts: forgiven(context.restarts, timeOf(event), `job/${job}`) }),
    })),
    noteMissing: assign(({ context, event }, { missing, standings }: { missing: string[]; standings: Standings }) => ({
      standings: { ...context.standings, ...standings }, restarts: restored(context.restarts, missing, timeOf(event)),
    })),
    follow: assign((_, { jobs, resources, upstream }: Plan) => ({ jobs, resources, upstream })),
    /** Gives each job and resource that stays its specification, when that is another one. */
    passSpecsOn: provided('passSpecsOn'),
    /** Passes the event on to the job that it names. */
    tellThatJob: provided('tellThatJob'),
    /** Passes on to the breaker of a resource what failed because of that, or that it works. */
    tellThatBreaker: provided('tellThatBreaker'),
    /** Passes the event on to the breakers of all resources. */
    tellBreakers: provided('tellBreakers'),
    /** Passes the event on to every job. */
    tellJobs: provided('tellJobs'),
    /** Wakes the jobs that read from the one that finished something. */
    tellDownstream: provided('tellDownstream'),
    /** Wakes every job that reads from another: the word of something finished may have been lost with the last process. */
    tellReaders: provided('tellReaders'),
  },
  delays: { untilRestart: ({ context, event }) => Math.max(0, (nextRestart(context.restarts)!) - timeOf(event)) },
});

/** What follows from another jobs.yaml, whether somebody waits for a restart or not. */
const FOLLOWS = ['passSpecsOn', { type: 'follow', params: ({ event }: { event: Plan }) => event }, 'reconcile'] as const;

export const supervisorMachine = base.extend({
  actions: {
    reconcile: base.enqueueActions(({ context, enqueue, event }) => {
      const wanted = childrenOf(context);
      const { start, stop } = difference(context.restarts, wanted, dueBy(context.restarts, event));
      for (const id of stop) enqueue.stopChild(id);
      for (const id of start) enqueue.spawnChild(...childOf(id, context, timeOf(event)));
      enqueue.assign({ restarts: reconciled(context.restarts, wanted, start) });
    }),
  },
}).createMachine({
  id: 'supervisor',
  description: 'The root: reads the configuration, understands errors, and has an actor for each job and each resource of it.',
  context: ({ input: { jobs, resources, upstream, standings } }) => ({ jobs, resources, upstream, standings, restarts: none }),
  entry: 'reconcile',
  initial: 'running',
  on: {
    'verdict.given': { description: 'The doctor knows better what an error means: its job hears of it.', actions: 'tellThatJob' },
    'resource.settled': { description: 'Something failed because of a resource, or shows that it works: its breaker hears of it.', actions: 'tellThatBreaker' },
    'secrets.changed': { description: 'A job has another key: a resource may be refused no more.', actions: 'tellBreakers' },
    'job.finished': { description: 'The jobs that read from it are woken.', actions: 'tellDownstream' },
    'job.changed': {
      description: 'How a job stands, so that it is not forgotten if the job dies.',
      actions: { type: 'noteStanding', params: ({ event }) => event },
    },
    'config.changed': {
      description: 'jobs.yaml says something else: jobs start, stop, and follow.',
      actions: FOLLOWS,
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
      on: {
        STOP: { description: 'End: what is in flight gets its grace period.', target: 'stopping' },
        'xstate.error.actor.*': [
          { description: 'A child that is not wanted any more.', guard: { type: 'isUnwanted', params: endOf }, actions: { type: 'reap', params: endOf } },
          {
            description: 'A job died too often: it starts again held, until somebody looks.',
            guard: { type: 'jobDiedTooOften', params: endOf }, target: '.restarting',
            actions: [{ type: 'reap', params: endOf }, { type: 'noteDeath', params: endOf }, { type: 'noteTooOften', params: endOf }],
          },
          { description: 'A child died.', target: '.restarting', actions: [{ type: 'reap', params: endOf }, { type: 'noteDeath', params: endOf }] },
        ],
      },
      states: {
        steady: { description: 'Every child lives.' },
        restarting: {
          description: 'A child died and is started again after a wait; a job held, when it died too often.',
          always: { description: 'Nobody waits any more.', guard: not('someoneWaits'), target: 'steady' },
          on: { 'config.changed': { description: 'jobs.yaml says something else; who was next to be started again may be gone.', target: 'restarting', reenter: true, actions: FOLLOWS } },
          after: {
            untilRestart: { description: 'The wait is over; it doubles with each death.', target: 'restarting', reenter: true, actions: 'reconcile' },
          },
        },
      },
    },
    stopping: {
      description: 'Nothing new starts; the process ends when what is in flight has ended.',
      on: { 'xstate.error.actor.*': { description: 'A child died: it does not start again.', actions: [{ type: 'reap', params: endOf }, { type: 'noteDeath', params: endOf }] } },
    },
  },
});

export const supervisorMigrations: readonly Migration[] = [
  {
    to: 2,
    because: 'each child that died waits for a time of its own, and jobs.yaml says how often it is started again',
    lift: ({ value, context }) => ({
      value,
      context: { ...context, jobs: context.jobs.map((spec: object) => ({ ...spec, restart: DEFAULT_RESTART })), restarts: restartsOfVersion1(context.restarts, false) },
    }),
  },
  {
    to: 3,
    because: 'the hours of a window are understood, and no longer only its text',
    lift: ({ value, context }) => ({ value, context: { ...context, jobs: context.jobs.map(withoutWindow) } }),
  },
  {
    to: 4,
    because: 'what jobs share has actors of its own',
    lift: ({ value, context: { jobs, upstream, standings, restarts } }) => ({ value, context: { jobs, resources: [], upstream, restarts, standings } }),
  },
  {
    to: 5,
    because: 'jobs have breakers',
    lift: ({ value, context }) => ({ value, context: { ...context, jobs: context.jobs.map((spec: object) => ({ ...spec, breaker: DEFAULT_BREAKER })) } }),
  },
];

function endOf({ event }: { event: ChildDied }): End {
  return { id: event.actorId, error: errorOf(event) };
}

const heldToo = ({ holds, drain }: Standing = { holds: {}, drain: 'flowing' }, reason: string, since: number): Standing => ({ drain, holds: { ...holds, supervision: { reason, since } } });

// ---------------------------------------------------------------- children

type Source = 'config' | 'doctor' | 'notifier' | 'job' | 'resource' | 'breaker';

/** What there is one of, by id, in the order in which it starts, with what it is given: further ones join here. */
const ONE_OF_EACH: Record<Exclude<Source, 'job' | 'resource' | 'breaker'>, (context: Context, at: number) => object> = {
  config: (_, at) => ({ at }),
  doctor: (_, at) => ({ at }),
  notifier: (_, at) => ({ at }),
};

/** Ids of the children of the root: with some hundred jobs their number is what a start takes its time for. */
export const childrenOf = ({ jobs, resources }: Pick<Context, 'jobs' | 'resources'>): string[] => [
  ...Object.keys(ONE_OF_EACH), ...resources.map(({ name }) => `resource/${name}`), ...Object.keys(breakersOfResources({ jobs, resources })), ...jobs.map(({ id }) => `job/${id}`),
];

/** What to spawn for a child's id, which is its path too. */
function childOf(id: string, context: Context, at: number): [src: any, options: any] {
  const spec = context.jobs.find((job) => job.id === jobOf(id));
  if (spec) return ['job', { id, systemId: id, input: { at, spec, ...context.standings[spec.id] } }];
  const resource = context.resources.find(({ name }) => id === `resource/${name}`);
  if (resource) return ['resource', { id, systemId: id, input: { at, spec: resource } }];
  const guarded = breakersOfResources(context)[id];
  if (guarded) return ['breaker', { id, systemId: id, input: { at, job: guarded.stages[0]!, ...guarded } }];
  return [id, { id, systemId: id, input: ONE_OF_EACH[id as keyof typeof ONE_OF_EACH](context, at) }];
}

/** Only jobs can be held; what all of them need is started again for ever. */
const intensityOf = ({ jobs }: Context, id: string): Intensity => jobs.find((job) => job.id === jobOf(id))?.restart ?? DEFAULT_RESTART;

function jobOf(id: string): string | undefined {
  return id.startsWith('job/') ? id.slice('job/'.length) : undefined;
}
