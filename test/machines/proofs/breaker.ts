import fc from 'fast-check';
import { allowanceOf, BY_HAND, breakerMachine } from '../../../machines/breaker.ts';
import { DEFAULT_BREAKER } from '../../../machines/spec.ts';
import { did, entered, prove, type Sent } from '../../support/proof.ts';
import { failedWith, summary, worked } from './parts.ts';

const MINUTE = 60_000;
const guarded = { stages: ['fetch', 'score'], width: 8, spec: { ...DEFAULT_BREAKER, coolDown: { baseMs: MINUTE, capMs: 4 * MINUTE } } };
/** Opens soon, and comes back in two steps. */
const quick = { ...guarded, width: 4, spec: { ...guarded.spec, systemic: 2, transient: 2 } };
const start = (more: object = {}) => ({ start: { at: 0, job: 'watch', ...guarded, ...more } });

const ok = (stage: string, n = 1): Sent => ({ type: 'stage.settled', ...worked, stage, runs: [{ class: 'ok', n }] });
const fails = (stage: string, kind: Parameters<typeof failedWith>[0], items: readonly number[] = [1], more: object = {}): Sent => ({
  type: 'stage.settled', ...summary, stage, failed: items.length, runs: [{ class: kind, n: items.length }], failures: items.map((itemId) => failedWith(kind, { itemId, ...more })),
});
const verdict = { type: 'verdict.given', stage: 'score', class: 'systemic', fingerprint: 'F', reason: 'a block' };
const loaded = (stage: string, version: number) => ({ type: 'code.loaded', stage, version });
const CLEAR = { type: 'CLEAR_ERRORS' };
const TRIP = { type: 'TRIP', reason: 'they move their servers' };
const RELEASED = { type: 'breaker.released' };
const OPENED = { type: 'window.opened' };
const KEYS = { type: 'secrets.changed', names: ['KEY'] };

/** Open for an outage of `score`, with the first cool-down. */
const outage = [start(), { send: fails('score', 'systemic', [1, 1, 1]), is: { open: 'coolingDown' } }];
const bug = [start(), { send: fails('score', 'code_bug', [1, 2]), is: { open: 'untilMended' } }];
/** Where a bug was, and something was tried. */
const tried = [...bug, { send: RELEASED, is: 'halfOpen' }];
const ramping = [...tried, { send: ok('score'), is: 'ramping' }];

const kinds = fc.constantFrom('transient', 'item_specific', 'temporal', 'systemic', 'code_bug');
const stages = fc.constantFrom('fetch', 'score');
const openStates = (value: unknown) => typeof value === 'object';

