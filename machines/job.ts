/**
 * One job: owns its lifecycle, its discovery, a worker for each stage and what watches over them, and carries what they tell
 * each other.
 *
 *   any        ── xstate.error.actor.* · stage.broke · stage.stalled ──▶ restarting        (the child starts again, after a wait)
 *   restarting ── nobody waits any more ──▶ steady
 *   any        ── too many deaths ──▶ held for `supervision`                  (RESUME starts again what died)
 *   any        ── breaker.changed ──▶ held for `breaker`, or freed            (a hold that is lifted half-opens the breaker)
 *   any        ── its window's hold has ended ──▶ its breakers let it begin slowly
 *   any        ── canary.asked ──▶ one child more, until canary.ended         (what failed is redone with care)
 *
 * A child that dies takes no sibling with it, and no child stays dead unnoticed. The lifecycle is started again also when it died
 * too often, for only it can be resumed; until it lives, the job itself keeps what holds it.
 */
import { assign, assertEvent, fromCallback, not, setup, stopChild } from 'xstate';
import { breakerMachine, breakerOf, breakersOf } from './breaker.ts';
import { canaryMachine, type Redone } from './canary.ts';
import { discoveryMachine } from './discovery.ts';
import { guardsMachine } from './guards.ts';
import { canaryOf, childOf, childrenOf, LIFECYCLE, type Source } from './job-children.ts';
import type { JobContext } from './job-context.ts';
import { lifecycleMachine, type Drain, type HoldCause, type Holds, type Standing } from './lifecycle.ts';
import { died, difference, dueBy, errorOf, forgiven, isGivenUp, isTooOften, nextRestart, none, reasonOf, reconciled, restored, type ChildDied, type Restarts } from './restarts.ts';
import { stageWorkerMachine, type Failure, type Summary } from './stage-worker.ts';
import type { JobSpec } from './spec.ts';
import { timeOf, type Stamped } from './time.ts';
import { windowMachine } from './window.ts';

/** A child goes on from a state that it once had; `standing` is that of a lifecycle. */
type Rewound = { id: string; past: { value: unknown; context: unknown }; standing?: Standing };
/** A child that ended, and why. */
type End = { id: string; error: string };
/** `trying`: half open, or in a slow start. */
type BreakerNews = { id: string; state: 'open' | 'trying' | 'closed'; reason?: string; until?: number };
type Placement = { cause: HoldCause; reason: string; until?: number };

export type JobEvent = Stamped &
  (
    | ({ type: 'stage.settled' } & Summary)
    /** Nothing was in its way, tasks were ready, and it claimed none for `forMs`. */
    | { type: 'stage.stalled'; stage: string; forMs: number }
    | { type: 'stage.broke'; stage: string; error: string }
    | { type: 'stage.loaded'; stage: string }
    | { type: 'code.loaded'; stage: string; version: number }
    | ({ type: 'breaker.changed' } & BreakerNews)
    /** `total` tasks failed so; `stage`: those there, or null for all. */
    | { type: 'canary.asked'; fingerprint: string; stage: string | null; total: number }
    | { type: 'canary.ended'; fingerprint: string }
    | { type: 'stage.unloadable'; stage: string; reason: string }
    | { type: 'lifecycle.changed'; drain?: Drain; holds: Holds }
    | { type: 'verdict.given'; stage: string; class: string; fingerprint: string; reason: string; until?: number }
    | { type: 'upstream.progressed' }
    | { type: 'spec.changed'; spec: JobSpec }
    | { type: 'reload.asked' }
    | { type: 'requirement.unmet'; reason: string }
    | { type: 'requirement.met' }
    | { type: 'secrets.changed'; names: string[] }
    | { type: 'window.opened'; until: number | null }
    | { type: 'window.closed'; until: number | null; reason: string }
    | { type: 'budget.exhausted'; reason: string; until: number }
    | { type: 'budget.restored' }
    | { type: 'discovery.full'; pending: number }
    | { type: 'guard.tripped'; reason: string }
    | { type: 'guard.mended' }
    | { type: 'actor.restored'; missing: string[] }
    | ({ type: 'child.rewound' } & Rewound)
    | ChildDied
  );

