/**
 * Redoes with care what failed by one kind of error: one task, then ten, then all.
 *
 *   choosing ── tasks.chosen ──▶ trying ── all have ended, and not in the same way ──▶ choosing     (the next step)
 *   choosing ── nothing is left ──▶ over
 *   trying   ── one fails in the same way · none succeeded ──▶ stopped                              (the rest stays failed)
 *   trying   ── the last step went well ──▶ releasing ── rest.released ──▶ over                     (all of them run again)
 *   any      ── STOP_CANARY ──▶ over                                                                (its job lets it go)
 *
 * What a step is made of is in its context before any of it runs again, and how that went is read from the rows: a process that dies
 * between goes on where it was, and redoes nothing twice.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import type { Stamped } from './time.ts';

/** Tasks that each step tries; after the last one all that are left. */
export const STEPS: readonly number[] = [1, 10];
/** So many of a job at most: each is an actor. */
export const MOST_CANARIES = 5;

/** Which failures: of one kind of error, met before `since` (ms since the epoch). `stage`: only there; null: wherever it was met. */
export const redone = z.strictObject({ job: z.string(), fingerprint: z.string(), stage: z.string().nullable(), since: z.number() });
export type Redone = z.infer<typeof redone>;

/** A task that failed, with the lease of the attempt that did: a higher one is a try of the canary. */
const tried = z.strictObject({ itemId: z.number(), stage: z.string(), lease: z.number() });
export type Tried = z.infer<typeof tried>;

/** How the tasks of a step ended. `alike`: with the same error; `otherwise`: with another one. `error`: of those, the first in words. */
export type Trial = { succeeded: number; alike: number; otherwise: number; error: string | null };

export const canaryContext = redone.extend({
  /** Tasks that had failed so when it began. */
  total: z.number(),
  /** Index into `STEPS`. */
  step: z.number(),
  /** Of the step that is under way. */
  tasks: z.array(tried),
  /** Tasks of the steps that went well, and how many of these succeeded. */
  tried: z.number(),
  succeeded: z.number(),
  /** Why it stopped; null while it has not. */
  reason: z.string().nullable(),
});
export type CanaryContext = z.infer<typeof canaryContext>;
type Context = CanaryContext;

export type CanaryEvent = Stamped & ({ type: 'tasks.chosen'; tasks: Tried[] } | ({ type: 'tasks.ended' } & Trial) | { type: 'rest.released'; tasks: number } | { type: 'STOP_CANARY' });

const provided = (name: string) => (): never => {
  throw new Error(`the "${name}" is provided in actors/`);
};

export const canaryMachine = setup({
  types: { context: {} as Context, input: {} as { at: number; total: number } & Redone, events: {} as CanaryEvent },
  actors: {
    /** Says which tasks the step tries. */
    choice: fromCallback<{ type: string }, { redone: Redone; most: number }>(provided('choice')),
    /** Has them run again, and says how they ended: as soon as one fails in the same way, else when all have. */
    trial: fromCallback<{ type: string }, { redone: Redone; tasks: Tried[] }>(provided('trial')),
    /** Has all others run again. */
    release: fromCallback<{ type: string }, { redone: Redone }>(provided('release')),
  },
  guards: {
    isNothing: (_, { tasks }: { tasks: Tried[] }) => tasks.length === 0,
    failsAlike: (_, { alike }: Trial) => alike > 0,
    succeedsNowhere: (_, { succeeded }: Trial) => succeeded === 0,
    isLastStep: ({ context }) => context.step + 1 >= STEPS.length,
  },
  actions: {
    begin: assign((_, { tasks }: { tasks: Tried[] }) => ({ tasks })),
    goOn: assign(({ context }, { succeeded }: Trial) => ({ step: context.step + 1, tasks: [], tried: context.tried + context.tasks.length, succeeded: context.succeeded + succeeded })),
    noteAlike: assign(({ context }, { alike, error }: Trial) => ({ reason: `${alike} of ${counted(context.tasks.length)} failed in the same way: ${error ?? 'nothing says why'}` })),
    noteOtherwise: assign(({ context }, { error }: Trial) => ({ reason: `none of ${counted(context.tasks.length)} succeeded: ${error ?? 'nothing says why'}` })),
    /** The operator is told that it stopped, and why. */
    tellStopped: provided('tellStopped'),
    /** Its job hears that it is over, and lets it go. */
    tellOver: provided('tellOver'),
  },
}).createMachine({
  id: 'canary',
  description: 'Redoes with care what failed by one kind of error: one task, then ten, then all.',
  context: ({ input: { job, fingerprint, stage, since, total } }) => ({ job, fingerprint, stage, since, total, step: 0, tasks: [], tried: 0, succeeded: 0, reason: null }),
  initial: 'choosing',
  on: { STOP_CANARY: { description: 'End it: what failed stays failed, and what was made ready again runs.', target: '.over' } },
  states: {
    choosing: {
      description: 'Looks for the tasks of its next step.',
      invoke: { src: 'choice', id: 'choice', input: ({ context }) => ({ redone: redoneOf(context), most: STEPS[context.step]! }) },
      on: {
        'tasks.chosen': [
          { description: 'None is left that failed so.', guard: { type: 'isNothing', params: ({ event }) => event }, target: 'over' },
          { description: 'These are tried.', target: 'trying', actions: { type: 'begin', params: ({ event }) => event } },
        ],
      },
    },
    trying: {
      description: 'The tasks of its step run again; the others wait for how they end.',
      invoke: { src: 'trial', id: 'trial', input: ({ context }) => ({ redone: redoneOf(context), tasks: context.tasks }) },
      on: {
        'tasks.ended': [
          { description: 'The cause is not gone.', guard: { type: 'failsAlike', params: ({ event }) => event }, target: 'stopped', actions: { type: 'noteAlike', params: ({ event }) => event } },
          { description: 'Another error stands in its place.', guard: { type: 'succeedsNowhere', params: ({ event }) => event }, target: 'stopped', actions: { type: 'noteOtherwise', params: ({ event }) => event } },
          { description: 'All steps went well.', guard: 'isLastStep', target: 'releasing', actions: { type: 'goOn', params: ({ event }) => event } },
          { description: 'It went well: more are tried.', target: 'choosing', actions: { type: 'goOn', params: ({ event }) => event } },
        ],
      },
    },
    releasing: {
      description: 'The cause is gone: all others are made ready.',
      invoke: { src: 'release', id: 'release', input: ({ context }) => ({ redone: redoneOf(context) }) },
      on: { 'rest.released': { description: 'All of them run again.', target: 'over' } },
    },
    stopped: {
      description: 'The cause is not gone: the rest stays failed until somebody redoes it, or dismisses this.',
      entry: 'tellStopped',
    },
    over: { description: 'There is nothing more to do: its job lets it go.', entry: 'tellOver' },
  },
});

const redoneOf = ({ job, fingerprint, stage, since }: Context): Redone => ({ job, fingerprint, stage, since });
const counted = (n: number): string => `${n} ${n === 1 ? 'task' : 'tasks'}`;

/** Whether it is still at it. */
export const isUnderWay = ({ value }: { value: unknown }): boolean => value !== 'stopped' && value !== 'over';
