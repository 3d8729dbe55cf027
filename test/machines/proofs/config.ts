import fc from 'fast-check';
import { configMachine } from '../../../machines/config.ts';
import { did, prove } from '../../support/proof.ts';

const READ = ['read', 'watch'];
const wishes = ['RELOAD', 'file.changed'];

export const config = prove(configMachine, {
  inputs: [{ at: 0 }],
  events: [
    { type: 'RELOAD' }, { type: 'file.changed' }, { type: 'config.unchanged' }, { type: 'config.accepted', revision: 2, changes: ['live: concurrency 1 → 2'] },
    { type: 'config.refused', problems: 'jobs.yaml:1:1 jobs is missing' }, { type: 'actor.restored' },
  ],
  payloads: fc.oneof(
    fc.record({ type: fc.constant('config.accepted'), revision: fc.nat(9), changes: fc.array(fc.string(), { maxLength: 2 }) }),
    fc.record({ type: fc.constant('config.refused'), problems: fc.string({ minLength: 1 }) }),
  ),
  abstract: ({ value, context }) => [value, context.asked, context.again, context.problems, context.revision],

  invariants: {
    'the file is read exactly while it is reading': ({ after }) => after.matches('reading') === 'read' in after.children,
    'the file is always watched': ({ after }) => 'watch' in after.children,
    'what is in force changes only by a file that was accepted, never by one that was refused': ({ before, event, after }) =>
      before !== null && before.context.revision !== after.context.revision ? event.type === 'config.accepted' && after.context.revision === event['revision'] : true,
    'jobs follow what is accepted, and nothing else': (step) => did(step, 'tellSupervisor') === (step.event.type === 'config.accepted' && step.before?.matches('reading')),
    'whoever asked is answered when the file was read': (step) =>
      did(step, 'tellIfAsked') === ((step.before?.matches('reading') ?? false) && ['config.accepted', 'config.unchanged', 'config.refused'].includes(step.event.type)),
    'a file that is refused is refused with the reason': ({ before, event, after }) =>
      event.type === 'config.refused' && before?.matches('reading') ? after.context.problems === event['problems'] : !after.matches('refused') || after.context.problems !== null,
    'with the file in force nothing is wrong with it': ({ after }) => !after.matches('inForce') || after.context.problems === null,
    'whoever wants it read is served: at once, or after what is being read': ({ before, event, after }) =>
      !wishes.includes(event.type) || (after.matches('reading') && (!before?.matches('reading') || (event.type === 'RELOAD' ? after.context.again === 'asked' : after.context.again !== 'no'))),
    'no wish waits while nothing is being read': ({ after }) => after.matches('reading') || after.context.again === 'no',
    'it knows whether somebody asked, and when it began to read': ({ before, event, after }) =>
      !after.matches('reading') || before?.matches('reading')
        ? true
        : after.context.readAt === event.at && after.context.again === 'no' && after.context.asked === (event.type === 'RELOAD'),
  },
  histories: {
    'every wish is followed by a reading that began no earlier': (steps) => {
      const last = steps.at(-1)!;
      const wish = steps.findLastIndex(({ event }) => wishes.includes(event.type));
      return wish === -1 || last.after.matches('reading') || last.after.context.readAt >= steps[wish]!.event.at || steps.slice(wish).some(({ event }) => event.type === 'actor.restored');
    },
  },

  stories: {
    'it begins with the file in force, and watches it': [{ start: { at: 0 }, is: 'inForce', children: ['watch'] }],
    'a file that was written is read, and jobs follow it': [
      { send: { type: 'file.changed', later: 5 }, is: 'reading', context: { asked: false, readAt: 5 }, children: READ },
      { send: { type: 'config.accepted', revision: 7, changes: [] }, is: 'inForce', context: { revision: 7 }, does: ['tellSupervisor', 'tellIfAsked'], children: ['watch'] },
    ],
    'RELOAD reads it, and says that it was asked for': [
      { send: { type: 'RELOAD', later: 5 }, is: 'reading', context: { asked: true, readAt: 5 } },
      { send: { type: 'config.unchanged' }, is: 'inForce', does: ['tellIfAsked'], spares: ['tellSupervisor'] },
    ],
    'a file with mistakes changes nothing, and says why until it is mended': [
      { send: { type: 'file.changed' } },
      { send: { type: 'config.refused', problems: 'jobs.yaml:1:1 jobs is missing' }, is: 'refused', context: { problems: 'jobs.yaml:1:1 jobs is missing', revision: null }, spares: ['tellSupervisor'], does: ['tellIfAsked'] },
      { send: { type: 'file.changed' }, is: 'reading' },
      { send: { type: 'config.unchanged' }, is: 'inForce', context: { problems: null } },
    ],
    'a refused file that is mended to something else is in force': [
      { send: { type: 'file.changed' } },
      { send: { type: 'config.refused', problems: 'no jobs' } },
      { send: { type: 'RELOAD' }, is: 'reading' },
      { send: { type: 'config.accepted', revision: 3, changes: [] }, is: 'inForce', context: { problems: null, revision: 3 } },
    ],
    'what is written while it is being read is read once more': [
      { send: { type: 'RELOAD' } },
      { send: { type: 'file.changed', later: 5 }, is: 'reading', context: { again: 'written' } },
      { send: { type: 'config.accepted', revision: 2, changes: [], later: 5 }, is: 'reading', context: { again: 'no', asked: false, readAt: 10 }, children: READ },
      { send: { type: 'config.unchanged' }, is: 'inForce' },
    ],
    'who asks while it is being read is answered by a reading that begins afterwards, whatever is written meanwhile': [
      { send: { type: 'file.changed' } },
      { send: { type: 'RELOAD' }, context: { again: 'asked' } },
      { send: { type: 'file.changed' }, context: { again: 'asked' } },
      { send: { type: 'config.refused', problems: 'half written' }, is: 'reading', context: { asked: true, again: 'no' } },
      { send: { type: 'config.unchanged' }, is: 'inForce', context: { problems: null } },
    ],
    'Rivus starts only with a file that can be used': [
      { send: { type: 'file.changed' } },
      { send: { type: 'config.refused', problems: 'no jobs' } },
      { restart: 100, is: 'inForce', context: { problems: null } },
    ],
  },
});
