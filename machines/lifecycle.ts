/**
 * Whether a job may start work; if not, why, and until when.
 *
 *   pause   running ── PAUSE · hold.placed ──▶ paused ── RESUME · last hold lifted or lapsed ──▶ running
 *   drain   flowing ── DRAIN ──▶ draining ── work.finished ──▶ drained ── RESUME ──▶ flowing
 *
 * A job may be held for several causes at once and runs when none is left; draining forgets no hold.
 * A task is claimed only while the job is both `running` and `flowing`.
 */
import { assign, setup } from 'xstate';
import { z } from 'zod';
import { timeOf, type Stamped } from './time.ts';

export const HOLD_CAUSES = ['operator', 'breaker', 'guard', 'supervision', 'budget', 'window', 'requirement'] as const;
export const holdCause = z.enum(HOLD_CAUSES);
export type HoldCause = z.infer<typeof holdCause>;

/** What RESUME lifts without `force`. The others end by money, time or configuration. */
export const RESUMABLE: readonly HoldCause[] = ['operator', 'breaker', 'guard', 'supervision'];

/** Why a job is held. Times are in ms since the epoch; without `until` the hold stays until it is lifted. */
export const hold = z.strictObject({ reason: z.string(), since: z.number(), until: z.number().optional() });
export type Hold = z.infer<typeof hold>;
export const holds = z.partialRecord(holdCause, hold);
export type Holds = z.infer<typeof holds>;
/** How a lifecycle stands: what one that starts fresh has to be given, so that nothing is forgotten. `drain`: where that region stands. */
export const standing = z.strictObject({ holds, drain: z.enum(['flowing', 'draining', 'drained']) });
export type Standing = z.infer<typeof standing>;
export type Drain = Standing['drain'];

export const lifecycleContext = z.strictObject({ holds });

/** What operators may send, by its type. */
export const lifecycleOrders = {
  PAUSE: z.object({ type: z.literal('PAUSE'), reason: z.string().min(1).meta({ description: 'Why, for whoever reads it later.' }), until: z.number().int().optional().meta({ description: 'When it goes on by itself.', format: 'instant' }) }),
  RESUME: z.object({ type: z.literal('RESUME'), force: z.boolean().default(false).meta({ description: 'Lifts also what ends by money, time or configuration.' }) }),
  DRAIN: z.object({ type: z.literal('DRAIN') }),
};

export const lifecycleEvent = z.discriminatedUnion('type', [
  lifecycleOrders.PAUSE,
  lifecycleOrders.RESUME,
  lifecycleOrders.DRAIN,
  z.object({ type: z.literal('hold.placed'), cause: holdCause, reason: z.string().min(1), until: z.number().int().optional() }),
  z.object({ type: z.literal('hold.lifted'), cause: holdCause }),
  z.object({ type: z.literal('work.finished') }),
]);
export type LifecycleEvent = Stamped & z.infer<typeof lifecycleEvent>;