const provided = (name: string) => (): never => {
  throw new Error(`the action "${name}" is provided in actors/`);
};

const base = setup({
  types: {
    context: {} as JobContext,
    input: {} as { at: number; spec: JobSpec } & Partial<Standing>,
    events: {} as JobEvent,
    children: {} as Record<string, Source>,
  },
  actors: {
    lifecycle: lifecycleMachine,
    discovery: discoveryMachine,
    breaker: breakerMachine,
    canary: canaryMachine,
    stageWorker: stageWorkerMachine,
    guards: guardsMachine,
    window: windowMachine,
    /** Looks now and then whether the job has what it `requires`; `known` is what was missing when it was last looked at. */
    requirements: fromCallback<{ type: string }, { job: string; known: string | null }>(provided('requirements')),
    /** Says `stage.stalled` of a stage that claims nothing although it could. */
    deadMan: fromCallback<{ type: string }, { job: string }>(provided('deadMan')),
    /** Hears when the job's money is over, and when there is some again. */
    budget: fromCallback<{ type: string }, { job: string }>(provided('budget')),
  },
  guards: {
    hasBreaker: ({ context }, { stage }: { stage: string }) => context.restarts.alive.includes(breakerOf(context.spec, stage)),
    isOfNobody: ({ context }, { id }: BreakerNews) => !(id in breakersOf(context.spec)),
    isOpen: (_, { state }: BreakerNews) => state === 'open',
    isUnwanted: ({ context }, { id }: End) => !childrenOf(context.spec, context.canaries).includes(id),
    isGone: ({ context }, { id }: End) => !context.restarts.alive.includes(id),
    diedTooOften: ({ context, event }) => isTooOften(context.restarts, context.spec.restart, timeOf(event)),
    lifecycleDiedTooOften: ({ context, event }, { id }: End) => id === LIFECYCLE && isTooOften(context.restarts, context.spec.restart, timeOf(event)),
    someoneWaits: ({ context }) => nextRestart(context.restarts) !== undefined,
    mayRestart: ({ context }, { holds }: { holds: Holds }) => isGivenUp(context.restarts) && holds.supervision === undefined,
    isHeldForCodeOf: ({ context }, { stage }: { stage: string }) => context.holds.supervision?.reason.startsWith(unloadable(stage)) ?? false,
  },
  actions: {
    reap: stopChild((_, { id }: End) => id),
    noteDeath: assign(({ context, event }, end: End) => ({ restarts: ended(context, end, timeOf(event), true), running: without(context.running, end.id) })),
    /** It died too often. */
    noteGivenUp: assign(({ context, event }, end: End) => ({ restarts: ended(context, end, timeOf(event), end.id === LIFECYCLE), running: without(context.running, end.id) })),
    forgive: assign(({ context, event }) => ({ restarts: forgiven(context.restarts, timeOf(event)) })),
    noteMissing: assign(({ context, event }, { missing }: { missing: string[] }) => ({ restarts: restored(context.restarts, missing, timeOf(event)) })),
    noteRunning: assign(({ context }, { stage, running }: { stage: string; running: number }) => ({ running: { ...context.running, [stage]: running } })),
    noteLifecycle: assign(({ context }, { drain = context.drain, holds }: { drain?: Drain; holds: Holds }) => ({ drain, holds })),
    noteRewound: assign(({ context }, { standing: { drain, holds } = context }: Rewound) => ({ drain, holds })),
    noteBreaker: assign(({ context }, { id, state }: BreakerNews) => ({ breakers: standingOf(context.breakers, id, state) })),
    /** A child of it that stopped goes, so that it begins anew. */
    noteCanary: assign(({ context: { canaries, restarts }, event }, { fingerprint, stage, total }: Omit<Redone, 'job' | 'since'> & { total: number }) => ({
      canaries: { ...canaries, [fingerprint]: { stage, since: timeOf(event), total } },
      restarts: { ...restarts, alive: restarts.alive.filter((id) => id !== canaryOf(fingerprint)) },
    })),
    stopCanary: stopChild((_, { fingerprint }: { fingerprint: string }) => canaryOf(fingerprint)),
    forgetCanary: assign(({ context }, { fingerprint }: { fingerprint: string }) => {
      const { [fingerprint]: _, ...canaries } = context.canaries;
      return { canaries };
    }),
    /** Of stages that are no more. */
    forgetCanaries: assign(({ context: { canaries, spec } }) => ({
      canaries: Object.fromEntries(Object.entries(canaries).filter(([, { stage }]) => stage === null || spec.stages.some(({ name }) => name === stage))),
    })),
    follow: assign((_, { spec }: { spec: JobSpec }) => ({ spec })),
    tellStages: provided('tellStages'),
    tellDiscovery: provided('tellDiscovery'),
    /** Passes the event on to the breaker with that id. */
    tellBreaker: provided('tellBreaker') as (_: unknown, those: { id: string }) => void,
    tellBreakers: provided('tellBreakers'),
    /** Passes the event on to the supervisor, for the breakers of what it shares with other jobs. */
    tellResources: provided('tellResources'),
    /** Its working hours begin: its breakers let it begin slowly. */
    startSlowly: provided('startSlowly'),
    /** A breaker's hold was lifted, by an operator or by its time. */
    releaseBreaker: provided('releaseBreaker') as (_: unknown, those: { id: string }) => void,
    passSpecOn: provided('passSpecOn'),
    tellRequirements: provided('tellRequirements'),
    /** Its guards hear what holds it. */
    tellGuards: provided('tellGuards'),
    /** Its guards hear of a batch, or of a full queue. */
    passToGuards: provided('passToGuards'),
    tellSupervisor: provided('tellSupervisor'),
    /** Tells the supervisor how the job stands, so that it is not forgotten if the job dies. */
    tellStanding: provided('tellStanding'),
    /** To a lifecycle that lives. */
    sendHold: provided('sendHold') as (_: unknown, hold: Placement) => void,
    sendLift: provided('sendLift') as (_: unknown, hold: { cause: HoldCause }) => void,
    finishDrain: provided('finishDrain'),
  },
  delays: { untilRestart: ({ context, event }) => Math.max(0, (nextRestart(context.restarts)!) - timeOf(event)) },
});