export const breaker = prove(breakerMachine, {
  inputs: [{ at: 0, job: 'watch', ...quick }],
  events: [
    ok('fetch'), ok('score'), fails('fetch', 'transient', [1]), fails('fetch', 'transient', [2]), fails('fetch', 'systemic'), fails('score', 'systemic', [1, 1]), fails('score', 'item_specific'),
    fails('fetch', 'temporal', [1], { until: 50 }), fails('fetch', 'temporal', [1], { hold: 'budget' }), fails('fetch', 'code_bug', [1]), fails('fetch', 'code_bug', [2]),
    verdict, loaded('fetch', 1), loaded('fetch', 2), KEYS, RELEASED, OPENED, CLEAR, TRIP, { type: 'spec.changed', ...quick }, { type: 'spec.changed', ...quick, stages: ['score'] },
  ],
  payloads: fc.oneof(
    fc.tuple(stages, fc.nat(4)).map(([stage, n]) => ok(stage, n)),
    fc.tuple(stages, kinds, fc.array(fc.nat(5), { minLength: 1, maxLength: 4 })).map(([stage, kind, items]) => fails(stage, kind, items)),
  ),
  abstract: ({ value, context: { opened, openings, stages, streak, ramp } }) => [
    value, opened && [opened.stage, opened.class, opened.fingerprint === BY_HAND], openings > 0, stages.length, value === 'ramping' && ramp,
    [...new Set(streak.map(({ stage, class: kind, itemId }) => `${stage} ${kind} ${kind === 'systemic' ? '' : itemId}`))].sort(),
  ],

  invariants: {
    'open, nothing may be in flight; half open, one attempt; closed, as many as are configured': ({ after }) =>
      allowanceOf(after) === (after.value === 'closed' ? null : openStates(after.value) ? 0 : after.value === 'halfOpen' ? 1 : after.context.ramp.width),
    'it opens only upon failures, or when the doctor or an operator says so': ({ before, event, after }) => !openStates(after.value) || openStates(before!.value) || event.type === 'verdict.given' || event.type === 'TRIP' || (event.type === 'stage.settled' && event['failures'].length > 0),
    'it knows what opened it, and whether that ends by itself': ({ after: { value, context } }) => !openStates(value) || (context.opened!.reason !== '' && (context.opened!.until !== null) === (JSON.stringify(value) === '{"open":"coolingDown"}')),
    'from open no way leads past a trial': ({ before, after }) => before === null || !openStates(before.value) || openStates(after.value) || after.value === 'halfOpen',
    'the job hears whenever it opens': (step) => did(step, 'tellOpen') === (openStates(step.after.value) && !openStates(step.before?.value)),
    'the job hears whenever something is tried': (step) => !entered(step, 'halfOpen') || did(step, 'tellTrying'),
    'the job hears whenever it closes': (step) => did(step, 'tellClosed') === (step.before !== null && entered(step, 'closed')) || (step.before?.value === 'closed' && ['breaker.released', 'window.opened'].includes(step.event.type)),
    'closed, its next cool-down is the shortest': ({ after }) => after.value !== 'closed' || after.context.openings === 0,
    'a success forgets the failures of its stage, but for bugs': ({ event, after }) =>
      after.value !== 'closed' || event.type !== 'stage.settled' || event['runs'].at(-1)?.class !== 'ok' || !after.context.streak.some((one) => one.stage === event['stage'] && one.class !== 'code_bug'),
    'who was charged for what opened it is absolved, and nobody else': (step) => !did(step, 'absolve') || openStates(step.after.value),
    'an operator who clears errors is never ignored': ({ before, event, after }) => event.type !== 'CLEAR_ERRORS' || (openStates(before!.value) ? after.value === 'halfOpen' : after.value === 'closed' && after.context.streak.length === 0),
    'working hours that begin open nothing, close nothing, and forget no trial': ({ before, event, after }) => event.type !== 'window.opened' || (before!.value === 'closed' ? after.value === 'ramping' || after.context.width === 1 : JSON.stringify(after.value) === JSON.stringify(before!.value)),
    'an operator who trips it is never ignored': ({ event, after }) => event.type !== 'TRIP' || openStates(after.value),
    'it follows its specification': ({ event, after: { context } }) => event.type !== 'spec.changed' || JSON.stringify([context.stages, context.width, context.spec]) === JSON.stringify([event['stages'], event['width'], event['spec']]),
  },

  stories: {
    'when its working hours begin it comes back as after an outage': [
      start(), { send: OPENED, is: 'ramping', does: ['tellTrying'], context: { ramp: { width: 1, succeeded: 0 } } }, { send: OPENED, is: 'ramping' }, { send: ok('score'), context: { ramp: { width: 2, succeeded: 0 } } }, { send: ok('score', 6), is: 'closed', does: ['tellClosed'] },
      { send: fails('score', 'code_bug') }, { send: OPENED, is: 'ramping', context: { ramp: { width: 1, succeeded: 0 }, streak: [{ class: 'code_bug' }] } },
    ],
    'where one attempt is all there may be, working hours begin at full speed': [start({ width: 1 }), { send: OPENED, is: 'closed' }],
    'working hours that begin are no trial': [...outage, { send: OPENED, is: { open: 'coolingDown' } }],
    'it opens on the third systemic failure in a row, whatever another stage does between': [
      start(),
      { send: fails('score', 'systemic') }, { send: ok('fetch', 50) }, { send: fails('score', 'systemic') }, { send: ok('fetch', 50), is: 'closed' },
      { send: fails('score', 'systemic'), is: { open: 'coolingDown' }, does: ['tellOpen'], context: { opened: { stage: 'score', class: 'systemic', count: 3, until: MINUTE }, streak: [] } },
    ],
    'a success of the same stage begins the count anew': [start(), { send: fails('score', 'systemic', [1, 2]) }, { send: ok('score') }, { send: fails('score', 'systemic', [1, 2]), is: 'closed' }],
    'of a batch only what came after its last success is counted': [
      start(),
      { send: fails('score', 'transient', [9]) },
      { send: { ...fails('score', 'systemic', [1, 2, 3]), runs: [{ class: 'systemic', n: 1 }, { class: 'ok', n: 1 }, { class: 'systemic', n: 2 }] }, is: 'closed', context: { streak: [{ itemId: 2 }, { itemId: 3 }] } },
      { send: fails('score', 'systemic'), is: { open: 'coolingDown' } },
    ],
    'an error of one item alone neither counts nor ends a row': [
      start(), { send: fails('score', 'systemic', [1, 1]) }, { send: fails('score', 'item_specific', [1, 2, 3, 4, 5]), is: 'closed' }, { send: fails('score', 'systemic'), is: { open: 'coolingDown' } },
    ],
    'transient failures of ten items open it, and are not charged; those of one item do not': [
      start(),
      { send: fails('fetch', 'transient', Array(20).fill(1)), is: 'closed' },
      { send: fails('fetch', 'transient', [2, 3, 4, 5, 6, 7, 8, 9]), is: 'closed' },
      { send: fails('fetch', 'transient', [10]), is: { open: 'coolingDown' }, does: [{ absolve: { stage: 'fetch', items: [...Array(20).fill(1), 2, 3, 4, 5, 6, 7, 8, 9, 10] } }], context: { opened: { count: 10 } } },
    ],
    'what was in flight and fails in the same way is not charged either': [
      start(),
      { send: fails('fetch', 'transient', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) },
      { send: fails('fetch', 'transient', [11, 12]), does: [{ absolve: { stage: 'fetch', items: [11, 12] } }] },
      { send: fails('score', 'transient', [13]), does: [{ absolve: { items: [] } }] },
    ],
    'a failure that is never charged is not taken back': [start(), { send: fails('score', 'systemic', [1, 2, 3]), does: [{ absolve: { items: [] } }] }],
    'a bug opens it with the second item that it hits, also when others succeed between': [
      start(),
      { send: fails('score', 'code_bug', [7, 7]) }, { send: fails('score', 'code_bug', [8], { fingerprint: 'another' }) }, { send: ok('score', 100), is: 'closed' },
      { send: fails('score', 'code_bug', [9]), is: { open: 'untilMended' }, does: [{ absolve: { items: [7, 7, 9] } }], context: { opened: { until: null } } },
    ],
    'other code begins the count of its bugs anew, and of nothing else': [
      start(), { send: fails('score', 'code_bug', [7]) }, { send: fails('score', 'systemic', [1]) }, { send: loaded('fetch', 2), context: { streak: [{ class: 'code_bug' }, { class: 'systemic' }] } }, { send: loaded('score', 2), context: { streak: [{ class: 'systemic' }] } },
    ],
    'a bug is not waited out, nor does another key help; other code of that stage is tried': [
      ...bug, { wait: 1e9 }, { send: KEYS }, { send: loaded('score', 1) }, { send: loaded('fetch', 2), is: { open: 'untilMended' } },
      { send: loaded('score', 2), is: 'halfOpen', does: ['tellTrying'], context: { openings: 0 } },
    ],
    'an outage is over, perhaps, with other code': [...outage, { send: loaded('score', 1), is: { open: 'coolingDown' } }, { send: loaded('score', 2), is: 'halfOpen' }],
    'another key is tried at once after an outage': [...outage, { send: KEYS, is: 'halfOpen', does: ['tellTrying'], context: { openings: 0 } }],
    'an error of its time opens it at once, until it says it is over': [
      start(), { send: fails('fetch', 'temporal', [1], { until: 5 * MINUTE }), context: { openings: 0, opened: { until: 5 * MINUTE } } }, { wait: 5 * MINUTE - 1, is: { open: 'coolingDown' } }, { wait: 1, is: 'halfOpen' },
    ],
    'an error of its time that does not say until when holds for an hour': [start(), { send: fails('fetch', 'temporal'), context: { opened: { until: 60 * MINUTE } } }],
    'a service that says when to come back is not asked earlier': [start(), { send: fails('fetch', 'systemic', [1, 1, 1], { until: 9 * MINUTE }), context: { opened: { until: 9 * MINUTE } } }],
    'the cool-down doubles with each opening up to its cap, and is short again after it was closed': [
      ...outage,
      { wait: MINUTE, is: 'halfOpen', does: ['tellTrying'] }, { send: fails('score', 'systemic'), context: { opened: { until: 3 * MINUTE, count: 1 } } },
      { wait: 2 * MINUTE, is: 'halfOpen' }, { send: fails('score', 'transient'), context: { opened: { until: 7 * MINUTE } } },
      { wait: 4 * MINUTE, is: 'halfOpen' }, { send: fails('score', 'systemic'), context: { opened: { until: 11 * MINUTE } } },
      { send: RELEASED }, { send: ok('score') }, { send: ok('score') }, { send: ok('score', 2) }, { send: ok('score', 4), is: 'closed', does: ['tellClosed'] },
      { send: fails('score', 'systemic', [1, 1, 1]), context: { opened: { until: 8 * MINUTE } } },
    ],
    'half open, only the stage that failed decides': [
      ...tried,
      { send: ok('fetch', 5), is: 'halfOpen' }, { send: fails('fetch', 'systemic'), is: 'halfOpen', context: { streak: [{ stage: 'fetch' }] } },
      { send: ok('score'), is: 'ramping', context: { opened: null, streak: [], ramp: { width: 1, succeeded: 0 } } },
    ],
    'half open, another stage may fail too often': [...tried, { send: fails('fetch', 'systemic', [1, 1]), is: 'halfOpen' }, { send: fails('fetch', 'systemic'), is: { open: 'coolingDown' }, context: { opened: { stage: 'fetch', count: 3 } } }],
    'half open, an answer that is an error of the item is one, and a refusal of money is none': [
      ...tried, { send: fails('score', 'temporal', [1], { hold: 'budget' }), is: 'halfOpen' }, { send: { type: 'stage.settled', ...summary, stage: 'score' }, is: 'halfOpen' }, { send: fails('score', 'item_specific'), is: 'ramping' },
    ],
    'a probe that fails is charged: an item that never succeeds holds the others not for ever': [
      start({ spec: { ...guarded.spec, transient: 1 } }), { send: fails('score', 'transient'), does: [{ absolve: { items: [1] } }] }, { wait: MINUTE, is: 'halfOpen' },
      { send: fails('score', 'transient'), is: { open: 'coolingDown' }, does: ['tellOpen', { absolve: { items: [] } }] },
    ],
    'where the stage that failed is no more, any other decides': [
      ...bug,
      { send: { type: 'spec.changed', ...guarded, width: 2 }, is: { open: 'untilMended' }, context: { width: 2 } },
      { send: { type: 'spec.changed', ...guarded, stages: ['fetch'] }, is: 'halfOpen', does: ['tellTrying'], context: { stages: ['fetch'] } },
      { send: fails('fetch', 'systemic'), is: { open: 'coolingDown' } }, { send: RELEASED }, { send: ok('fetch'), is: 'ramping' },
    ],
    'it comes back with 1, 2, 4 … attempts at once up to the concurrency': [
      ...ramping,
      { send: ok('fetch'), context: { ramp: { width: 2 } } },
      { send: ok('score'), context: { ramp: { width: 2, succeeded: 1 } } }, { send: ok('fetch'), context: { ramp: { width: 4, succeeded: 0 } } },
      { send: ok('score', 3), is: 'ramping' }, { send: ok('score'), is: 'closed', does: ['tellClosed'], context: { openings: 0 } },
    ],
    'a failure during the slow start keeps it where it is; as many as always open it again': [
      ...ramping,
      { send: ok('score') }, { send: ok('score') }, { send: fails('score', 'systemic'), is: 'ramping', context: { ramp: { width: 2, succeeded: 0 } } },
      { send: fails('score', 'systemic', [1, 1]), is: { open: 'coolingDown' }, context: { openings: 2 } },
    ],
    'CLEAR_ERRORS tries at once, and skips what is left of a probe': [...outage, { send: CLEAR, is: 'halfOpen', context: { openings: 0 } }, { send: CLEAR, is: 'closed', does: ['tellClosed'], context: { opened: null, streak: [] } }],
    'CLEAR_ERRORS skips what is left of a slow start': [...ramping, { send: fails('score', 'systemic') }, { send: CLEAR, is: 'closed', does: ['tellClosed'], context: { openings: 0, streak: [] } }],
    'CLEAR_ERRORS forgets what was counted': [start(), { send: fails('score', 'systemic', [1, 1]) }, { send: CLEAR, spares: ['tellClosed'] }, { send: fails('score', 'systemic', [1, 1]), is: 'closed' }],
    'CLEAR_ERRORS of a probe forgets how often it has opened': [...outage, { wait: MINUTE, context: { openings: 1 } }, { send: CLEAR, is: 'closed', context: { openings: 0 } }],
    'an operator trips it: for an hour nothing starts, whatever code or key comes; then the next attempt of any stage decides': [
      start({ width: 1 }),
      { send: TRIP, is: { open: 'coolingDown' }, does: ['tellOpen', { absolve: { items: [] } }], context: { openings: 0, opened: { class: 'temporal', fingerprint: BY_HAND, reason: 'they move their servers', until: 60 * MINUTE } } },
      { send: { ...TRIP, reason: 'again' }, spares: ['tellOpen'], context: { opened: { reason: 'they move their servers' } } },
      { send: loaded('fetch', 7), is: { open: 'coolingDown' } }, { send: KEYS, is: { open: 'coolingDown' } }, { send: { type: 'spec.changed', ...guarded, width: 1, stages: ['score'] }, is: { open: 'coolingDown' } },
      { wait: 60 * MINUTE, is: 'halfOpen', does: ['tellTrying'] }, { send: ok('score'), is: 'closed', does: ['tellClosed'] },
    ],
    'tripped until a time it is tried then, or as soon as an operator clears it': [
      start(), { send: { ...TRIP, until: 5 * MINUTE }, context: { opened: { until: 5 * MINUTE } } }, { wait: 5 * MINUTE, is: 'halfOpen' },
      { send: TRIP, is: { open: 'coolingDown' }, context: { opened: { until: 65 * MINUTE } } }, { send: CLEAR, is: 'halfOpen' }, { send: ok('fetch'), is: 'ramping' }, { send: TRIP, is: { open: 'coolingDown' } },
    ],
    'tripped during a probe it forgets what had failed': [...tried, { send: TRIP, is: { open: 'coolingDown' }, context: { opened: { fingerprint: BY_HAND } } }],
    'one that began anew while its job was held comes back slowly': [start(), { send: fails('score', 'systemic') }, { send: RELEASED, is: 'ramping', does: ['tellTrying'], context: { streak: [], ramp: { width: 1 } } }],
    'a slow start of one that guards no more than one attempt is over at once': [start({ width: 1 }), { send: RELEASED, is: 'closed', does: ['tellTrying', 'tellClosed'] }],
    'a cool-down outlives the process, also one that ended meanwhile': [...outage, { restart: MINUTE / 2, is: { open: 'coolingDown' } }, { wait: MINUTE / 2, is: 'halfOpen' }, { send: fails('score', 'systemic') }, { restart: 60 * MINUTE }, { wait: 0, is: 'halfOpen' }],
    'the doctor opens it at once: many items together, or a model, say more than one message': [
      start(), { send: verdict, is: { open: 'coolingDown' }, does: ['tellOpen'], context: { opened: { stage: 'score', class: 'systemic', reason: 'a block', count: 1, until: MINUTE } } },
      { send: verdict, spares: ['tellOpen'] },
      { send: RELEASED }, { send: verdict, is: 'halfOpen' }, { send: ok('score'), is: 'ramping' },
      { send: { ...verdict, class: 'temporal', until: 777 * MINUTE }, is: { open: 'coolingDown' }, context: { opened: { until: 777 * MINUTE } } },
    ],
    'what is asked for money is not for it to judge': [start(), { send: fails('score', 'temporal', [1], { hold: 'budget' }), is: 'closed', context: { streak: [] } }],
  },

  survivors: {
    'breaker.halfOpen stage.settled (2) after the next': 'a failure of the stage that is probed is told by the first: at most one of the two conditions is true',
  },
});
