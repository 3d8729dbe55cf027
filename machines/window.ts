/**
 * Whether a job is within its working hours. The calendar is asked by an actor, which says how the window stands and until when;
 * this machine tells the job what is news.
 *
 *   unknown · closed ── window.opened ──▶ open ── window.closed ──▶ closed
 *
 * Closed holds the job until the next opening. An operator who lifts that hold by force has lifted it until the next closing: the
 * same closing is told once, also across a restart.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import type { WindowSpec } from './spec.ts';
import type { Stamped } from './time.ts';

export const windowContext = z.strictObject({
  job: z.string(),
  /** When it opens or closes, in ms since the epoch; null when it stays as it is. */
  until: z.number().nullable(),
  /** Why the job is held; null while it is open. */
  reason: z.string().nullable(),
});

export type WindowEvent = Stamped &
  (
    | { type: 'window.opened'; until: number | null }
    | { type: 'window.closed'; until: number | null; reason: string }
    | { type: 'spec.changed'; spec: WindowSpec }
  );

const provided = (name: string) => (): never => {
  throw new Error(`"${name}" is provided in actors/`);
};

type Closing = { until: number | null; reason: string };

export const windowMachine = setup({
  types: { context: {} as z.infer<typeof windowContext>, input: {} as { at: number; job: string }, events: {} as WindowEvent },
  actors: {
    /** Says how the window stands: at once, at each edge, and when it is told to look again. */
    calendar: fromCallback<{ type: string }, { job: string }>(provided('calendar')),
  },
  guards: { isNews: ({ context }, { until, reason }: Closing) => until !== context.until || reason !== context.reason },
  actions: {
    noteOpen: assign((_, { until }: { until: number | null }) => ({ until, reason: null })),
    noteClosed: assign((_, { until, reason }: Closing) => ({ until, reason })),
    /** Passes the event on to the job. */
    tellJob: provided('tellJob'),
    /** Has the calendar look again. */
    tellCalendar: provided('tellCalendar'),
  },
}).createMachine({
  id: 'window',
  description: 'Whether a job is within its working hours.',
  context: ({ input: { job } }) => ({ job, until: null, reason: null }),
  invoke: { src: 'calendar', id: 'calendar', input: ({ context: { job } }) => ({ job }) },
  initial: 'unknown',
  on: {
    'window.opened': { description: 'It is within its hours: the hold is lifted.', target: '.open', actions: [{ type: 'noteOpen', params: ({ event }) => event }, 'tellJob'] },
    'window.closed': { description: 'It is outside of its hours: the job is held until the next opening.', target: '.closed', actions: [{ type: 'noteClosed', params: ({ event }) => event }, 'tellJob'] },
    'spec.changed': { description: 'The configuration says something else of the job: its hours are looked at again.', actions: 'tellCalendar' },
  },
  states: {
    unknown: { description: 'The calendar has not been asked yet.' },
    open: {
      description: 'The job may start work.',
      on: { 'window.opened': { description: 'It was open already; another closing, perhaps.', actions: { type: 'noteOpen', params: ({ event }) => event } } },
    },
    closed: {
      description: 'Nothing starts until the next opening, unless an operator lifts the hold by force.',
      on: {
        'window.closed': [
          {
            description: 'Another opening, or other hours.',
            guard: { type: 'isNews', params: ({ event }) => event },
            actions: [{ type: 'noteClosed', params: ({ event }) => event }, 'tellJob'],
          },
          { description: 'The job knows.' },
        ],
      },
    },
  },
});
