/**
 * Tells the operator what is amiss, wherever he wants to be told: once when it begins, once when it is over.
 *
 *   resting ── something is due ──▶ sending ── message.delivered · message.failed, by each ──▶ resting
 *   resting ── something is due later ──▶ waiting ── its time has come ──▶ resting
 *
 * Letters that are not delivered yet are kept here, so none is lost with the process; one whose delivery is under way when it dies is
 * sent again. What is due goes to all targets at once, one letter to each; a target that fails is left alone for a while, longer each time, and keeps nobody else waiting. In quiet hours only what
 * is of high risk goes out; what has begun and is over by their end is told in one message.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import { gathered, incident, isAtLeast, nextOf, parted, risk, soonest, type Incident, type Trouble } from './incidents.ts';
import type { Migration } from './migrations.ts';
import { timeOf, type Stamped } from './time.ts';

const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Over two hours, with the waits between them. */
const MOST_TRIES = 15;
const MOST_LETTERS = 1_000;

/** Somewhere to send to, as the configuration and the clock say now. `quietUntil`: nothing but high risks until then. */
const target = z.strictObject({ name: z.string(), minRisk: risk, quietUntil: z.number().nullable() });
export type Target = z.infer<typeof target>;

/** `over`: it has begun and ended before anybody was told. `note`: something that is done and has no end. */
const kind = z.enum(['opened', 'ended', 'over', 'note']);
export type LetterKind = z.infer<typeof kind>;
/** A message to one target. `endedAt` in ms since the epoch. */
const letter = z.strictObject({ id: z.string(), target: z.string(), kind, incident, endedAt: z.number().nullable(), tries: z.number(), dueAt: z.number() });
export type Letter = z.infer<typeof letter>;

export const notifierContext = z.strictObject({
  targets: z.array(target),
  incidents: z.array(incident),
  letters: z.array(letter),
  /** Those that are under way: one to a target. */
  sending: z.array(letter),
  /** Targets that failed last: how often in a row, until when they are left alone, and why. */
  failing: z.record(z.string(), z.strictObject({ failures: z.number(), until: z.number(), reason: z.string() })),
});
type Context = z.infer<typeof notifierContext>;

export type NotifierEvent = Stamped &
  (
    /** All that is amiss now. */
    | { type: 'troubles.changed'; troubles: Trouble[] }
    /** The doctor did something that is done. */
    | { type: 'action.noted'; trouble: Trouble }
    | { type: 'targets.changed'; targets: Target[] }
    | { type: 'message.delivered'; id: string; target: string }
    /** `again`: it is worth another try. `retryAt`: not before, says the target. */
    | { type: 'message.failed'; id: string; target: string; reason: string; again: boolean; retryAt?: number }
    | { type: 'actor.restored' }
  );

const provided = (name: string) => (): never => {
  throw new Error(`"${name}" is provided in actors/`);
};

