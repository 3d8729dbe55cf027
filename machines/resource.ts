/**
 * A resource that jobs share: who holds its slots, and who waits for them. The slots themselves are counted in the ledger, which
 * tells this machine in summaries: it decides nothing.
 *
 *   any ── resource.used · spec.changed ──▶ idle · inUse · full · contended
 *          by how many slots are taken, and whether somebody waits
 *
 * What fails because of it, or shows that it works, it passes on: its breaker hears of it by the supervisor.
 */
import { assign, fromCallback, setup } from 'xstate';
import { z } from 'zod';
import { resourceSpec, type ResourceSpec } from './spec.ts';
import type { Summary } from './stage-worker.ts';
import type { Stamped } from './time.ts';

/** Stages with attempts in flight, and how many slots each of them has. */
const holder = z.strictObject({ job: z.string(), stage: z.string(), slots: z.number() });
/**
 * A stage with a task that could start but for this; `since` in ms since the epoch. Who has waited longest comes first. `lacks`: it is only
 * something else that it lacks, and what is free here is kept for it.
 */
const waiter = z.strictObject({ job: z.string(), stage: z.string(), since: z.number(), lacks: z.array(z.string()).optional() });
export type Holder = z.infer<typeof holder>;
export type Waiter = z.infer<typeof waiter>;
export type ResourceUse = { holders: readonly Holder[]; waiters: readonly Waiter[] };

export const resourceContext = z.strictObject({ spec: resourceSpec, taken: z.number(), holders: z.array(holder), waiters: z.array(waiter) });

export type ResourceEvent = Stamped & (({ type: 'resource.used' } & ResourceUse) | ({ type: 'resource.settled' } & Summary) | { type: 'spec.changed'; spec: ResourceSpec });

type Context = z.infer<typeof resourceContext>;
/** What its state is made of. */
type Weight = { taken: number; waiting: number; concurrency: number };

const base = setup({
  types: { context: {} as Context, input: {} as { at: number; spec: ResourceSpec }, events: {} as ResourceEvent },
  actors: {
    /** Tells who holds and who waits: at once, and when that has changed, four times a second at most. */
    watch: fromCallback<{ type: string }, { name: string }>(() => {
      throw new Error('the actor "watch" is provided in actors/');
    }),
  },
  guards: {
    isContended: (_, { waiting }: Weight) => waiting > 0,
    isFull: (_, { taken, concurrency }: Weight) => taken >= concurrency,
    isInUse: (_, { taken }: Weight) => taken > 0,
  },
  actions: {
    note: assign((_, { holders, waiters }: ResourceUse) => ({ holders: [...holders], waiters: [...waiters], taken: takenBy(holders) })),
    follow: assign((_, { spec }: { spec: ResourceSpec }) => ({ spec })),
    /** Passes the event on to the supervisor. */
    tellSupervisor: (): void => {
      throw new Error('the action "tellSupervisor" is provided in actors/');
    },
  },
});

/** Where it stands after an event, whatever it was before. */
function standing<E extends Exclude<ResourceEvent, { type: 'resource.settled' }>>(action: { type: 'note' | 'follow'; params: (args: { event: E }) => any }) {
  const params = weightAfter;
  return [
    { description: 'Somebody waits.', guard: { type: 'isContended', params }, target: '.contended', actions: action },
    { description: 'All slots are taken.', guard: { type: 'isFull', params }, target: '.full', actions: action },
    { description: 'Some slots are taken, and there are more.', guard: { type: 'isInUse', params }, target: '.inUse', actions: action },
    { description: 'No slot is taken.', target: '.idle', actions: action },
  ] as const;
}

function weightAfter({ context: { taken, waiters, spec }, event }: { context: Context; event: Exclude<ResourceEvent, { type: 'resource.settled' }> }): Weight {
  if (event.type === 'spec.changed') return { taken, waiting: waiters.length, concurrency: event.spec.concurrency };
  return { taken: takenBy(event.holders), waiting: event.waiters.length, concurrency: spec.concurrency };
}

const takenBy = (holders: readonly Holder[]): number => holders.reduce((sum, { slots }) => sum + slots, 0);

export const resourceMachine = base.createMachine({
  id: 'resource',
  description: 'A resource that jobs share: who holds its slots, and who waits for them.',
  context: ({ input: { spec } }) => ({ spec, taken: 0, holders: [], waiters: [] }),
  invoke: { src: 'watch', id: 'watch', input: ({ context: { spec } }) => ({ name: spec.name }) },
  initial: 'idle',
  on: {
    'resource.used': standing({ type: 'note', params: ({ event }) => event }),
    'resource.settled': { description: 'Something failed because of it, or shows that it works.', actions: 'tellSupervisor' },
    'spec.changed': standing({ type: 'follow', params: ({ event }) => event }),
  },
  states: {
    idle: { description: 'Nobody uses it.' },
    inUse: { description: 'Some slots are taken, and there are more.' },
    full: { description: 'All slots are taken, and nobody waits.' },
    contended: { description: 'Somebody waits: for a slot, for a token, or for another resource that it needs too.' },
  },
});
