/**
 * One job: owns its lifecycle, its discovery and a worker for each stage, and carries what they tell each other.
 *
 *   steady ── xstate.error.actor.* ──▶ restarting ── wait over ──▶ steady        (the child starts again)
 *   steady ── too many deaths ──▶ steady, held for `supervision`                 (RESUME starts it again)
 *
 * A child that dies takes no sibling with it, and no child stays dead unnoticed.
 */
import { assign, assertEvent, fromCallback, setup, stopChild } from 'xstate';
import { z } from 'zod';
import { discoveryMachine } from './discovery.ts';
import { lifecycleMachine, standing, type Drain, type HoldCause, type Holds, type Standing } from './lifecycle.ts';
import { died, difference, isTooMany, none, restarts } from './restarts.ts';
import { stageWorkerMachine, type Concern, type Summary } from './stage-worker.ts';
import { jobSpec, type JobSpec } from './spec.ts';
import { timeOf, type Stamped } from './time.ts';

/** For how long a job is held by an error that ends by itself but does not say when. */
const TEMPORAL_HOLD_MS = 3_600_000;

/** With what the lifecycle said last. */
export const jobContext = standing.extend({
  spec: jobSpec,
  /** Attempts in flight, by stage. */
  running: z.record(z.string(), z.number()),
  restarts,
});
type Context = z.infer<typeof jobContext>;

/** A child goes on from a state that it once had; `standing` is that of a lifecycle. */
type Rewound = { id: string; past: { value: unknown; context: unknown }; standing?: Standing };
type ChildDied = { type: 'xstate.error.actor.*'; actorId: string; error: { message?: string } };

export type JobEvent = Stamped &
  (
    | ({ type: 'stage.settled' } & Summary)
    | { type: 'stage.loaded'; stage: string }
    | { type: 'stage.unloadable'; stage: string; reason: string }
    | { type: 'lifecycle.changed'; drain?: Drain; holds: Holds }
    | { type: 'upstream.progressed' }
    | { type: 'spec.changed'; spec: JobSpec }
    | { type: 'reload.asked' }
    | { type: 'requirement.unmet'; reason: string }
    | { type: 'requirement.met' }
    | { type: 'actor.restored'; missing: string[] }
    | ({ type: 'child.rewound' } & Rewound)
    | ChildDied
  );

const provided = (name: string) => (): never => {
  throw new Error(`the action "${name}" is provided in actors/`);
};

const base = setup({
  types: {
    context: {} as Context,
    input: {} as { at: number; spec: JobSpec } & Partial<Standing>,
    events: {} as JobEvent,
    children: {} as Record<string, 'lifecycle' | 'discovery' | 'stageWorker'>,
  },
  actors: {
    lifecycle: lifecycleMachine,
    discovery: discoveryMachine,
    stageWorker: stageWorkerMachine,
    /** Looks now and then whether the job has what it `requires`; `known` is what was missing when it was last looked at. */
    requirements: fromCallback<{ type: string }, { job: string; known: string | null }>(provided('requirements')),
  },
  guards: {
    /** The lifecycle is never given up: without it nothing could hold the job. */
    diedTooOften: ({ context, event }, { id }: { id: string }) => id !== 'lifecycle' && isTooMany(died(context.restarts, id, timeOf(event)), timeOf(event)),
    mayRestart: ({ context }, { holds }: { holds: Holds }) => context.restarts.down.length > 0 && holds.supervision === undefined,
  },
  actions: {
    noteDeath: assign(({ context, event }, { id }: { id: string }) => ({ restarts: died(context.restarts, id, timeOf(event)), running: without(context.running, id) })),
    noteMissing: assign(({ context }, { missing }: { missing: string[] }) => ({ restarts: { ...context.restarts, alive: context.restarts.alive.filter((id) => !missing.includes(id)) } })),
    noteRunning: assign(({ context }, { stage, running }: { stage: string; running: number }) => ({ running: { ...context.running, [stage]: running } })),
    noteLifecycle: assign(({ context }, { drain = context.drain, holds }: { drain?: Drain; holds: Holds }) => ({ drain, holds })),
    noteRewound: assign(({ context }, { standing: { drain, holds } = context }: Rewound) => ({ drain, holds })),
    follow: assign((_, { spec }: { spec: JobSpec }) => ({ spec })),
    tellStages: provided('tellStages'),
    tellDiscovery: provided('tellDiscovery'),
    passSpecOn: provided('passSpecOn'),
    tellRequirements: provided('tellRequirements'),
    tellSupervisor: provided('tellSupervisor'),
    /** Tells the supervisor how the job stands, so that it is not forgotten if the job dies. */
    tellStanding: provided('tellStanding'),
    placeHold: provided('placeHold') as (_: unknown, hold: { cause: HoldCause; reason: string; until?: number }) => void,
    liftHold: provided('liftHold') as (_: unknown, hold: { cause: HoldCause }) => void,
    finishDrain: provided('finishDrain'),
  },
  delays: { untilRestart: ({ context, event }) => Math.max(0, context.restarts.restartAt - timeOf(event)) },
});

