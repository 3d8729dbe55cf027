import fc from 'fast-check';
import { resourceMachine } from '../../../machines/resource.ts';
import { did, prove } from '../../support/proof.ts';
import { summary } from './parts.ts';

const spec = { name: 'api', concurrency: 2 };
const holders = (slots: number) => (slots === 0 ? [] : [{ job: 'watch', stage: 'fetch', slots }]);
const waiters = [{ job: 'digest', stage: 'compile', since: 0 }];
const used = (slots: number, waiting = false) => ({ type: 'resource.used', holders: holders(slots), waiters: waiting ? waiters : [] });
const limited = (concurrency: number) => ({ type: 'spec.changed', spec: { ...spec, concurrency } });

const settled = { type: 'resource.settled', ...summary, stage: 'api' };

export const resource = prove(resourceMachine, {
  inputs: [{ at: 0, spec }],
  events: [used(0), used(1), used(2), used(3), used(2, true), used(0, true), limited(1), limited(3), settled],
  payloads: fc.oneof(fc.tuple(fc.nat(4), fc.boolean()).map(([slots, waiting]) => used(slots, waiting)), fc.integer({ min: 1, max: 4 }).map(limited)),
  abstract: ({ value, context }) => [value, context.taken, context.waiters.length, context.spec.concurrency],

  invariants: {
    'it always watches': ({ after }) => 'watch' in after.children,
    'its state is what is taken of what there is, and whether somebody waits': ({ after: { value, context: { taken, waiters, spec } } }) =>
      value === (waiters.length > 0 ? 'contended' : taken === 0 ? 'idle' : taken < spec.concurrency ? 'inUse' : 'full'),
    'what is taken is what its holders have': ({ after: { context: { taken, holders } } }) => taken === holders.reduce((sum, { slots }) => sum + slots, 0),
    'it knows who holds and who waits as the ledger said last': ({ event, after: { context } }) =>
      event.type !== 'resource.used' || JSON.stringify([context.holders, context.waiters]) === JSON.stringify([event['holders'], event['waiters']]),
    'what fails because of it is passed on, and changes nothing here': (step) => did(step, 'tellSupervisor') === (step.event.type === 'resource.settled') && (step.event.type !== 'resource.settled' || step.after.value === step.before!.value),
    'it has the limits of the configuration': ({ event, after }) => event.type !== 'spec.changed' || JSON.stringify(after.context.spec) === JSON.stringify(event['spec']),
  },

  stories: {
    'slots are taken until somebody waits, and given back': [
      { start: { at: 0, spec }, is: 'idle', children: ['watch'] },
      { send: used(1), is: 'inUse', context: { taken: 1 } }, { send: used(2), is: 'full' }, { send: used(2, true), is: 'contended', context: { waiters } },
      { send: used(2), is: 'full' }, { send: used(1), is: 'inUse' }, { send: used(0), is: 'idle' },
    ],
    'a limit that shrinks below what is taken leaves it full until it fits': [{ send: used(2) }, { send: limited(1), is: 'full', context: { taken: 2 } }, { send: used(1), is: 'full' }, { send: limited(3), is: 'inUse' }],
    'one may wait although nothing is taken: for a token': [{ send: used(0, true), is: 'contended' }, { send: used(0), is: 'idle' }],
    'from nothing to everything, and back': [{ send: used(2), is: 'full' }, { send: used(0), is: 'idle' }, { send: used(2, true), is: 'contended' }, { send: used(0), is: 'idle' }, { send: used(1, true) }, { send: used(1), is: 'inUse' }, { send: used(1, true), is: 'contended' }],
  },
});
