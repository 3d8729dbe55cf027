/**
 * The doctor beyond a single error: asks a model about kinds of errors that no rule is sure of, hears what many items say together,
 * and lets jobs know what follows. What is in flight never waits for it: an attempt is settled by the rules' best guess.
 *
 *   resting  ── case.met ──▶ asking                    (a kind of error is asked about once)
 *   asking   ── model.answered ──▶ asking · resting    (the next one, if any)
 *   asking   ── model.failed ──▶ degraded · resting    (the guess stands; the kind is asked about when it is met again, or when it may be)
 *   degraded ── the wait is over ──▶ asking · resting  (longer with each failure; a rate or a budget that is used up as well)
 *
 * It can only choose among classes, and a class only leads to what its table says: it lifts no hold, raises no limit and runs nothing.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import { timeOf, type Stamped } from './time.ts';

/** Kinds of errors that wait to be asked about: what is met beyond is met again. */
const MOST_WAITING = 100;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

const errorClass = z.enum(['transient', 'item_specific', 'temporal', 'systemic', 'code_bug']);
/** A kind of error as it was first met. */
const met = z.strictObject({ fingerprint: z.string(), job: z.string(), stage: z.string() });
export type Met = z.infer<typeof met>;

/** What is known better now than when the attempts were settled. `was`: as they were; `until` in ms since the epoch. */
export type Opinion = Met & { class: z.infer<typeof errorClass>; was: z.infer<typeof errorClass>; by: 'model' | 'evidence'; confidence: number; reason: string; until?: number };

export const doctorContext = z.strictObject({
  waiting: z.array(met),
  asking: met.nullable(),
  /** In a row. */
  failures: z.number(),
  /** Until when no model is asked, in ms since the epoch. */
  notBefore: z.number(),
  /** Why, for people. */
  trouble: z.string().nullable(),
  answered: z.number(),
});

export type DoctorEvent = Stamped &
  (
    | ({ type: 'case.met' } & Met)
    | ({ type: 'evidence.changed' } & Opinion)
    | ({ type: 'model.answered' } & Opinion)
    | { type: 'model.failed'; fingerprint: string; reason: string; againAt?: number }
    | { type: 'RECLASSIFY'; fingerprint: string; class: z.infer<typeof errorClass>; reason?: string }
    | { type: 'actor.restored' }
  );

export const reclassify = z.strictObject({ type: z.literal('RECLASSIFY'), fingerprint: z.string().regex(/^[0-9a-f]{12}$/).meta({ description: 'Of the kind of error: 12 hex digits.' }), class: errorClass, reason: z.string().min(1).max(500).optional() });

const provided = (name: string) => (): never => {
  throw new Error(`"${name}" is provided in actors/`);
};

export const doctorMachine = setup({
  types: { context: {} as z.infer<typeof doctorContext>, input: {} as { at: number }, events: {} as DoctorEvent },
  actors: {
    /** Says which kinds of errors are met that no rule is sure of, and what many items say together. */
    casebook: fromCallback<{ type: string }>(provided('casebook')),
    /** Asks a model about one. */
    ask: fromCallback<{ type: string }, { about: Met }>(provided('ask')),
  },
  guards: {
    someoneWaits: ({ context }) => context.waiting.length > 0,
    mustWait: ({ context, event }) => context.waiting.length > 0 && context.notBefore > timeOf(event),
  },
  actions: {
    enqueue: assign(({ context }, { fingerprint, job, stage }: Met) => ({ waiting: waitingWith(context, { fingerprint, job, stage }) })),
    takeNext: assign(({ context: { waiting } }) => ({ asking: waiting[0]!, waiting: waiting.slice(1) })),
    noteAnswer: assign(({ context }) => ({ asking: null, failures: 0, trouble: null, answered: context.answered + 1 })),
    noteFailure: assign(({ context, event }, { reason, againAt }: { reason: string; againAt?: number }) => ({
      asking: null, waiting: againAt === undefined ? context.waiting : withFirst(context), failures: context.failures + 1, trouble: reason, notBefore: againAt ?? timeOf(event) + waitAfter(context.failures),
    })),
    /** Puts an opinion in force for the errors to come, and for the tasks that were settled before it. */
    follow: provided('follow') as (_: unknown, opinion: Opinion) => void,
    /** An operator knows better: from now on that is so. */
    learn: provided('learn') as (_: unknown, correction: { fingerprint: string; class: Opinion['class']; reason?: string }) => void,
    /** Tells the job what follows for all of it. */
    tellJob: provided('tellJob') as (_: unknown, opinion: Opinion) => void,
  },
  delays: { untilAskedAgain: ({ context, event }) => Math.max(0, context.notBefore - timeOf(event)) },
}).createMachine({
  id: 'doctor',
  description: 'Asks a model about kinds of errors that no rule is sure of, and hears what many items say together.',
  context: { waiting: [], asking: null, failures: 0, notBefore: 0, trouble: null, answered: 0 },
  invoke: { src: 'casebook', id: 'casebook' },
  initial: 'resting',
  on: {
    'case.met': { description: 'A kind of error that no rule is sure of.', actions: { type: 'enqueue', params: ({ event }) => event } },
    'evidence.changed': {
      description: 'Many items say together what one could not say; or it was one item alone.',
      actions: [{ type: 'follow', params: ({ event }) => event }, { type: 'tellJob', params: ({ event }) => event }],
    },
    RECLASSIFY: { description: 'A kind of error means something else, from now on.', actions: { type: 'learn', params: ({ event }) => event } },
  },
  states: {
    resting: {
      description: 'Nothing is to be asked.',
      always: [
        { description: 'No model may be asked for now.', guard: 'mustWait', target: 'degraded' },
        { description: 'There is something to ask.', guard: 'someoneWaits', target: 'asking', actions: 'takeNext' },
      ],
    },
    asking: {
      description: 'A model thinks about a kind of error.',
      invoke: { src: 'ask', id: 'ask', input: ({ context }) => ({ about: context.asking! }) },
      on: {
        'model.answered': {
          description: 'It has said what the error means.', target: 'resting',
          actions: ['noteAnswer', { type: 'follow', params: ({ event }) => event }, { type: 'tellJob', params: ({ event }) => event }],
        },
        'model.failed': { description: 'It has said nothing of use: the rules\' guess stands.', target: 'resting', actions: { type: 'noteFailure', params: ({ event }) => event } },
      },
    },
    degraded: {
      description: 'The model fails, or may not be asked more often for now: rules and memory go on alone.',
      after: { untilAskedAgain: { description: 'The wait is over.', target: 'resting' } },
      on: { 'actor.restored': { description: 'Rivus has started again: perhaps the wait is over.', target: 'resting' } },
    },
  },
});

const withFirst = ({ asking, waiting }: z.infer<typeof doctorContext>): Met[] => (asking ? [asking, ...waiting].slice(0, MOST_WAITING) : waiting);

const waitAfter = (failures: number) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));

function waitingWith({ waiting, asking }: z.infer<typeof doctorContext>, one: Met): Met[] {
  const isKnown = asking?.fingerprint === one.fingerprint || waiting.some(({ fingerprint }) => fingerprint === one.fingerprint);
  return isKnown || waiting.length >= MOST_WAITING ? waiting : [...waiting, one];
}