export const jobMachine = base.extend({
  actions: {
    /** Starts and stops children until those that the specification asks for exist. */
    reconcile: base.enqueueActions(({ context, enqueue, event }) => {
      const { start, stop } = difference(context.restarts, childrenOf(context.spec));
      for (const id of stop) enqueue.stopChild(id);
      for (const id of start) enqueue.spawnChild(...childOf(id, context, timeOf(event)));
      enqueue.assign({ restarts: { ...context.restarts, alive: childrenOf(context.spec), down: [] }, running: without(context.running, ...stop) });
      if (start.length === 0 || mayWork(context)) return;
      enqueue('tellStages');
      enqueue('tellDiscovery');
    }),
    /** The same child, begun in its past. */
    beginAgain: base.enqueueActions(({ context, enqueue, event }) => {
      assertEvent(event, 'child.rewound');
      const { id, past } = event;
      const { alive, down } = context.restarts;
      if (!childrenOf(context.spec).includes(id)) return;
      const [src, { input, ...options }] = childOf(id, context, timeOf(event));
      enqueue.stopChild(id);
      enqueue.spawnChild(src, { ...options, input: { ...input, resumed: past } });
      const others = (ids: string[]) => ids.filter((other) => other !== id);
      enqueue.assign({ running: without(context.running, id), restarts: { ...context.restarts, alive: [...others(alive), id], down: others(down) } });
    }),
    /** What a summary means for the others. */
    passSummaryOn: base.enqueueActions(({ context, enqueue, event }) => {
      assertEvent(event, 'stage.settled');
      const { stage, running, concern, finished } = event;
      if (concern) enqueue({ type: 'placeHold', params: holdFor(concern, timeOf(event)) });
      if (context.drain === 'draining' && Object.values({ ...context.running, [stage]: running }).every((n) => n === 0)) enqueue('finishDrain');
      if (finished > 0) enqueue('tellSupervisor');
    }),
  },
}).createMachine({
  id: 'job',
  description: 'Owns its lifecycle, its discovery and a worker for each stage, and carries what they tell each other.',
  context: ({ input: { spec, drain = 'flowing', holds = {} } }) => ({ spec, drain, holds, running: {}, restarts: none }),
  entry: 'reconcile',
  invoke: { src: 'requirements', id: 'requirements', input: ({ context: { spec, holds } }) => ({ job: spec.id, known: holds.requirement?.reason ?? null }) },
  initial: 'steady',
  on: {
    'stage.settled': {
      description: 'What a stage has done since its last summary.',
      actions: [{ type: 'noteRunning', params: ({ event }) => event }, 'passSummaryOn'],
    },
    'stage.unloadable': {
      description: 'The code of a stage cannot be run: the job is held.',
      actions: { type: 'placeHold', params: ({ event }) => ({ cause: 'supervision', reason: `stage "${event.stage}" cannot be loaded: ${event.reason}` }) },
    },
    'stage.loaded': {
      description: 'It can be run again: that hold is lifted.',
      actions: { type: 'liftHold', params: { cause: 'supervision' } },
    },
    'lifecycle.changed': {
      description: 'Stages and discovery hear whether they may work.',
      actions: [{ type: 'noteLifecycle', params: ({ event }) => event }, 'tellStages', 'tellDiscovery', 'tellStanding'],
    },
    'upstream.progressed': { description: 'A job that it reads from has finished something.', actions: 'tellDiscovery' },
    'spec.changed': {
      description: 'The configuration says something else of it.',
      actions: [{ type: 'follow', params: ({ event }) => event }, 'reconcile', 'passSpecOn', 'tellRequirements'],
    },
    'child.rewound': {
      description: 'A child goes on from a state that it once had.',
      actions: [{ type: 'noteRewound', params: ({ event }) => event }, 'beginAgain', 'passSpecOn', 'tellStages', 'tellDiscovery', 'tellStanding'],
    },
    'reload.asked': { description: 'Somebody wants everything looked at again: code, variables, programs.', actions: ['tellStages', 'tellRequirements'] },
    'requirement.unmet': {
      description: 'What it cannot work without is missing: it is held until that is there.',
      actions: { type: 'placeHold', params: ({ event }) => ({ cause: 'requirement', reason: event.reason }) },
    },
    'requirement.met': { description: 'All that it requires is there: that hold is lifted.', actions: { type: 'liftHold', params: { cause: 'requirement' } } },
    'actor.restored': {
      description: 'Rivus has started again: children that are missing start anew.',
      actions: [{ type: 'noteMissing', params: ({ event }) => event }, 'reconcile'],
    },
  },
  states: {
    steady: {
      description: 'Every child that should live does, or the job is held until somebody looks.',
      on: {
        'lifecycle.changed': [
          {
            description: 'What died too often may start again.',
            guard: { type: 'mayRestart', params: ({ event }) => event },
            actions: [{ type: 'noteLifecycle', params: ({ event }) => event }, 'reconcile', 'tellStages', 'tellDiscovery', 'tellStanding'],
          },
          {
            description: 'Stages and discovery hear whether they may work.',
            actions: [{ type: 'noteLifecycle', params: ({ event }) => event }, 'tellStages', 'tellDiscovery', 'tellStanding'],
          },
        ],
        'xstate.error.actor.*': [
          {
            description: 'A child died too often: the job is held until somebody looks.',
            guard: { type: 'diedTooOften', params: idOf },
            actions: [
              stopChild(({ event }) => event.actorId),
              { type: 'noteDeath', params: idOf },
              { type: 'placeHold', params: ({ event }) => ({ cause: 'supervision', reason: `${event.actorId} died too often: ${event.error?.message ?? 'no reason given'}` }) },
            ],
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
      description: 'A child died and is started again after a wait.',
      after: { untilRestart: { description: 'The wait is over; it doubles with each death.', target: 'steady', actions: 'reconcile' } },
      on: { 'xstate.error.actor.*': { description: 'Another child died.', target: 'restarting', reenter: true, actions: [stopChild(({ event }) => event.actorId), { type: 'noteDeath', params: idOf }] } },
    },
  },
});

function idOf({ event }: { event: ChildDied }): { id: string } {
  return { id: event.actorId };
}

/** Ids of the children that a job has. */
export const childrenOf = ({ stages }: JobSpec): string[] => ['lifecycle', 'discovery', ...stages.map(({ name }) => `stage/${name}`)];

/** What to spawn for a child's id. Its path is its systemId: a second one of the same path is a loud error. */
function childOf(id: string, { spec, holds, drain }: Context, at: number): [src: any, options: any] {
  const systemId = `job/${spec.id}/${id}`;
  if (id === 'lifecycle') return ['lifecycle', { id, systemId, input: { at, holds, drain } }];
  if (id === 'discovery') return ['discovery', { id, systemId, input: { at, job: spec.id, spec: spec.discovery, maxPending: spec.guards.maxPending } }];
  const stage = spec.stages.find(({ name }) => id === `stage/${name}`)!;
  return ['stageWorker', { id, systemId, input: { at, job: spec.id, spec: stage } }];
}

const mayWork = ({ drain, holds }: Standing) => drain === 'flowing' && Object.keys(holds).length === 0;

const holdFor = ({ class: kind, reason, until, hold }: Concern, at: number): { cause: HoldCause; reason: string; until?: number } => {
  if (hold) return { cause: hold, reason, ...(until !== undefined && { until }) };
  const end = until ?? (kind === 'temporal' ? at + TEMPORAL_HOLD_MS : undefined);
  return { cause: 'breaker', reason: `${kind}: ${reason}`, ...(end !== undefined && { until: end }) };
};

const without = (running: Record<string, number>, ...ids: string[]) =>
  Object.fromEntries(Object.entries(running).filter(([stage]) => !ids.includes(`stage/${stage}`)));
