import fc from 'fast-check';
import { doctorMachine, type Opinion } from '../../../machines/doctor.ts';
import { did, prove } from '../../support/proof.ts';

const [A, B] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const at = { job: 'watch', stage: 'fetch' };
const met = (fingerprint: string) => ({ type: 'case.met', ...at, fingerprint });
const opinion = (more: Partial<Opinion> = {}): Opinion => ({ ...at, fingerprint: A, class: 'systemic', was: 'transient', by: 'model', confidence: 0.9, reason: 'a block', ...more });
const answered = { type: 'model.answered', ...opinion() };
const failed = { type: 'model.failed', fingerprint: A, reason: 'answered 500' };
const together = { type: 'evidence.changed', ...opinion({ by: 'evidence' }) };
const MINUTE = 60_000;

export const doctor = prove(doctorMachine, {
  inputs: [{ at: 0 }],
  events: [
    met(A), met(B), answered, failed, { ...failed, againAt: 5 * MINUTE }, together,
    { type: 'RECLASSIFY', fingerprint: A, class: 'transient' }, { type: 'actor.restored' },
  ],
  payloads: fc.oneof(
    fc.constantFrom(A, B, 'cccccccccccc').map(met),
    fc.record({ type: fc.constant('model.failed'), fingerprint: fc.constant(A), reason: fc.string(), againAt: fc.nat(1_000_000) }),
  ),
  abstract: ({ value, context: { waiting, asking, failures, notBefore } }) => [value, waiting.length, asking !== null, Math.min(failures, 2), notBefore > 0],

  invariants: {
    'it asks exactly while it is asking, about one kind': ({ after }) => after.matches('asking') === 'ask' in after.children && after.matches('asking') === (after.context.asking !== null),
    'it always hears what is met': ({ after }) => 'casebook' in after.children,
    'a kind of error waits or is asked about once': ({ after: { context: { waiting, asking } } }) => {
      const all = [...waiting, ...(asking ? [asking] : [])].map(({ fingerprint }) => fingerprint);
      return new Set(all).size === all.length;
    },
    'it does not rest while somebody waits': ({ after }) => !after.matches('resting') || after.context.waiting.length === 0,
    'it does not ask before it may': ({ before, event, after }) => !after.matches('asking') || before?.matches('asking') === true || after.context.notBefore <= event.at,
    'it is degraded only until a known time, and while somebody waits': ({ event, after }) => !after.matches('degraded') || (after.context.waiting.length > 0 && (after.context.notBefore > event.at || event.type === 'case.met')),
    'what a model says is followed exactly when it was asked': (step) => step.event.type !== 'model.answered' || did(step, 'follow') === step.before?.matches('asking'),
    'what items say together is always followed, and its job hears of it': (step) => step.event.type !== 'evidence.changed' || (did(step, 'follow') && did(step, 'tellJob')),
    'nothing else is followed, and no job hears of anything else': (step) => ['model.answered', 'evidence.changed'].includes(step.event.type) || (!did(step, 'follow') && !did(step, 'tellJob')),
    'what an operator says is learnt': (step) => did(step, 'learn') === (step.event.type === 'RECLASSIFY'),
    'a failure is remembered until an answer comes': ({ before, event, after }) => {
      if (!before?.matches('asking') || event.type === 'actor.restored') return before === null || after.context.failures === before.context.failures;
      if (event.type === 'model.failed') return after.context.failures === before.context.failures + 1 && after.context.trouble === event['reason'];
      if (event.type === 'model.answered') return after.context.failures === 0 && after.context.trouble === null && after.context.answered === before.context.answered + 1;
      return after.context.failures === before.context.failures;
    },
  },

  stories: {
    'it begins with nothing to ask, and listens': [{ start: { at: 0 }, is: 'resting', children: ['casebook'], context: { waiting: [], asking: null } }],
    'a kind of error is asked about, and what the model says is followed': [
      { send: met(A), is: 'asking', context: { asking: { ...at, fingerprint: A }, waiting: [] }, children: ['casebook', 'ask'] },
      { send: answered, is: 'resting', does: [{ follow: opinion() }, { tellJob: opinion() }], context: { answered: 1, asking: null } },
    ],
    'the same kind is asked about once, another one afterwards': [
      { send: met(A) },
      { send: met(A), context: { waiting: [] } },
      { send: met(B), is: 'asking', context: { waiting: [{ fingerprint: B }] } },
      { send: met(B), context: { waiting: [{ fingerprint: B }] } },
      { send: answered, is: 'asking', context: { asking: { fingerprint: B }, waiting: [] } },
    ],
    'an answer that nobody waits for changes nothing': [{ send: answered, is: 'resting', spares: ['follow', 'tellJob'], context: { answered: 0 } }],
    'when the model fails, the next kind waits for half a minute, then twice as long': [
      { send: met(A) }, { send: met(B) },
      { send: failed, is: 'degraded', context: { trouble: 'answered 500', failures: 1, asking: null } },
      { wait: 29_999, is: 'degraded' },
      { wait: 1, is: 'asking', context: { asking: { fingerprint: B } } },
      { send: met(A) }, { send: failed, is: 'degraded', context: { failures: 2 } },
      { wait: 59_999, is: 'degraded' },
      { wait: 1, is: 'asking', context: { asking: { fingerprint: A } } },
      { send: answered, is: 'resting', context: { failures: 0, trouble: null } },
    ],
    'it waits as long as the limit says that it has met': [
      { send: met(A) }, { send: { ...failed, againAt: 5 * MINUTE }, is: 'degraded', context: { waiting: [{ fingerprint: A }] } },
      { send: met(B), is: 'degraded', context: { waiting: [{ fingerprint: A }, { fingerprint: B }] } },
      { wait: 5 * MINUTE - 1, is: 'degraded' },
      { wait: 1, is: 'asking', context: { asking: { fingerprint: A }, waiting: [{ fingerprint: B }] } },
    ],
    'it waits an hour at most': [
      ...Array.from({ length: 12 }, () => [{ send: met(A) }, { wait: 3_600_000, is: 'asking' }, { send: failed }]).flat(),
      { send: met(A), is: 'degraded' }, { wait: 3_599_999, is: 'degraded' }, { wait: 1, is: 'asking' },
    ],
    'what many items say together is followed at once, also while a model is asked': [
      { send: met(A) },
      { send: together, is: 'asking', does: [{ follow: opinion({ by: 'evidence' }) }, { tellJob: opinion({ by: 'evidence' }) }] },
    ],
    'an operator knows better at any time': [{ send: { type: 'RECLASSIFY', fingerprint: A, class: 'transient' }, is: 'resting', does: [{ learn: { fingerprint: A, class: 'transient' } }] }],
    'what was being asked when the process died is asked again, before what waits': [
      { send: met(A) }, { send: met(B) },
      { restart: 100, is: 'asking', context: { asking: { fingerprint: A }, waiting: [{ fingerprint: B }] } },
    ],
    'at most a hundred kinds wait': [
      ...Array.from({ length: 103 }, (_, n) => ({ send: met(String(n).padStart(12, '0')) })),
      { send: answered, is: 'asking', context: { waiting: Array.from({ length: 99 }, (_, n) => ({ fingerprint: String(n + 2).padStart(12, '0') })) } },
    ],
  },
});
