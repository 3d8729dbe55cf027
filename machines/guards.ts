/**
 * What a job may not exceed, as jobs.yaml says under `guards`, and how it stands.
 *
 *   queue    open ── discovery.full ──▶ full ── queue.drained ──▶ open              (`max_pending`)
 *   money    within ⇄ spent                                                         (`daily_cost_limit`)
 *   health   unwatched ⇄ watched   loading ──▶ waiting ⇄ checking ── check.failed ──▶ tripped ── resumed ──▶ loading    (`validate`)
 *
 * A full queue stops discovery alone, and goes open again only when a tenth of it has ended. Money that is over, and a check that
 * failed, hold the job. A check that failed looks again when somebody has resumed the job: by then nothing of before counts any more.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import { standing, type Standing } from './lifecycle.ts';
import type { JobSpec } from './spec.ts';
import { timeOf, type Stamped } from './time.ts';

/** Also when nothing has ended: a check may look at something outside. */
const CHECK_EVERY_MS = 60_000;
/** What ends until then belongs to the same batch. */
const BATCH_MS = 5_000;

/** How the reason of a hold begins when the check cannot be run. */
export const UNLOADABLE_CHECK = 'guard: validate() cannot be loaded: ';

/** A queue of at most `maxPending` tasks has room again below this. */
export const roomBelow = (maxPending: number): number => Math.floor(maxPending * 0.9) + 1;

/** Attempts that ended since the last check, by stage. */
const tally = z.record(z.string(), z.strictObject({ attempts: z.number(), failures: z.number() }));
/** Micro-dollars that each stage has cost in all, as of the last check. */
const spent = z.record(z.string(), z.number());
/**
 * What a check is about. `from`: what was put out before, in ms since the epoch, is no part of it. `spent` is null when nobody has
 * looked yet.
 */
const asked = z.strictObject({ tally, spent: spent.nullable(), from: z.number() });
export type Asked = z.infer<typeof asked>;

export const guardsContext = z.strictObject({
  job: z.string(),
  maxPending: z.number().nullable(),
  validate: z.boolean(),
  standing,
  /** Since the last check began. */
  tally,
  spent: spent.nullable(),
  from: z.number(),
  /** What the check that is under way, or was last, is about. */
  asked: asked.nullable(),
  /** When the last check began and when the next one is due, in ms since the epoch. */
  lastAt: z.number().nullable(),
  nextAt: z.number(),
  /** Why the job is held, or was held last. `ofCode`: the check cannot be run; it ends by itself when it can. */
  problem: z.strictObject({ reason: z.string(), ofCode: z.boolean() }).nullable(),
});
type Context = z.infer<typeof guardsContext>;

type Limits = JobSpec['guards'];
type Ended = { stage: string; attempts: number; failures: number };
type Spent = z.infer<typeof spent>;

export type GuardsEvent = Stamped &
  (
    | { type: 'discovery.full'; pending: number }
    | { type: 'queue.drained' }
    | ({ type: 'work.ended' } & Ended)
    | { type: 'check.passed'; spent: Spent }
    | { type: 'check.failed'; reason: string; spent: Spent }
    | { type: 'check.loaded' }
    | { type: 'check.unloadable'; reason: string }
    | ({ type: 'job.changed' } & Standing)
    | { type: 'spec.changed'; spec: Limits }
    | { type: 'actor.restored' }
  );

const provided = (name: string) => (): never => {
  throw new Error(`"${name}" is provided in actors/`);
};

/** The job is held for what is amiss. */
const trip = (ofCode: boolean) => [{ type: 'noteProblem' as const, params: ({ event }: { event: { reason: string } }) => ({ reason: event.reason, ofCode }) }, 'holdJob' as const] as const;

const NOTE_STANDING = { type: 'noteStanding', params: ({ event }: { event: Standing }) => event } as const;

