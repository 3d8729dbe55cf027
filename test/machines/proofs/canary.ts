import fc from 'fast-check';
import { canaryMachine, isUnderWay, STEPS, type Tried } from '../../../machines/canary.ts';
import { progressOf } from '../../../runtime/explain/canary-progress.ts';
import { did, entered, prove, type Sent } from '../../support/proof.ts';

const input = { at: 0, job: 'watch', fingerprint: '0a1b2c3d4e5f', stage: null, since: 0, total: 40 };
const tasks = (n: number): Tried[] => Array.from({ length: n }, (_, index) => ({ itemId: index + 1, stage: 'fetch', lease: 1 }));
const chosen = (n: number): Sent => ({ type: 'tasks.chosen', tasks: tasks(n) });
const ended = (succeeded: number, alike = 0, otherwise = 0): Sent => ({ type: 'tasks.ended', succeeded, alike, otherwise, error: alike + otherwise > 0 ? 'Error: 401' : null });
const released: Sent = { type: 'rest.released', tasks: 29 };
const STOP = { type: 'STOP_CANARY' };

const start = { start: input };
const one = [start, { send: chosen(1), is: 'trying' }];
const ten = [...one, { send: ended(1), is: 'choosing' }, { send: chosen(10), is: 'trying' }];

export const canary = prove(canaryMachine, {
  inputs: [input],
  events: [chosen(0), chosen(1), chosen(3), ended(1), ended(2, 0, 1), ended(0, 1), ended(1, 1), ended(0, 0, 1), released, STOP],
  payloads: fc.oneof(
    fc.nat(10).map(chosen),
    fc.tuple(fc.nat(5), fc.nat(2), fc.nat(2)).map(([succeeded, alike, otherwise]) => ended(succeeded, alike, otherwise)),
  ),
  abstract: ({ value, context: { step, tasks, reason } }) => [value, step, tasks.length > 0, reason],

  invariants: {
    'it tries something exactly while it is trying, or has stopped at it': ({ after: { value, context } }) => (value === 'trying') === (context.tasks.length > 0 && context.reason === null && value !== 'over'),
    'no step begins before the one before it went well': ({ before, event, after }) => before === null || after.context.step === before.context.step || (event.type === 'tasks.ended' && event['alike'] === 0 && event['succeeded'] > 0),
    'what fails in the same way stops it, and so does a step in which nothing succeeds': ({ before, event, after }) =>
      before?.value !== 'trying' || event.type !== 'tasks.ended' || (after.value === 'stopped') === (event['alike'] > 0 || event['succeeded'] === 0),
    'all are released only when every step went well': ({ after }) => after.value !== 'releasing' || after.context.step === STEPS.length,
    'it has stopped exactly when it says why': ({ after: { value, context } }) => value === 'over' || (value === 'stopped') === (context.reason !== null),
    'the operator is told when it stops': (step) => did(step, 'tellStopped') === entered(step, 'stopped'),
    'its job is told when it is over': (step) => (step.before?.value === 'over' || did(step, 'tellOver') === entered(step, 'over')),
    'an operator ends it at any time': ({ event, after }) => event.type !== 'STOP_CANARY' || after.value === 'over',
    'what it has tried is what went well': ({ before, after: { context } }) => before === null || context.tried - before.context.tried === (context.step > before.context.step ? before.context.tasks.length : 0),
    'what it asks the world for is what it is at': ({ after: { value, children } }) => Object.keys(children).join() === ({ choosing: 'choice', trying: 'trial', releasing: 'release' }[value as string] ?? ''),
    'it says how it goes': ({ after }) => isUnderWay(after) === !['stopped', 'over'].includes(after.value as string) && !/undefined|null/.test(progressOf(after)),
  },

  stories: {
    'it redoes one, then ten, then all': [
      ...ten,
      { send: ended(9, 0, 1), is: 'releasing', context: { step: 2, tried: 11, succeeded: 10, tasks: [] } },
      { send: released, is: 'over', does: ['tellOver'] },
    ],
    'it stops when the first fails in the same way': [...one, { send: ended(0, 1), is: 'stopped', does: ['tellStopped'], context: { tried: 0, reason: '1 of 1 task failed in the same way: Error: 401' } }],
    'one of ten that fails in the same way stops it as well': [...ten, { send: ended(3, 1), is: 'stopped', does: ['tellStopped'], context: { tried: 1, reason: '1 of 10 tasks failed in the same way: Error: 401' } }],
    'another error in place of the first is no success': [...one, { send: ended(0, 0, 1), is: 'stopped', context: { reason: 'none of 1 task succeeded: Error: 401' } }],
    'it is over when none is left': [start, { send: chosen(0), is: 'over', does: ['tellOver'] }],
    'it goes on where it was when the process dies': [
      ...ten, { restart: 60_000, is: 'trying', context: { tasks: tasks(10) } }, { send: ended(10), is: 'releasing' }, { restart: 1, is: 'releasing' }, { send: released, is: 'over' },
    ],
    'an operator ends it while it tries': [...ten, { send: STOP, is: 'over', does: ['tellOver'], spares: ['tellStopped'] }],
    'an operator dismisses one that has stopped': [...one, { send: ended(0, 1) }, { send: STOP, is: 'over', does: ['tellOver'] }],
    'what it hears too late changes nothing': [...one, { send: released, is: 'trying' }, { send: ended(1) }, { send: ended(1), is: 'choosing', context: { step: 1 } }, { send: chosen(10) }, { send: chosen(3), context: { tasks: tasks(10) } }],
  },
});
