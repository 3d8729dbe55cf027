/** What the proofs of several machines are made of. */
import type { Restarts } from '../../../machines/restarts.ts';
import type { Failure, Summary } from '../../../machines/stage-worker.ts';
import { jobSpec } from '../../support/store.ts';

export const spec = jobSpec('watch', { fetch: [], extract: ['fetch'] });
export const otherSpec = jobSpec('watch', { fetch: [], score: ['fetch'] });
/** Escalates soon: what comes then is reached by few events. */
export const brief = { restart: { max: 1, withinMs: 60_000, stalledAfterMs: 60_000 } };
export const error = { name: 'Error', message: 'offline' };
export const summary: Summary = { stage: 'fetch', running: 0, zombies: 0, ended: 0, failed: 0, refused: 0, finished: 0, runs: [] };
export const worked: Summary = { ...summary, ended: 1, runs: [{ class: 'ok', n: 1 }] };
export const failedWith = (kind: Failure['class'], more: Partial<Failure> = {}): Failure => ({ class: kind, itemId: 1, attempt: 1, version: 1, fingerprint: 'F', reason: 'Error: 401', until: null, ...more });
export const budget = { budget: { reason: '$5 of $5', since: 0 } };
export const supervision = { supervision: { reason: 'died too often', since: 0 } };

export const died = (actorId: string) => ({ type: `xstate.error.actor.${actorId}`, actorId, error });

// ---------------------------------------------------------------- of parents

export const isGivenUp = ({ down }: Restarts): boolean => down.some(({ at }) => at === null);
export const isWaiting = ({ down }: Restarts): boolean => down.some(({ at }) => at !== null);
export const isDown = ({ down }: Restarts, id: string): boolean => down.some((child) => child.id === id);
export const hasDied = ({ histories }: Restarts): boolean => Object.values(histories).some(({ deaths }) => deaths.length > 0);

type State = { children: object; context: { restarts: Restarts } };

/** What must be true of everybody who has children that may die. */
export const ofParents = {
  'the children that it believes alive are those that live': ({ after: { children, context } }: { after: State }) =>
    JSON.stringify(context.restarts.alive.toSorted()) === JSON.stringify(Object.keys(children).sort()),
  'never two children of the same id, and none both alive and down': ({ after: { context: { restarts: { alive, down } } } }: { after: State }) =>
    new Set([...alive, ...down.map(({ id }) => id)]).size === alive.length + down.length,
};

export const hours = { text: '09:30-16:00', hours: [{ from: 570, to: 960, days: [1] }], dates: {}, beforeMs: 0 };
