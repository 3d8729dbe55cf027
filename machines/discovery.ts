/**
 * When a job looks for work, and what came of it.
 *
 *   waiting ── due · WAKE · upstream.progressed ──▶ polling ── discovery.polled ──▶ waiting
 *   polling   reading ── discovery.full ──▶ full ── discovery.resumed ──▶ reading   (the poll goes on where it stopped)
 *   polling ── discovery.failed ──▶ backingOff ── due · WAKE ──▶ polling
 *   any     ── job.held ──▶ held ── job.freed ──▶ waiting
 *
 * A wish to poll that arrives during a poll is kept: another poll follows at once.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import { discoverySpec, type DiscoverySpec } from './spec.ts';
import { timeOf, type Stamped } from './time.ts';

const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 30 * 60_000;

/** Keys met in one poll, by decision. */
const found = z.strictObject({ new: z.number(), seen: z.number(), filtered: z.number() });
export type Found = z.infer<typeof found>;
const failure = z.strictObject({ name: z.string(), message: z.string() });
type Failure = z.infer<typeof failure>;

/** What is not there is `null`: a key that comes and goes would change its place with a restart. */
export const discoveryContext = z.strictObject({
  job: z.string(),
  /** Tasks pending in the job at which the poll stops in its middle. */
  maxPending: z.number().nullable(),
  spec: discoverySpec,
  /** ms since the epoch. */
  nextAt: z.number(),
  failures: z.number(),
  again: z.boolean(),
  lastAt: z.number().nullable(),
  /** New keys at the last poll. */
  lastFound: z.number().nullable(),
  lastPoll: found.nullable(),
  lastError: failure.nullable(),
});

export type DiscoveryEvent = Stamped &
  (
    | { type: 'WAKE' }
    | { type: 'upstream.progressed' }
    | { type: 'discovery.polled'; found: Found }
    | { type: 'discovery.failed'; error: Failure; retryAt?: number }
    | { type: 'discovery.full'; pending: number }
    | { type: 'discovery.resumed' }
    | { type: 'job.held' }
    | { type: 'job.freed' }
    | { type: 'spec.changed'; spec: DiscoverySpec; maxPending?: number }
  );

export const discoveryMachine = setup({
  types: { context: {} as z.infer<typeof discoveryContext>, input: {} as { at: number; job: string; spec: DiscoverySpec; maxPending?: number }, events: {} as DiscoveryEvent },
  actors: {
    poll: fromCallback<{ type: string }, { job: string; maxPending?: number }>(() => {
      throw new Error('the actor "poll" is provided in actors/');
    }),
  },
  guards: {
    isWantedAgain: ({ context }) => context.again,
    isNews: ({ context }, { spec, maxPending = null }: { spec: DiscoverySpec; maxPending?: number | null }) =>
      JSON.stringify([spec, maxPending]) !== JSON.stringify([context.spec, context.maxPending]),
  },
  actions: {
    begin: assign({ again: false }),
    wantAgain: assign({ again: true }),
    noteFound: assign(({ context, event }, { found }: { found: Found }) => ({
      lastFound: found.new, lastPoll: found, lastError: null, lastAt: timeOf(event), failures: 0, nextAt: timeOf(event) + context.spec.everyMs,
    })),
    noteFailure: assign(({ context, event }, { error, retryAt }: { error: Failure; retryAt?: number }) => ({
      lastError: error, lastAt: timeOf(event), failures: context.failures + 1,
      // A source that says “now” each time would be asked without end.
      nextAt: retryAt === undefined ? timeOf(event) + backoffMs(context.failures) : Math.max(retryAt, timeOf(event) + FIRST_BACKOFF_MS),
    })),
    pollSoon: assign(({ event }) => ({ nextAt: timeOf(event) })),
    follow: assign((_, { spec, maxPending = null }: { spec: DiscoverySpec; maxPending?: number | null }) => ({ spec, maxPending })),
    /** Passes the event on to the job. */
    tellJob: (): never => {
      throw new Error('the action "tellJob" is provided in actors/');
    },
  },
  delays: { untilNext: ({ context, event }) => Math.max(0, context.nextAt - timeOf(event)) },
}).createMachine({
  id: 'discovery',
  description: 'When a job looks for work, and what came of it.',
  context: ({ input: { at, job, spec, maxPending = null } }) => ({ job, spec, maxPending, nextAt: at, failures: 0, again: false, lastAt: null, lastFound: null, lastPoll: null, lastError: null }),
  initial: 'waiting',
  on: {
    'job.held': { description: 'Something holds the job, or it drains.', target: '.held' },
    'spec.changed': {
      description: 'It is to look elsewhere, or at other times: at once.',
      guard: { type: 'isNews', params: ({ event }) => event }, target: '.waiting',
      actions: [{ type: 'follow', params: ({ event }) => event }, 'pollSoon'],
    },
  },
  states: {
    waiting: {
      description: 'The next poll is due at a known time.',
      after: { untilNext: { description: 'The next poll is due.', target: 'polling' } },
      on: {
        WAKE: { description: 'Look for work now.', target: 'polling' },
        'upstream.progressed': { description: 'A job that it reads from has finished something.', target: 'polling' },
      },
    },
    polling: {
      description: 'The source is being read.',
      entry: 'begin',
      invoke: { src: 'poll', id: 'poll', input: ({ context: { job, maxPending } }) => ({ job, ...(maxPending !== null && { maxPending }) }) },
      initial: 'reading',
      states: {
        reading: {
          description: 'It yields what it finds.',
          on: { 'discovery.full': { description: 'As much waits as may (`max_pending`).', target: 'full', actions: 'tellJob' } },
        },
        full: {
          description: 'The queue is full: the poll stopped in its middle and goes on when there is room.',
          on: { 'discovery.resumed': { description: 'There is room again.', target: 'reading' } },
        },
      },
      on: {
        'discovery.polled': [
          {
            description: 'Another look was asked for meanwhile.',
            guard: 'isWantedAgain', target: 'polling', reenter: true,
            actions: { type: 'noteFound', params: ({ event }) => event },
          },
          {
            description: 'The source was read to its end.',
            target: 'waiting',
            actions: { type: 'noteFound', params: ({ event }) => event },
          },
        ],
        'discovery.failed': {
          description: 'The source could not be read.',
          target: 'backingOff',
          actions: { type: 'noteFailure', params: ({ event }) => event },
        },
        WAKE: { description: 'Look again as soon as this poll has ended.', actions: 'wantAgain' },
        'upstream.progressed': { description: 'Look again as soon as this poll has ended.', actions: 'wantAgain' },
      },
    },
    backingOff: {
      description: 'The last poll failed; the next one comes later each time.',
      after: { untilNext: { description: 'The wait is over; it doubles with each failure.', target: 'polling' } },
      on: { WAKE: { description: 'Try again now.', target: 'polling' } },
    },
    held: {
      description: 'The job is held: nothing is looked for.',
      on: {
        'job.freed': { description: 'Nothing holds the job any more.', target: 'waiting' },
        'job.held': { description: 'It is held already.' },
        'upstream.progressed': { description: 'Looked at when it is freed.', actions: 'pollSoon' },
        'spec.changed': {
          description: 'Looked at when it is freed.',
          actions: [{ type: 'follow', params: ({ event }) => event }, 'pollSoon'],
        },
      },
    },
  },
});

const backoffMs = (failures: number) => Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures);