const tellAll = ['tellStages', 'tellDiscovery', 'tellGuards', 'tellStanding'] as const;

/** Bound to a machine, `enqueueActions` knows no params. */
type Taking<Params> = (_: unknown, params: Params) => void;

/** What holds it the job keeps as well: a lifecycle that dies of being told, or is not there to be told, begins again with it. */
const holding = base.extend({
  actions: {
    placeHold: base.enqueueActions(({ context, enqueue, event }, params) => {
      const { cause, reason, until } = params as unknown as Placement;
      enqueue.assign({ holds: { ...context.holds, [cause]: { reason, since: timeOf(event), ...(until !== undefined && { until }) } } });
      if (hasLifecycle(context)) return enqueue({ type: 'sendHold', params: params as unknown as Placement });
      tellAll.forEach((tell) => enqueue(tell));
    }) as unknown as Taking<Placement>,
    liftHold: base.enqueueActions(({ context, enqueue }, params) => {
      const { cause } = params as unknown as Pick<Placement, 'cause'>;
      if (hasLifecycle(context)) return enqueue({ type: 'sendLift', params: { cause } });
      const { [cause]: _, ...holds } = context.holds;
      enqueue.assign({ holds });
      tellAll.forEach((tell) => enqueue(tell));
    }) as unknown as Taking<Pick<Placement, 'cause'>>,
  },
});

/** What follows from another specification, whether somebody waits for a restart or not. */
const FOLLOWS = [{ type: 'follow', params: ({ event }: { event: { spec: JobSpec } }) => event }, 'forgetCanaries', 'reconcile', 'passSpecOn', 'tellRequirements', 'liftForgotten', 'forgetBreakers'] as const;