export const notifierMachine = setup({
  types: { context: {} as Context, input: {} as { at: number }, events: {} as NotifierEvent },
  actors: {
    /** Says what is amiss: at once, and when that changes. */
    troubles: fromCallback<{ type: string }>(provided('troubles')),
    /** Says where to send to, and until when it is quiet there: at once, and when that changes. */
    targets: fromCallback<{ type: string }>(provided('targets')),
    /** Delivers these letters, and says of each what came of it; within a time. */
    deliver: fromCallback<{ type: string }, { letters: Letter[] }>(provided('deliver')),
  },
  guards: {
    someIsDue: ({ context, event }) => dueLetters(context, timeOf(event)).length > 0,
    isLast: ({ context: { sending } }, { target }: { target: string }) => sending.every((one) => one.target === target),
    someComes: ({ context }) => nextTime(context) !== undefined,
  },
  actions: {
    gather: assign(({ context, event }, { troubles }: { troubles: Trouble[] }) => ({ incidents: gathered(context.incidents, troubles, timeOf(event)) })),
    write: assign(({ context, event }, { trouble }: { trouble: Trouble }) => ({ letters: withLetters(context, notesOf(context, trouble, timeOf(event))) })),
    aim: assign(({ context }, { targets }: { targets: Target[] }) => ({ targets, letters: context.letters.filter((one) => targets.some(({ name }) => name === one.target)), failing: kept(context.failing, targets) })),
    /** Tells of what has begun, and of what is over. */
    proceed: assign(({ context, event }) => proceeded(context, timeOf(event))),
    take: assign(({ context, event }) => ({ sending: dueLetters(context, timeOf(event)) })),
    noteDelivered: assign(({ context: { sending, letters, failing } }, { target }: { target: string }) => {
      const sent = sending.find((one) => one.target === target);
      return { sending: sending.filter((one) => one !== sent), letters: letters.filter(({ id }) => id !== sent?.id), failing: sent ? withoutKey(failing, target) : failing };
    }),
    noteFailed: assign(({ context, event }, failure: Failure) => afterFailure(context, failure, timeOf(event))),
    /** Keeps the rows in step: what was sent, what waits, what failed and why. */
    record: provided('record'),
  },
  delays: { untilNext: ({ context, event }) => Math.max(0, nextTime(context)! - timeOf(event)) },
}).createMachine({
  id: 'notifier',
  description: 'Tells the operator what is amiss, and when it is over.',
  context: { targets: [], incidents: [], letters: [], sending: [], failing: {} },
  invoke: [{ src: 'troubles', id: 'troubles' }, { src: 'targets', id: 'targets' }],
  initial: 'resting',
  on: {
    'troubles.changed': { description: 'Something is amiss, or is not any more.', actions: [{ type: 'gather', params: ({ event }) => event }, 'record'] },
    'action.noted': { description: 'The doctor did something that has no end.', actions: [{ type: 'write', params: ({ event }) => event }, 'record'] },
    'targets.changed': { description: 'jobs.yaml says where to send to, or quiet hours begin or end.', actions: [{ type: 'aim', params: ({ event }) => event }, 'record'] },
  },
  states: {
    resting: {
      description: 'Nothing is to be told.',
      always: [
        { description: 'A letter is due.', guard: 'someIsDue', target: 'sending', actions: 'take' },
        { description: 'Something is due later.', guard: 'someComes', target: 'waiting' },
      ],
    },
    waiting: {
      description: 'Something is to be told at a known time.',
      after: { untilNext: { description: 'Its time has come.', target: 'resting', actions: ['proceed', 'record'] } },
      on: {
        'troubles.changed': { description: 'Something is amiss, or is not any more.', target: 'resting', actions: [{ type: 'gather', params: ({ event }) => event }, 'record'] },
        'action.noted': { description: 'The doctor did something that has no end.', target: 'resting', actions: [{ type: 'write', params: ({ event }) => event }, 'record'] },
        'targets.changed': { description: 'Another time, perhaps.', target: 'resting', actions: [{ type: 'aim', params: ({ event }) => event }, 'record'] },
      },
    },
    sending: {
      description: 'Letters are being delivered, one to a target.',
      invoke: { src: 'deliver', id: 'deliver', input: ({ context }) => ({ letters: context.sending }) },
      on: {
        'message.delivered': [
          { description: 'It was taken, the last of them.', guard: { type: 'isLast', params: ({ event }) => event }, target: 'resting', actions: [{ type: 'noteDelivered', params: ({ event }) => event }, 'record'] },
          { description: 'It was taken; others are under way.', actions: [{ type: 'noteDelivered', params: ({ event }) => event }, 'record'] },
        ],
        'message.failed': [
          { description: 'It was not, the last of them: it is tried again later, or given up.', guard: { type: 'isLast', params: ({ event }) => event }, target: 'resting', actions: [{ type: 'noteFailed', params: ({ event }) => event }, 'record'] },
          { description: 'It was not; others are under way.', actions: [{ type: 'noteFailed', params: ({ event }) => event }, 'record'] },
        ],
      },
    },
  },
});

export const notifierMigrations: readonly Migration[] = [
  {
    to: 2,
    because: 'targets are told at the same time',
    lift: ({ value, context }) => ({ value, context: { ...context, sending: context.sending === null ? [] : [context.sending] } }),
  },
];

type Failure = { target: string; reason: string; again: boolean; retryAt?: number };

/** Whom it concerns. */
const addressees = ({ targets }: Context, { risk }: Pick<Incident, 'risk'>) => targets.filter(({ minRisk }) => isAtLeast(risk, minRisk)).map(({ name }) => name);