export const guardsMachine = setup({
  types: { context: {} as Context, input: {} as { at: number; job: string; spec: Limits } & Standing, events: {} as GuardsEvent },
  actors: {
    /** Says `queue.drained` when fewer than so many tasks are pending. */
    room: fromCallback<{ type: string }, { job: string; below: number }>(provided('room')),
    /** Keeps the code of the handler's `validate` ready, and says whether it is. */
    code: fromCallback<{ type: string }, { job: string }>(provided('code')),
    /** Calls it once, and says what came of it; within a time. */
    check: fromCallback<{ type: string }, { job: string; asked: Asked }>(provided('check')),
  },
  guards: {
    isLimited: ({ context }) => context.maxPending !== null,
    isUnlimited: ({ context }) => context.maxPending === null,
    isSpent: ({ context }) => context.standing.holds.budget !== undefined,
    isWithin: ({ context }) => context.standing.holds.budget === undefined,
    isWatched: ({ context }) => context.validate,
    isUnwatched: ({ context }) => !context.validate,
    isTripped: ({ context }) => context.standing.holds.guard !== undefined,
    isOfCode: ({ context }) => context.problem?.ofCode === true,
    isLifted: (_, { holds }: Standing) => holds.guard === undefined,
    isHeld: (_, { holds }: Standing) => holds.guard !== undefined,
    mayWork: ({ context }) => mayWork(context.standing),
    mayNotWork: ({ context }) => !mayWork(context.standing),
    isSooner: ({ context, event }) => batchEnd(context, timeOf(event)) < context.nextAt,
  },
  actions: {
    noteStanding: assign((_, { holds, drain }: Standing) => ({ standing: { holds, drain } })),
    follow: assign((_, { spec: { maxPending = null, validate } }: { spec: { maxPending?: number | null; validate: boolean } }) => ({ maxPending, validate })),
    count: assign(({ context }, ended: Ended) => ({ tally: counted(context.tally, ended) })),
    checkSoon: assign(({ context, event }) => ({ nextAt: batchEnd(context, timeOf(event)) })),
    ask: assign(({ context: { tally, spent, from }, event }) => ({ asked: { tally, spent, from }, tally: {}, lastAt: timeOf(event), nextAt: timeOf(event) + CHECK_EVERY_MS })),
    noteSpent: assign((_, { spent }: { spent: Spent }) => ({ spent })),
    noteProblem: assign((_, { reason, ofCode }: { reason: string; ofCode: boolean }) => ({ problem: { reason, ofCode } })),
    /** Somebody has looked: what was is over. */
    beginAnew: assign(({ event }) => ({ tally: {}, from: timeOf(event), nextAt: timeOf(event) })),
    /** The job is held for what `problem` says. */
    holdJob: provided('holdJob'),
    /** What the job was held for is mended. */
    freeJob: provided('freeJob'),
  },
  delays: { untilCheck: ({ context, event }) => Math.max(0, context.nextAt - timeOf(event)) },
}).createMachine({
  id: 'guards',
  description: 'What a job may not exceed: pending tasks, money, and what its own check says.',
  context: ({ input: { at, job, spec, holds, drain } }) => ({
    job, maxPending: spec.maxPending ?? null, validate: spec.validate, standing: { holds, drain },
    tally: {}, spent: null, from: at, asked: null, lastAt: null, nextAt: at, problem: holds.guard ? { reason: holds.guard.reason, ofCode: false } : null,
  }),
  type: 'parallel',
  on: {
    'job.changed': { description: 'Something else holds the job, or nothing any more.', actions: NOTE_STANDING },
    'spec.changed': { description: 'jobs.yaml has other guards for it.', actions: { type: 'follow', params: ({ event }) => event } },
  },
  states: {
    queue: {
      description: 'Whether discovery may add tasks.',
      initial: 'open',
      states: {
        open: {
          description: 'There is room for more.',
          on: { 'discovery.full': { description: 'As much waits as may (`max_pending`): discovery stops, work goes on.', guard: 'isLimited', target: 'full' } },
        },
        full: {
          description: 'Discovery adds nothing until a tenth of what may be pending has ended.',
          always: { description: 'Nothing limits it any more.', guard: 'isUnlimited', target: 'open' },
          invoke: { src: 'room', id: 'room', input: ({ context: { job, maxPending } }) => ({ job, below: roomBelow(maxPending!) }) },
          on: {
            'queue.drained': { description: 'There is room again.', target: 'open' },
            'spec.changed': { description: 'Another limit, perhaps.', target: 'full', reenter: true, actions: { type: 'follow', params: ({ event }) => event } },
          },
        },
      },
    },
    money: {
      description: 'Whether there is money left for today.',
      initial: 'within',
      states: {
        within: { description: 'It may spend more.', always: { description: 'The budget holds the job.', guard: 'isSpent', target: 'spent' } },
        spent: { description: 'The job is held until the next day begins, or a limit is raised.', always: { description: 'There is money again.', guard: 'isWithin', target: 'within' } },
      },
    },
    health: {
      description: "What the handler's own check says.",
      initial: 'unwatched',
      states: {
        unwatched: { description: 'jobs.yaml asks for no check.', always: { description: '`validate: true`', guard: 'isWatched', target: 'watched' } },
        watched: {
          description: 'The handler is asked now and then.',
          initial: 'loading',
          always: { description: 'jobs.yaml asks for no check any more.', guard: 'isUnwatched', target: 'unwatched' },
          invoke: { src: 'code', id: 'code', input: ({ context: { job } }) => ({ job }) },
          on: {
            'work.ended': { description: 'Attempts of a stage have ended.', actions: { type: 'count', params: ({ event }) => event } },
            'check.unloadable': { description: 'The code of the check cannot be run: the job is held until it can.', target: '.tripped', actions: trip(true) },
          },
          states: {
            loading: {
              description: 'Its code is being made ready.',
              always: { description: 'It starts anew, and what held the job holds it still.', guard: 'isTripped', target: 'tripped.held' },
              on: { 'check.loaded': { description: 'It can be asked.', target: 'waiting' } },
            },
            idle: {
              description: 'The job is held or drains: nothing is checked.',
              always: { description: 'The job may work.', guard: 'mayWork', target: 'waiting' },
            },
            waiting: {
              description: 'The next check is due at a known time.',
              always: { description: 'Something holds the job, or it drains.', guard: 'mayNotWork', target: 'idle' },
              on: {
                'work.ended': {
                  description: 'A batch has ended: it is looked at soon.', guard: 'isSooner', target: 'waiting', reenter: true,
                  actions: [{ type: 'count', params: ({ event }) => event }, 'checkSoon'],
                },
              },
              after: { untilCheck: { description: 'The check is due.', target: 'checking', actions: 'ask' } },
            },
            checking: {
              description: '`validate` is at it.',
              invoke: { src: 'check', id: 'check', input: ({ context: { job, asked } }) => ({ job, asked: asked! }) },
              on: {
                'check.passed': { description: 'All is well.', target: 'waiting', actions: { type: 'noteSpent', params: ({ event }) => event } },
                'check.failed': { description: 'It is not: the job is held.', target: 'tripped', actions: [{ type: 'noteSpent', params: ({ event }) => event }, ...trip(false)] },
              },
            },
            tripped: {
              description: 'Something is amiss: the job is held until somebody resumes it.',
              initial: 'telling',
              on: { 'check.loaded': { description: 'What was amiss was its code, and that can be run now.', guard: 'isOfCode', target: 'waiting', actions: ['beginAnew', 'freeJob'] }, 'check.unloadable': { description: 'The job is held already.' } },
              states: {
                telling: {
                  description: 'The job is to be held.',
                  on: {
                    'job.changed': { description: 'It is.', guard: { type: 'isHeld', params: ({ event }) => event }, target: 'held', actions: NOTE_STANDING },
                    'actor.restored': { description: 'Rivus has started again: the job is told once more.', actions: 'holdJob' },
                  },
                },
                held: {
                  description: 'The job is held.',
                  on: { 'job.changed': { description: 'Somebody has resumed it: it is looked at again, at once.', guard: { type: 'isLifted', params: ({ event }) => event }, target: '#guards.health.watched', actions: [NOTE_STANDING, 'beginAnew'] } },
                },
              },
            },
          },
        },
      },
    },
  },
});

const mayWork = ({ holds, drain }: Standing) => drain === 'flowing' && Object.keys(holds).length === 0;

/** When what ends at `at` is looked at: at once, but for a batch that follows another one closely. */
const batchEnd = ({ lastAt }: Context, at: number): number => Math.max(at, (lastAt ?? -Infinity) + BATCH_MS);

function counted(tally: Asked['tally'], { stage, attempts, failures }: Ended): Asked['tally'] {
  const before = tally[stage] ?? { attempts: 0, failures: 0 };
  return { ...tally, [stage]: { attempts: before.attempts + attempts, failures: before.failures + failures } };
}