/** A child is rewound, whether somebody waits for a restart or not. */
const REWOUND = [
  {
    description: 'The lifecycle goes on from before it was held for what died too often: that may start again.',
    guard: { type: 'mayRestart', params: ({ context, event }: { context: JobContext; event: Rewound }) => event.standing ?? context },
    actions: [{ type: 'noteRewound', params: ({ event }: { event: Rewound }) => event }, 'beginAgain', 'forgive', 'reconcile', 'passSpecOn', ...tellAll],
  },
  {
    description: 'A child goes on from a state that it once had.',
    actions: [{ type: 'noteRewound', params: ({ event }: { event: Rewound }) => event }, 'beginAgain', 'passSpecOn', ...tellAll],
  },
] as const;

export const jobMachine = holding.extend({
  actions: {
    /** Starts and stops children until those that the specification asks for exist, but for those that are to wait. */
    reconcile: holding.enqueueActions(({ context, enqueue, event }) => {
      const wanted = childrenOf(context.spec, context.canaries);
      const { start, stop } = difference(context.restarts, wanted, dueBy(context.restarts, event));
      for (const id of stop) enqueue.stopChild(id);
      for (const id of start) enqueue.spawnChild(...childOf(id, context, timeOf(event)));
      enqueue.assign({ restarts: reconciled(context.restarts, wanted, start), running: without(context.running, ...stop) });
      // One that begins anew knows nothing of what it was tried for: it comes back slowly, where no hold is in the way.
      for (const id of start) if (context.breakers[id] !== undefined && context.holds.breaker === undefined) enqueue({ type: 'releaseBreaker', params: { id } });
      if (start.length === 0 || (mayWork(context) && !Object.values(context.breakers).includes('open'))) return;
      enqueue('tellStages');
      enqueue('tellDiscovery');
    }),
    /** A window and a check that jobs.yaml has no more hold nobody. */
    liftForgotten: holding.enqueueActions(({ context: { spec, holds }, enqueue }) => {
      if (holds.window && !spec.window) enqueue({ type: 'liftHold', params: { cause: 'window' } });
      if (holds.guard && !spec.guards.validate) enqueue({ type: 'liftHold', params: { cause: 'guard' } });
      if (holds.breaker && spec.breaker.scope === 'stage') enqueue({ type: 'liftHold', params: { cause: 'breaker' } });
    }),
    /** The same child, begun in its past. */
    beginAgain: holding.enqueueActions(({ context, enqueue, event }) => {
      assertEvent(event, 'child.rewound');
      const { id, past } = event;
      const { alive, down, histories } = context.restarts;
      const wanted = childrenOf(context.spec, context.canaries);
      if (!wanted.includes(id)) return;
      const [src, { input, ...options }] = childOf(id, context, timeOf(event));
      enqueue.stopChild(id);
      enqueue.spawnChild(src, { ...options, input: { ...input, resumed: past } });
      const restarts: Restarts = { alive: wanted.filter((other) => other === id || alive.includes(other)), down: down.filter((child) => child.id !== id), histories };
      enqueue.assign({ running: without(context.running, id), restarts });
    }),
    /** The hold of a breaker is gone, and it does not know yet: it is tried. */
    passReleaseOn: holding.enqueueActions(({ context, enqueue, event }) => {
      assertEvent(event, 'lifecycle.changed');
      if (context.holds.breaker === undefined || event.holds.breaker !== undefined) return;
      for (const id of breakersAlive(context)) if (context.breakers[id] !== 'trying') enqueue({ type: 'releaseBreaker', params: { id } });
    }),
    /** The hold of its window has ended by its time, not by an operator who cannot wait, nor by other hours. */
    passOpeningOn: holding.enqueueActions(({ context: { holds: { window }, spec }, enqueue, event }) => {
      assertEvent(event, 'lifecycle.changed');
      const isOpening = window?.until !== undefined && window.until <= event.at && event.holds.window === undefined;
      if (isOpening && spec.window?.slowStart !== false) enqueue('startSlowly');
    }),
    /** Breakers that jobs.yaml has no more hold no stage. */
    forgetBreakers: holding.enqueueActions(({ context, enqueue }) => {
      const known = Object.keys(context.breakers);
      const left = known.filter((id) => id in breakersOf(context.spec));
      if (left.length === known.length) return;
      enqueue.assign({ breakers: Object.fromEntries(left.map((id) => [id, context.breakers[id]!])) });
      enqueue('tellStages');
    }),
    holdForBreaker: holding.enqueueActions(({ context, enqueue }, params) => {
      const { reason, until } = params as unknown as Required<BreakerNews>;
      if (context.spec.breaker.scope === 'stage') return enqueue('tellStages');
      enqueue({ type: 'placeHold', params: { cause: 'breaker', reason, ...(until !== undefined && { until }) } });
    }) as unknown as Taking<BreakerNews>,
    liftForBreaker: holding.enqueueActions(({ context, enqueue }) => {
      if (context.spec.breaker.scope === 'stage') return enqueue('tellStages');
      enqueue({ type: 'liftHold', params: { cause: 'breaker' } });
    }),
    /** What a summary means for the others. */
    passSummaryOn: holding.enqueueActions(({ context, enqueue, event }) => {
      assertEvent(event, 'stage.settled');
      const { stage, running, runs, ended, failures = [], finished } = event;
      const unpaid = failures.find(({ hold }) => hold !== undefined);
      if (unpaid) enqueue({ type: 'placeHold', params: holdFor(unpaid) });
      const id = breakerOf(context.spec, stage);
      const isNews = runs.length > 0 && (failures.length > 0 || context.failing.includes(stage) || context.breakers[id] !== undefined);
      if (isNews && context.restarts.alive.includes(id)) enqueue({ type: 'tellBreaker', params: { id } });
      if (isNews) enqueue.assign({ failing: failingAfter(context.failing, event) });
      if (context.drain === 'draining' && Object.values({ ...context.running, [stage]: running }).every((n) => n === 0)) enqueue('finishDrain');
      if (finished > 0) enqueue('tellSupervisor');
      if (ended > 0 && context.spec.guards.validate) enqueue('passToGuards');
    }),
  },
}).createMachine({
  id: 'job',
  description: 'Owns its lifecycle, its discovery and a worker for each stage, and carries what they tell each other.',
  context: ({ input: { spec, drain = 'flowing', holds = {} } }) => ({ spec, drain, holds, running: {}, breakers: {}, failing: [], canaries: {}, restarts: none }),
  entry: ['reconcile', 'liftForgotten'],
  initial: 'steady',
  on: {
    'stage.settled': {
      description: 'What a stage has done since its last summary.',
      actions: [{ type: 'noteRunning', params: ({ event }) => event }, 'passSummaryOn'],
    },
    'stage.unloadable': {
      description: 'The code of a stage cannot be run: the job is held.',
      actions: { type: 'placeHold', params: ({ event }) => ({ cause: 'supervision', reason: `${unloadable(event.stage)}${event.reason}` }) },
    },
    'stage.loaded': {
      description: 'It can be run again: that hold is lifted.',
      guard: { type: 'isHeldForCodeOf', params: ({ event }) => event },
      actions: { type: 'liftHold', params: { cause: 'supervision' } },
    },
    'code.loaded': {
      description: 'A stage has another version of its code: its breaker may try it.',
      guard: { type: 'hasBreaker', params: ({ event }) => event },
      actions: { type: 'tellBreaker', params: ({ context, event }) => ({ id: breakerOf(context.spec, event.stage) }) },
    },
    'breaker.changed': [
      { description: 'A breaker that jobs.yaml has no more.', guard: { type: 'isOfNobody', params: ({ event }) => event } },
      { description: 'Too many failures: the job is held, or one stage.', guard: { type: 'isOpen', params: ({ event }) => event }, actions: [{ type: 'noteBreaker', params: ({ event }) => event }, { type: 'holdForBreaker', params: ({ event }) => event }] },
      { description: 'It may be tried again, as far as the breaker allows.', actions: [{ type: 'noteBreaker', params: ({ event }) => event }, 'liftForBreaker'] },
    ],
    'canary.asked': {
      description: 'What failed by one kind of error is redone with care.',
      actions: [{ type: 'stopCanary', params: ({ event }) => event }, { type: 'noteCanary', params: ({ event }) => event }, 'forgetCanaries', 'reconcile'],
    },
    'canary.ended': { description: 'That is over.', actions: [{ type: 'forgetCanary', params: ({ event }) => event }, 'reconcile'] },
    'lifecycle.changed': [
      {
        description: 'What died too often may start again.',
        guard: { type: 'mayRestart', params: ({ event }) => event },
        actions: ['passReleaseOn', { type: 'noteLifecycle', params: ({ event }) => event }, 'forgive', 'reconcile', ...tellAll],
      },
      {
        description: 'Stages and discovery hear whether they may work.',
        actions: ['passReleaseOn', 'passOpeningOn', { type: 'noteLifecycle', params: ({ event }) => event }, ...tellAll],
      },
    ],
    'verdict.given': {
      description: 'The doctor knows better what an error means: the breaker hears of it.',
      guard: { type: 'hasBreaker', params: ({ event }) => event },
      actions: { type: 'tellBreaker', params: ({ context, event }) => ({ id: breakerOf(context.spec, event.stage) }) },
    },
    'upstream.progressed': { description: 'A job that it reads from has finished something.', actions: 'tellDiscovery' },
    'spec.changed': {
      description: 'The configuration says something else of it.',
      actions: FOLLOWS,
    },
    'child.rewound': [...REWOUND],
    'reload.asked': { description: 'Somebody wants everything looked at again: code, variables, programs.', actions: ['tellStages', 'tellRequirements'] },
    'requirement.unmet': {
      description: 'What it cannot work without is missing: it is held until that is there.',
      actions: { type: 'placeHold', params: ({ event }) => ({ cause: 'requirement', reason: event.reason }) },
    },
    'requirement.met': { description: 'All that it requires is there: that hold is lifted.', actions: { type: 'liftHold', params: { cause: 'requirement' } } },
    'secrets.changed': { description: 'It has another key: what was refused for the old one is tried at once.', actions: ['tellBreakers', 'tellResources'] },
    'budget.exhausted': {
      description: 'It has spent what it may: it is held until the day is over, or the limit is raised.',
      actions: { type: 'placeHold', params: ({ event: { reason, until } }) => ({ cause: 'budget', reason, until }) },
    },
    'budget.restored': { description: 'There is money again: that hold is lifted.', actions: { type: 'liftHold', params: { cause: 'budget' } } },
    'discovery.full': { description: 'As much waits as may: its guards see when there is room again.', actions: 'passToGuards' },
    'guard.tripped': {
      description: "The handler's own check failed: it is held until somebody resumes it.",
      actions: { type: 'placeHold', params: ({ event }) => ({ cause: 'guard', reason: event.reason }) },
    },
    'guard.mended': { description: 'The check could not be run, and now it can: that hold is lifted.', actions: { type: 'liftHold', params: { cause: 'guard' } } },
    'window.closed': {
      description: 'It is outside of its working hours: it is held until the next opening.',
      actions: { type: 'placeHold', params: ({ event }) => ({ cause: 'window', reason: event.reason, ...(event.until !== null && { until: event.until }) }) },
    },
    'window.opened': { description: 'It is within its working hours.', actions: { type: 'liftHold', params: { cause: 'window' } } },
    'actor.restored': {
      description: 'Rivus has started again: children that are missing start anew.',
      actions: [{ type: 'noteMissing', params: ({ event }) => event }, 'reconcile'],
    },
    'stage.broke': [
      { description: 'It was started again already, or is no stage of the job.', guard: { type: 'isGone', params: breakOf } },
      { description: 'It breaks again and again: the job is held until somebody looks.', guard: 'diedTooOften', actions: giveUp(breakOf) },
      { description: 'A stage cannot go on: it is started again.', target: '.restarting', actions: startAgain(breakOf) },
    ],
    'stage.stalled': [
      { description: 'It does not live at the moment, or is no stage of the job.', guard: { type: 'isGone', params: stallOf } },
      { description: 'It stalls again and again: the job is held until somebody looks.', guard: 'diedTooOften', actions: giveUp(stallOf) },
      { description: 'A stage claims nothing although it could: it is started again.', target: '.restarting', actions: startAgain(stallOf) },
    ],
    'xstate.error.actor.*': [
      { description: 'A child that is not wanted any more.', guard: { type: 'isUnwanted', params: endOf }, actions: { type: 'reap', params: endOf } },
      { description: 'The lifecycle died too often: the job is held, and it is started again all the same.', guard: { type: 'lifecycleDiedTooOften', params: endOf }, target: '.restarting', actions: giveUp(endOf) },
      { description: 'A child died too often: the job is held until somebody looks.', guard: 'diedTooOften', actions: giveUp(endOf) },
      { description: 'A child died.', target: '.restarting', actions: startAgain(endOf) },
    ],
  },
  states: {
    steady: { description: 'Every child that should live does, or the job is held until somebody looks.' },
    restarting: {
      description: 'A child died and is started again after a wait.',
      always: { description: 'Nobody waits any more.', guard: not('someoneWaits'), target: 'steady' },
      on: {
        'spec.changed': { description: 'The configuration says something else; who was next to be started again may be gone.', target: 'restarting', reenter: true, actions: FOLLOWS },
        'child.rewound': REWOUND.map((rewound) => ({ ...rewound, target: 'restarting' as const, reenter: true })),
      },
      after: {
        untilRestart: { description: 'The wait is over; it doubles with each death.', target: 'restarting', reenter: true, actions: 'reconcile' },
      },
    },
  },
});