const letterOf = (incident: Incident, target: string, kind: LetterKind, at: number): Letter => ({
  id: `${incident.id}/${target}/${kind}`, target, kind, incident, endedAt: kind === 'opened' || kind === 'note' ? null : at, tries: 0, dueAt: at,
});

function proceeded(context: Context, at: number): Pick<Context, 'incidents' | 'letters'> {
  const { due, over, rest } = parted(context.incidents, at);
  const told = due.map((one) => ({ ...one, tellAt: null, told: [...new Set([...one.told, ...addressees(context, one)])] }));
  const opened = due.flatMap((one) => addressees(context, one).filter((target) => !one.told.includes(target)).map((target) => letterOf(one, target, 'opened', at)));
  const letters = over.reduce((letters, one) => closed({ ...context, letters }, one, at), withLetters(context, opened));
  return { incidents: [...rest, ...told].toSorted((a, b) => a.openedAt - b.openedAt), letters };
}

/** Whoever was told hears that it is over; whoever was to be told, and was not yet, hears all of it at once. */
function closed({ letters, sending, targets }: Context, incident: Incident, at: number): Letter[] {
  const unsent = letters.filter((one) => one.incident.id === incident.id && one.kind === 'opened' && !sending.some(({ id }) => id === one.id));
  const others = incident.told.filter((target) => targets.some(({ name }) => name === target) && !unsent.some((one) => one.target === target));
  const over = unsent.map(({ target, dueAt, tries }) => ({ ...letterOf(incident, target, 'over', at), dueAt, tries }));
  return withLetters({ letters: letters.filter((one) => !unsent.includes(one)) }, [...over, ...others.map((target) => letterOf(incident, target, 'ended', at))]);
}

function notesOf(context: Context, one: Trouble, at: number): Letter[] {
  const about: Incident = { id: one.key, group: one.group, risk: one.risk, openedAt: at, troubles: [one], told: [], tellAt: null, overAt: null };
  return addressees(context, about).map((target) => letterOf(about, target, 'note', at));
}

/** When there are too many, the oldest go: who has not heard of them by now is told what is newer. */
const withLetters = ({ letters }: Pick<Context, 'letters'>, more: readonly Letter[]): Letter[] => [...letters, ...more.filter(({ id }) => !letters.some((one) => one.id === id))].slice(-MOST_LETTERS);

/** A higher risk that an incident has by now counts, whatever it was when the letter was written. */
const riskNow = ({ incidents }: Context, { incident }: Letter) => incidents.find(({ id }) => id === incident.id)?.risk ?? incident.risk;

function dueOf(context: Context, one: Letter): number {
  const quiet = riskNow(context, one) === 'high' ? null : (context.targets.find(({ name }) => name === one.target)?.quietUntil ?? null);
  return Math.max(one.dueAt, quiet ?? 0, context.failing[one.target]?.until ?? 0);
}

/** To each target the first one that is due. */
function dueLetters(context: Context, at: number): Letter[] {
  const due = context.letters.filter((one) => dueOf(context, one) <= at);
  return due.filter(({ target }, n) => due.findIndex((one) => one.target === target) === n);
}

/** When something is due, whatever it is. */
const nextTime = (context: Context): number | undefined => soonest([nextOf(context.incidents) ?? null, ...context.letters.map((one) => dueOf(context, one))]);

function afterFailure(context: Context, { target, reason, again, retryAt }: Failure, at: number): Partial<Context> {
  const { letters, failing } = context;
  const failed = context.sending.find((one) => one.target === target);
  if (!failed) return {};
  const { id } = failed;
  const sending = context.sending.filter((one) => one !== failed);
  if (!again) return { sending, letters: letters.filter((one) => one.id !== id) };
  const failures = (failing[target]?.failures ?? 0) + 1;
  const until = Math.max(retryAt ?? 0, at + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20)));
  const tried = letters.map((one) => (one.id === id ? { ...one, tries: one.tries + 1, dueAt: until } : one));
  return { sending, letters: tried.filter(({ tries }) => tries < MOST_TRIES), failing: { ...failing, [target]: { failures, until, reason } } };
}

const kept = (failing: Context['failing'], targets: readonly Target[]): Context['failing'] => Object.fromEntries(Object.entries(failing).filter(([name]) => targets.some((one) => one.name === name)));
const withoutKey = (failing: Context['failing'], key: string): Context['failing'] => Object.fromEntries(Object.entries(failing).filter(([name]) => name !== key));
