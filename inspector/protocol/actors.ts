/** Actors as they are, and the journal of what they were told. */
import { z } from 'zod';
import { count, instant } from './atoms.ts';
import { asideView } from './status.ts';

/** What an event may hold beside its type. `preset`: what it is when it is left out; `instant`: ms since the epoch. */
export const payloadField = z.object({ name: z.string(), required: z.boolean(), kind: z.enum(['text', 'number', 'boolean', 'choice', 'instant', 'json']), choices: z.array(z.string()).optional(), preset: z.unknown().optional(), description: z.string().optional() });
export type PayloadField = z.infer<typeof payloadField>;

/**
 * One event that operators may send to an actor; `reason` says why it would not be taken now, `because` which guards stand in the
 * way. A guard that reads what the event holds is only asked when it comes. `payload` is left out when nobody has written down what the event holds.
 */
export const offer = z.object({ event: z.string(), accepted: z.boolean(), reason: z.string().optional(), because: z.array(z.object({ guard: z.string(), is: z.boolean() })).optional(), description: z.string().optional(), payload: z.array(payloadField).optional() });
export type Offer = z.infer<typeof offer>;

/** A named guard; `is` is left out when it depends on what the event holds. */
export const guardPart = z.object({ guard: z.string(), is: z.boolean().optional() });
export type GuardPart = z.infer<typeof guardPart>;
/** The guard of the `index`-th transition of `from`, as it is now; `parts` are what `and`, `or` and `not` make it of. */
export const guardNow = guardPart.omit({ guard: true }).extend({ from: z.string(), index: count, parts: z.array(guardPart) });
export type GuardNow = z.infer<typeof guardNow>;
/** The `index`-th transition of `from` happens at `until`; `since`: when its timer was set, in this run of the runner. */
export const timerNow = z.object({ from: z.string(), index: count, until: instant, since: instant.optional() });
export type TimerNow = z.infer<typeof timerNow>;
/** What an actor runs. `of`: its machine or its logic. What is no actor of its own (`isActor`) has no chart. `since`: when it began, in this run of the runner. */
export const childNow = z.object({ id: z.string(), path: z.string(), of: z.string(), isActor: z.boolean(), since: instant.optional() });
export type ChildNow = z.infer<typeof childNow>;

/** What a parent remembers of a child that died: `nextAt` is when it is started again; null when somebody has to look first, left out while it lives. */
export const restartsView = z.object({ count, lastAt: instant, error: z.string(), nextAt: instant.nullable().optional() });
export type RestartsView = z.infer<typeof restartsView>;

/**
 * `active`: ids of the states it is in. `accepts`: the operator events that it would take now; `offers`: all of them, with
 * reasons; `guards` and `timers`: of the transitions that those states have. Only a living actor can tell them.
 */
export const actorView = z.object({
  path: z.string(),
  machine: z.string(),
  version: z.number(),
  value: z.unknown(),
  context: z.unknown(),
  active: z.array(z.string()).optional(),
  accepts: z.array(z.string()),
  offers: z.array(offer).optional(),
  guards: z.array(guardNow).optional(),
  timers: z.array(timerNow).optional(),
  children: z.array(childNow).optional(),
  /** Left out when it never died. One that is dead has no machine and no state. */
  restarts: restartsView.optional(),
  /** Its stored states that could not be used, the newest first. */
  aside: z.array(asideView).optional(),
});
export type ActorView = z.infer<typeof actorView>;

/** One actor among all: its state in a word, and what it was told last. */
export const actorLine = z.object({
  path: z.string(),
  machine: z.string().optional(),
  state: z.string(),
  restarts: restartsView.optional(),
  last: z.object({ seq: z.number().int(), at: instant, type: z.string() }).optional(),
  /** Events a second in the last 10 s; left out when there were none. */
  perSecond: z.number().optional(),
  /** Events that wait for it; left out when there are none. */
  mailbox: count.optional(),
});
export type ActorLine = z.infer<typeof actorLine>;

/** Every actor, parents before their children. */
export const actorsView = z.object({ actors: z.array(actorLine) });
export type ActorsView = z.infer<typeof actorsView>;

/** What may be sent now, and to whom: what is refused in the present states is left out. */
export type OffersView = { offers: (Pick<Offer, 'event' | 'description' | 'payload'> & { path: string })[] };

/**
 * An actor that is no more: what it was told last, and what its parent (or the one above, if that stopped too) was told when it ended. `ended`: it came to its
 * own end, died for good, or was stopped.
 */
export type StoppedActor = { path: string; last: { seq: number; at: number; type: string }; end?: { seq: number; at: number; path: string; type: string; how: 'ended' | 'died' | 'stopped' } };
/** Those that were told something last come first; `more`: so many others. */
export type StoppedView = { actors: StoppedActor[]; more: number };

/** One line of the journal. `cause` is the seq of the event that led to this one. */
export const eventView = z.object({
  seq: z.number().int(),
  at: instant,
  path: z.string(),
  event: z.looseObject({ type: z.string() }),
  source: z.string().nullable(),
  cause: z.number().int().nullable(),
});
export type EventView = z.infer<typeof eventView>;

/** The newest first. `next`, when there may be more, is what to give as `before`; where types are rare a page may be short, or empty, and have one. */
export const eventsView = z.object({ events: z.array(eventView), next: z.number().int().optional() });
export type EventsView = z.infer<typeof eventsView>;

export type Effects = { event: EventView; effects: Effects[] };
/** What led to an event, the first cause first, and what it led to: each with its own effects. `moreCauses`: earlier ones; `moreEffects`: later ones. */
export type TraceView = { event: EventView; causes: EventView[]; effects: Effects[]; moreCauses?: boolean; moreEffects?: boolean };
export type JournalViews = { eventsNumbered: EventsView; trace: TraceView; offers: OffersView };