function endOf({ event }: { event: Stamped & ChildDied }): End {
  return { id: event.actorId, error: errorOf(event) };
}

function breakOf({ event }: { event: Stamped & { stage: string; error: string } }): End {
  return { id: `stage/${event.stage}`, error: event.error };
}

function stallOf({ event }: { event: Stamped & { stage: string; forMs: number } }): End {
  return { id: `stage/${event.stage}`, error: `it claimed nothing for ${event.forMs / 1000} s, although tasks were ready and nothing was in its way` };
}

const hasLifecycle = ({ restarts }: JobContext) => restarts.alive.includes(LIFECYCLE);

function startAgain<E>(of: (args: { event: E }) => End) {
  return [{ type: 'reap', params: of }, { type: 'noteDeath', params: of }] as const;
}

function giveUp<E extends Stamped>(of: (args: { event: E }) => End) {
  const reason = ({ context: { restarts, spec }, event }: { context: JobContext; event: E }) => reasonOf(restarts, spec.restart, { ...of({ event }), at: timeOf(event) });
  return [
    { type: 'reap', params: of },
    { type: 'noteGivenUp', params: of },
    { type: 'placeHold', params: (args: { context: JobContext; event: E }) => ({ cause: 'supervision' as const, reason: reason(args) }) },
  ] as const;
}

