import fc from 'fast-check';
import { discoveryMachine } from '../../../machines/discovery.ts';
import { discoverySpec } from '../../../machines/spec.ts';
import { arbitraryOf } from '../../support/arbitrary.ts';
import { did, entered, prove } from '../../support/proof.ts';
import { error, spec } from './parts.ts';

const MINUTE = 60_000;
const source = spec.discovery;
const found = { new: 1, seen: 2, filtered: 3 };
const POLLING = { polling: 'reading' };
const count = fc.nat(50);

export const discovery = prove(discoveryMachine, {
  inputs: [{ at: 0, job: 'watch', spec: source }],
  events: [
    { type: 'WAKE' }, { type: 'upstream.progressed' }, { type: 'discovery.polled', found },
    { type: 'discovery.failed', error }, { type: 'discovery.failed', error, retryAt: 90 },
    { type: 'discovery.full', pending: 3 }, { type: 'discovery.resumed' }, { type: 'job.held' }, { type: 'job.freed' },
    { type: 'spec.changed', spec: source }, { type: 'spec.changed', spec: { ...source, everyMs: 5 }, maxPending: 9 },
  ],
  payloads: fc.oneof(
    fc.record({ type: fc.constant('discovery.polled'), found: fc.record({ new: count, seen: count, filtered: count }, { noNullPrototype: true }) }),
    fc.record({ type: fc.constant('discovery.failed'), error: fc.constant(error), retryAt: fc.nat(4 * MINUTE) }, { requiredKeys: ['type', 'error'], noNullPrototype: true }),
    fc.record({ type: fc.constant('spec.changed'), spec: arbitraryOf(discoverySpec), maxPending: count }, { requiredKeys: ['type', 'spec'], noNullPrototype: true }),
  ),
  abstract: ({ value, context }) => [value, context.again, context.failures > 0, context.spec.everyMs],

  invariants: {
    'it polls exactly while it is polling, never twice at once': ({ after }) => after.matches('polling') === 'poll' in after.children,
    'when it begins to wait, the next poll is not in the past': (step) =>
      (!entered(step, 'waiting') && !entered(step, 'backingOff')) || step.event.type === 'job.freed' || (Number.isFinite(step.after.context.nextAt) && step.after.context.nextAt >= step.event.at),
    'after a failure it never polls again at once': (step) => !entered(step, 'backingOff') || step.after.context.nextAt > step.event.at,
    'a failure is counted and kept with its reason, a success forgets it': ({ before, event, after }) => {
      if (!before?.matches('polling')) return true;
      if (event.type === 'discovery.failed') return after.context.failures === before.context.failures + 1 && after.context.lastError?.message === event['error'].message;
      return event.type !== 'discovery.polled' || (after.context.failures === 0 && after.context.lastError === null && after.context.lastPoll?.new === event['found'].new);
    },
    'a poll that ended is followed by the next in its time': ({ before, event, after }) =>
      !before?.matches('polling') || event.type !== 'discovery.polled' || after.context.nextAt === event.at + after.context.spec.everyMs,
    'a poll that failed comes to an end': ({ before, event, after }) => !before?.matches('polling') || event.type !== 'discovery.failed' || after.matches('backingOff'),
    'a wish that comes during a poll is kept until the next poll': ({ before, event, after }) => {
      if (!before?.matches('polling')) return true;
      if (event.type === 'WAKE' || event.type === 'upstream.progressed') return after.matches('polling') && after.context.again;
      return event.type !== 'discovery.polled' || after.matches(before.context.again ? 'polling' : 'waiting');
    },
    'a wish is served by the poll that begins after it': ({ before, event, after }) => !after.matches('polling') || (before?.matches('polling') && event.type !== 'discovery.polled') || !after.context.again,
    'the job hears of a queue that is full': (step) => did(step, 'tellJob') === (step.event.type === 'discovery.full' && step.before!.matches({ polling: 'reading' })),
    'while the job is held nothing is looked for': ({ before, event, after }) => !before?.matches('held') || after.matches('held') === (event.type !== 'job.freed'),
    'a hold stops whatever goes on': ({ event, after }) => event.type !== 'job.held' || after.matches('held'),
    'what happens upstream while it is held is looked at when it is freed': ({ before, event, after }) =>
      !before?.matches('held') || event.type !== 'upstream.progressed' || after.context.nextAt <= event.at,
    'WAKE polls at once': ({ before, event, after }) => event.type !== 'WAKE' || before!.matches('held') || after.matches('polling'),
    'it looks where its specification says, at once when that is news': ({ before, event, after }) =>
      event.type !== 'spec.changed' ||
      (JSON.stringify(after.context.spec) === JSON.stringify(event['spec']) && after.context.maxPending === (event['maxPending'] ?? null) &&
        (before!.matches('held') ? after.matches('held') && after.context.nextAt <= event.at : JSON.stringify(before!.context) === JSON.stringify(after.context) || (after.matches('waiting') && after.context.nextAt === event.at))),
    'the same specification once more disturbs nothing': ({ before, event, after }) =>
      event.type !== 'spec.changed' || JSON.stringify([event['spec'], event['maxPending'] ?? null]) !== JSON.stringify([before!.context.spec, before!.context.maxPending]) || after.matches(before!.value),
  },

  stories: {
    'it polls at once, then every so often': [
      { start: { at: 0, job: 'watch', spec: source }, is: 'waiting' },
      { wait: 0, is: POLLING, children: ['poll'] },
      { send: { type: 'discovery.polled', found }, is: 'waiting', context: { lastFound: 1, lastPoll: found, nextAt: MINUTE }, children: [] },
      { wait: MINUTE - 1, is: 'waiting' },
      { wait: 1, is: POLLING },
    ],
    'WAKE and what happens upstream do not wait until it is due': [
      { send: { type: 'WAKE' }, is: POLLING },
      { send: { type: 'discovery.polled', found }, is: 'waiting' },
      { send: { type: 'upstream.progressed' }, is: POLLING },
    ],
    'a wish that comes during a poll is not lost': [
      { wait: 0 },
      { send: { type: 'upstream.progressed' }, is: POLLING },
      { send: { type: 'discovery.polled', found }, is: POLLING, context: { lastFound: 1 } },
      { send: { type: 'discovery.polled', found }, is: 'waiting' },
    ],
    'it backs off longer with each failure, and a success forgets them': [
      { wait: 0 },
      { send: { type: 'discovery.failed', error }, is: 'backingOff', context: { failures: 1, nextAt: 5_000, lastError: error } },
      { wait: 4_999, is: 'backingOff' },
      { wait: 1, is: POLLING },
      { send: { type: 'discovery.failed', error }, context: { nextAt: 15_000 } },
      { send: { type: 'WAKE' }, is: POLLING },
      { send: { type: 'discovery.polled', found }, context: { failures: 0, lastError: null } },
    ],
    'a source that says when to come again is taken at its word': [{ wait: 0 }, { send: { type: 'discovery.failed', error, retryAt: 90_000 }, is: 'backingOff' }, { wait: 89_999, is: 'backingOff' }, { wait: 1, is: POLLING }],
    'a source that says "now" is not asked without end': [{ wait: 0 }, { send: { type: 'discovery.failed', error, retryAt: 0 }, is: 'backingOff', context: { nextAt: 5_000 } }, { wait: 4_999, is: 'backingOff' }, { wait: 1, is: POLLING }],
    'a full queue stops a poll in its middle, and room lets it go on': [
      { wait: 0 },
      { send: { type: 'discovery.full', pending: 3 }, is: { polling: 'full' }, children: ['poll'] },
      { send: { type: 'discovery.resumed' }, is: POLLING, children: ['poll'] },
    ],
    'a held job looks for nothing, and remembers when it was due': [
      { wait: 0 },
      { send: { type: 'job.held' }, is: 'held', children: [] },
      { send: { type: 'WAKE' }, is: 'held' },
      { wait: 1e9, is: 'held' },
      { send: { type: 'job.freed' }, is: 'waiting' },
      { wait: 0, is: POLLING },
    ],
    'what happens upstream while it is held is looked at when it is freed': [
      { wait: 0 },
      { send: { type: 'discovery.polled', found } },
      { send: { type: 'job.held' } },
      { send: { type: 'upstream.progressed' } },
      { send: { type: 'job.freed' } },
      { wait: 0, is: POLLING },
    ],
    'it looks elsewhere at once when its specification changes': [
      { wait: 0 },
      { send: { type: 'discovery.polled', found } },
      { send: { type: 'spec.changed', spec: { ...source, everyMs: 5 }, maxPending: 9 }, is: 'waiting', context: { spec: { everyMs: 5 }, maxPending: 9 } },
      { wait: 0, is: POLLING },
    ],
    'the same specification once more does not stop a poll': [{ wait: 0 }, { send: { type: 'spec.changed', spec: source }, is: POLLING }],
    'a poll whose process died is begun again': [{ wait: 0, is: POLLING }, { restart: 5_000, is: POLLING, children: ['poll'] }],
  },

  survivors: {
    'discovery.held job.held dropped': 'the whole machine goes to `held` then, which it does not leave in doing so: nothing is entered or left that does something',
  },
});
