/**
 * One stage of a job: how much of it is at work, and whether it may start more. The tasks themselves are rows; the pump
 * claims, runs and settles them, and tells this machine in summaries, never one event per item.
 *
 *   flowing   idle ⇄ working ⇄ saturated          by how many attempts are in flight
 *   flowing ── job.held ──▶ held ── job.freed ──▶ flowing
 *   flowing · held ── job.draining ──▶ draining ── job.freed ──▶ flowing
 *
 * Holding here is for show and for the pump's sake: what counts is the job's row, which the claim itself reads.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import { stageSpec, type StageSpec } from './spec.ts';
import type { Stamped } from './time.ts';

/** Outcomes in the order in which they were committed, as run lengths: `{ class: 'ok', n: 12 }`. */
export type Run = { class: 'ok' | 'transient' | 'item_specific' | 'temporal' | 'systemic' | 'code_bug'; n: number };
/**
 * An attempt that failed, from a fact of the journal to its row. `fingerprint`: what the error is, whatever item it comes from. `until`: when it ends
 * by itself, in ms since the epoch; null when it does not say. `hold`: the cause of the hold that it leads to, where that is not for the breaker to decide.
 */
export const failure = z.strictObject({
  class: z.enum(['transient', 'item_specific', 'temporal', 'systemic', 'code_bug']),
  itemId: z.number(),
  attempt: z.number(),
  /** Of the stage, as the attempt ran it. */
  version: z.number(),
  fingerprint: z.string(),
  reason: z.string(),
  until: z.number().nullable(),
  hold: z.literal('budget').optional(),
});
export type Failure = z.infer<typeof failure>;

/** What a pump tells of the time since its last summary; `running`, `p50Ms` and `p95Ms` are as of now. */
export type Summary = {
  stage: string;
  running: number;
  /** Attempts that were settled as timed out and still keep their slot. */
  zombies: number;
  ended: number;
  failed: number;
  /** Settlements that the store's fence refused. */
  refused: number;
  /** Tasks that ended `done` in a stage that nothing needs. */
  finished: number;
  runs: Run[];
  /** In order, the first of each batch: `runs` counts all of them. */
  failures?: Failure[];
  p50Ms?: number;
  p95Ms?: number;
};

export const stageWorkerContext = z.strictObject({
  job: z.string(),
  spec: stageSpec,
  running: z.number(),
  zombies: z.number(),
  ended: z.number(),
  failed: z.number(),
  refused: z.number(),
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
  /** Why its code as it is now cannot be run. Never left out: a key that comes and goes would change its place with a restart. */
  unloadable: z.string().nullable(),
});

export type StageWorkerEvent = Stamped &
  (
    | ({ type: 'stage.settled' } & Summary)
    | { type: 'stage.broke'; stage: string; error: string }
    | { type: 'stage.loaded'; stage: string }
    | { type: 'code.loaded'; stage: string; version: number }
    | { type: 'stage.unloadable'; stage: string; reason: string }
    | { type: 'stage.outdated'; stage: string; reason: string }
    | { type: 'spec.changed'; spec: StageSpec }
    | { type: 'reload.asked' }
    | { type: 'job.held' }
    | { type: 'job.draining' }
    | { type: 'job.freed' }
  );

const provided = (name: string) => (): never => {
  throw new Error(`the action "${name}" is provided in actors/`);
};

const IDLE = { guard: 'isIdle', target: 'idle', description: 'All attempts have ended.' } as const;
const WORKING = { guard: 'isWorking', target: 'working', description: 'Some attempts are in flight, and more may start.' } as const;
const SATURATED = { guard: 'isSaturated', target: 'saturated', description: 'The concurrency of the stage is reached.' } as const;

export const stageWorkerMachine = setup({
  types: { context: {} as z.infer<typeof stageWorkerContext>, input: {} as { at: number; job: string; spec: StageSpec }, events: {} as StageWorkerEvent },
  actors: { pump: fromCallback<{ type: string }, { job: string; spec: StageSpec }>(provided('pump')) },
  guards: {
    isIdle: ({ context }) => context.running === 0,
    isWorking: ({ context }) => context.running > 0 && context.running < context.spec.concurrency,
    isSaturated: ({ context }) => context.running > 0 && context.running >= context.spec.concurrency,
  },
  actions: {
    tally: assign(({ context }, { running, zombies, ended, failed, refused, p50Ms, p95Ms }: Summary) => ({
      running, zombies,
      ended: context.ended + ended, failed: context.failed + failed, refused: context.refused + refused,
      ...(p50Ms !== undefined && { p50Ms, p95Ms }),
    })),
    follow: assign((_, { spec }: { spec: StageSpec }) => ({ spec })),
    noteLoaded: assign({ unloadable: null }),
    noteUnloadable: assign((_, { reason }: { reason: string }) => ({ unloadable: reason })),
    /** Passes the event on to the job. */
    tellJob: provided('tellJob'),
    /** Passes the event on to the pump. */
    tellPump: provided('tellPump'),
  },
}).createMachine({
  id: 'stageWorker',
  description: 'One stage of a job: how much of it is at work.',
  context: ({ input }) => ({ job: input.job, spec: input.spec, running: 0, zombies: 0, ended: 0, failed: 0, refused: 0, unloadable: null }),
  invoke: { src: 'pump', id: 'pump', input: ({ context }) => ({ job: context.job, spec: context.spec }) },
  initial: 'flowing',
  on: {
    'stage.settled': {
      description: 'A summary of its pump.',
      actions: [{ type: 'tally', params: ({ event }) => event }, 'tellJob'],
    },
    'stage.broke': { description: 'Its pump cannot go on: the job starts both again.', actions: 'tellJob' },
    'stage.loaded': { description: 'Its code can be run, as it is now.', actions: ['noteLoaded', 'tellJob'] },
    'code.loaded': { description: 'What starts next runs another version of its code.', actions: 'tellJob' },
    'stage.unloadable': {
      description: 'Its code cannot be run.',
      actions: [{ type: 'noteUnloadable', params: ({ event }) => event }, 'tellJob'],
    },
    'stage.outdated': {
      description: 'Its code was changed to something that cannot be run: the code of before goes on.',
      actions: { type: 'noteUnloadable', params: ({ event }) => event },
    },
    'spec.changed': {
      description: 'The configuration says something else of it.',
      actions: [{ type: 'follow', params: ({ event }) => event }, 'tellPump'],
    },
    'reload.asked': { description: 'Its code is to be looked at again.', actions: 'tellPump' },
    'job.held': { description: 'Something holds the job.', target: '.held', actions: 'tellPump' },
    'job.draining': { description: 'The job drains.', target: '.draining', actions: 'tellPump' },
    'job.freed': {
      description: 'Nothing holds the job any more, and it does not drain.',
      target: '.flowing',
      actions: 'tellPump',
    },
  },
  states: {
    flowing: {
      description: 'It claims what is ready.',
      initial: 'idle',
      states: {
        idle: { description: 'Nothing is in flight.', always: [WORKING, SATURATED] },
        working: { description: 'There is room for more.', always: [IDLE, SATURATED] },
        saturated: { description: 'As many attempts are in flight as may be.', always: [IDLE, WORKING] },
      },
    },
    held: { description: 'The job is held: what is in flight finishes, nothing is claimed.' },
    draining: { description: 'The job drains: what is in flight finishes, nothing is claimed.' },
  },
});