const ended = ({ restarts, spec }: JobContext, { id, error }: End, at: number, again: boolean) => died(restarts, { id, error, at }, spec.restart, again);

// ---------------------------------------------------------------- holds

/** How the reason of a hold begins that a stage without usable code has placed. */
const unloadable = (stage: string) => `stage "${stage}" cannot be loaded: `;

const mayWork = ({ drain, holds }: Standing) => drain === 'flowing' && Object.keys(holds).length === 0;

/** What could not be paid for. */
const holdFor = ({ hold, reason, until }: Failure): Placement => ({ cause: hold!, reason, ...(until !== null && { until }) });

// ---------------------------------------------------------------- breakers

const breakersAlive = ({ spec, restarts }: JobContext) => Object.keys(breakersOf(spec)).filter((id) => restarts.alive.includes(id));

function standingOf(breakers: JobContext['breakers'], id: string, state: BreakerNews['state']): JobContext['breakers'] {
  const { [id]: _, ...others } = breakers;
  return state === 'closed' ? others : { ...others, [id]: state };
}

const failingAfter = (failing: string[], { stage, runs }: Summary): string[] => [...failing.filter((other) => other !== stage), ...(runs.at(-1)?.class === 'ok' ? [] : [stage])];

const without = (running: Record<string, number>, ...ids: string[]) =>
  Object.fromEntries(Object.entries(running).filter(([stage]) => !ids.includes(`stage/${stage}`)));