export const lifecycleMachine = setup({
  types: {
    context: {} as z.infer<typeof lifecycleContext>,
    input: {} as { at: number } & Partial<Standing>,
    events: {} as LifecycleEvent,
  },
  guards: {
    isLastHold: ({ context }, { cause }: { cause: HoldCause }) => isEmpty(without(context.holds, [cause])),
    lapsesEveryHold: ({ context, event }) => isEmpty(unlapsed(context.holds, timeOf(event))),
    liftsEveryHold: ({ context }, { force }: { force: boolean }) => isEmpty(afterResume(context.holds, force)),
    someHoldLapses: ({ context }) => nextLapse(context.holds) !== undefined,
    somethingHolds: ({ context }) => !isEmpty(context.holds),
    beganDraining: ({ event }) => begun(event) !== 'flowing',
  },
  actions: {
    hold: assign(({ context }, { cause, ...hold }: Hold & { cause: HoldCause }) => ({ holds: { ...context.holds, [cause]: hold } })),
    lift: assign(({ context }, { cause }: { cause: HoldCause }) => ({ holds: without(context.holds, [cause]) })),
    liftResumable: assign(({ context }) => ({ holds: afterResume(context.holds, false) })),
    liftLapsed: assign(({ context, event }) => ({ holds: unlapsed(context.holds, timeOf(event)) })),
    liftAll: assign({ holds: {} }),
    /** Tells the job what holds it now, and whether work flows. */
    tellJob: (_, _standing: { drain?: Drain }): void => {
      throw new Error('the action "tellJob" is provided in actors/');
    },
  },
  delays: {
    untilNextLapse: ({ context, event }) => Math.max(0, nextLapse(context.holds)! - timeOf(event)),
  },
}).createMachine({
  id: 'lifecycle',
  description: 'Whether a job may start work; if not, why, and until when.',
  context: ({ input }) => ({ holds: input.holds ?? {} }),
  type: 'parallel',
  states: {
    pause: {
      description: 'Whether something holds the job.',
      initial: 'running',
      states: {
        running: {
          description: 'Nothing holds the job.',
          entry: { type: 'tellJob', params: {} },
          always: { description: 'It starts anew, and what held it holds it still.', guard: 'somethingHolds', target: 'paused' },
          on: {
            PAUSE: {
              description: 'Hold the job until it is resumed or the given time.',
              target: 'paused',
              actions: { type: 'hold', params: ({ event }) => byOperator(event) },
            },
            'hold.placed': {
              description: 'Breaker, guard, supervision, budget, window or a requirement holds the job.',
              target: 'paused',
              actions: { type: 'hold', params: ({ event }) => placed(event) },
            },
          },
        },
        paused: {
          description: 'Tasks in flight finish; nothing new is claimed.',
          entry: { type: 'tellJob', params: {} },
          initial: 'untilLifted',
          states: {
            untilLifted: {
              description: 'No hold ends by itself.',
              always: { description: 'A hold has an end of its own.', guard: 'someHoldLapses', target: 'untilLapse' },
            },
            untilLapse: {
              description: 'The earliest hold ends by itself.',
              after: {
                untilNextLapse: [
                  {
                    description: 'The time of the last hold has passed.',
                    guard: 'lapsesEveryHold', target: '#lifecycle.pause.running',
                    actions: 'liftAll',
                  },
                  {
                    description: 'The time of a hold has passed; another one stays.',
                    target: '#lifecycle.pause.paused',
                    actions: 'liftLapsed',
                  },
                ],
              },
            },
          },
          on: {
            PAUSE: {
              description: 'Replace the reason and the end of the pause.',
              target: 'paused', reenter: true,
              actions: { type: 'hold', params: ({ event }) => byOperator(event) },
            },
            'hold.placed': {
              description: 'One more cause, or another reason of the same.',
              target: 'paused', reenter: true,
              actions: { type: 'hold', params: ({ event }) => placed(event) },
            },
            'hold.lifted': [
              {
                description: 'The last hold was lifted.',
                guard: { type: 'isLastHold', params: ({ event }) => event }, target: 'running',
                actions: 'liftAll',
              },
              {
                description: 'A hold was lifted; another one stays.',
                target: 'paused', reenter: true,
                actions: { type: 'lift', params: ({ event }) => event },
              },
            ],
            RESUME: [
              {
                description: 'Lift every hold that an operator may lift.',
                guard: { type: 'liftsEveryHold', params: ({ event }) => event }, target: 'running',
                actions: 'liftAll',
              },
              {
                description: 'Lift what an operator may lift; the rest stays.',
                target: 'paused', reenter: true,
                actions: 'liftResumable',
              },
            ],
          },
        },
      },
    },
    drain: {
      description: 'Whether new work may start.',
      initial: 'flowing',
      states: {
        flowing: {
          description: 'Work comes in.',
          entry: { type: 'tellJob', params: { drain: 'flowing' } },
          always: { description: 'It starts anew, and was draining.', guard: 'beganDraining', target: 'draining' },
          on: { DRAIN: { description: 'Finish what is in flight and start nothing new.', target: 'draining' } },
        },
        draining: {
          description: 'What is in flight finishes.',
          entry: { type: 'tellJob', params: { drain: 'draining' } },
          on: { 'work.finished': { description: 'Nothing is in flight any more.', target: 'drained' }, RESUME: { description: 'Let work flow again.', target: 'flowing' } },
        },
        drained: {
          description: 'Nothing is in flight and nothing will start.',
          entry: { type: 'tellJob', params: { drain: 'drained' } }, on: { RESUME: { description: 'Let work flow again.', target: 'flowing' } },
        },
      },
    },
  },
});

/** Where the drain region stood before a lifecycle was started fresh: only its first event says so. */
const begun = (event: { type: string; input?: Partial<Standing> }): Drain => (event.type === 'xstate.init' && event.input?.drain) || 'flowing';

type Placement = Hold & { cause: HoldCause };
const withEnd = (hold: Placement, until: number | undefined): Placement => (until === undefined ? hold : { ...hold, until });
const byOperator = ({ reason, until, at }: { reason: string; until?: number; at: number }) => withEnd({ cause: 'operator', reason, since: at }, until);
const placed = ({ cause, reason, until, at }: { cause: HoldCause; reason: string; until?: number; at: number }) =>
  withEnd({ cause, reason, since: at }, until);

const isEmpty = (holds: Holds) => Object.keys(holds).length === 0;
const keeping = (holds: Holds, keep: (cause: HoldCause, hold: Hold) => boolean): Holds =>
  Object.fromEntries(Object.entries(holds).filter(([cause, hold]) => keep(cause as HoldCause, hold)));
const without = (holds: Holds, causes: readonly HoldCause[]) => keeping(holds, (cause) => !causes.includes(cause));
const afterResume = (holds: Holds, force: boolean) => (force ? {} : without(holds, RESUMABLE));

/** The earliest time at which a hold ends by itself. */
const nextLapse = (holds: Holds) =>
  Object.values(holds).map((hold) => hold.until).filter((until) => until !== undefined).sort((a, b) => a - b)[0];
const unlapsed = (holds: Holds, at: number) => keeping(holds, (_, { until = Infinity }) => until > at);
