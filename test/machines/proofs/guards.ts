import fc from 'fast-check';
import { guardsContext, guardsMachine } from '../../../machines/guards.ts';
import { did, entered, prove, type Step } from '../../support/proof.ts';
import { budget } from './parts.ts';

const MINUTE = 60_000;
const flowing = { holds: {}, drain: 'flowing' as const };
const guard = { guard: { reason: 'guard: all empty', since: 0 } };
const operator = { operator: { reason: 'later', since: 0 } };
const all = { maxPending: 10, dailyCostLimit: 1, validate: true };
const input = { at: 0, job: 'watch', spec: all, ...flowing };
const changed = (holds: object, drain = 'flowing') => ({ type: 'job.changed', holds, drain });
const follows = (spec: object) => ({ type: 'spec.changed', spec });
const worked = (stage = 'fetch', attempts = 3, failures = 1) => ({ type: 'work.ended', stage, attempts, failures });
const full = { type: 'discovery.full', pending: 10 };
const loaded = { type: 'check.loaded' };
const unloadable = { type: 'check.unloadable', reason: 'guard: no such file' };
const passed = { type: 'check.passed', spent: { fetch: 5 } };
const failed = { type: 'check.failed', reason: 'guard: all empty', spent: { fetch: 7 } };

type State = NonNullable<Step['before']>;
const isWatched = ({ context }: State) => context['validate'] === true;
const isTripped = (state: State | null) => state?.matches({ health: { watched: 'tripped' } }) ?? false;
const isAt = (state: 'loading' | 'idle' | 'waiting' | 'checking') => ({ health: { watched: state } });
const check = { health: { watched: 'checking' } } as const;
const mayWork = ({ context }: State) => context['standing'].drain === 'flowing' && Object.keys(context['standing'].holds).length === 0;

export const guards = prove(guardsMachine, {
  inputs: [input, { ...input, spec: { validate: false } }, { ...input, holds: guard }],
  events: [
    full, { type: 'queue.drained' }, worked(), { ...worked(), later: 6_000 }, passed, failed, loaded, unloadable,
    changed({}), changed(guard), changed(budget), changed(operator), changed({}, 'draining'),
    follows(all), follows({ maxPending: 20, validate: true }), follows({ validate: true }), follows({ maxPending: 10, validate: false }), { type: 'actor.restored' },
  ],
  payloads: fc.oneof(
    fc.record({ type: fc.constant('work.ended'), stage: fc.constantFrom('fetch', 'score'), attempts: fc.nat(5), failures: fc.nat(5) }, { noNullPrototype: true }),
    fc.record({ type: fc.constant('spec.changed'), spec: fc.record({ maxPending: fc.integer({ min: 1, max: 99 }), validate: fc.boolean() }, { requiredKeys: ['validate'], noNullPrototype: true }) }, { noNullPrototype: true }),
  ),
  abstract: ({ value, context: { maxPending, standing: { holds, drain }, lastAt, nextAt, problem } }) => [value, maxPending === null, 'guard' in holds, 'budget' in holds, 'operator' in holds, drain, lastAt !== null && nextAt > lastAt + 5_000, problem?.ofCode ?? null],

  invariants: {
    'it is full only where something limits it, and then watches for room': ({ after }) =>
      after.matches({ queue: 'full' }) === 'room' in after.children && (!after.matches({ queue: 'full' }) || after.context.maxPending !== null),
    'a full queue is known as one': ({ event, after }) => event.type !== 'discovery.full' || after.context.maxPending === null || after.matches({ queue: 'full' }),
    'it is full until there is room, or no limit': ({ before, event, after }) => !before?.matches({ queue: 'full' }) || after.matches({ queue: 'full' }) || event.type === 'queue.drained' || after.context.maxPending === null,
    'room ends a full queue': ({ event, after }) => event.type !== 'queue.drained' || after.matches({ queue: 'open' }),
    'money is spent exactly while the budget holds the job': ({ after }) => after.matches({ money: 'spent' }) === (after.context.standing.holds.budget !== undefined),
    'it is watched exactly when jobs.yaml says so, and then its code is kept ready': ({ after }) => after.matches({ health: 'watched' }) === isWatched(after) && 'code' in after.children === isWatched(after),
    'a check runs exactly while it is checking': ({ after }) => 'check' in after.children === after.matches(check),
    'it follows jobs.yaml': ({ event, after: { context } }) => event.type !== 'spec.changed' || (context.maxPending === (event['spec'].maxPending ?? null) && context.validate === event['spec'].validate),
    'it knows how the job stands': ({ event, after: { context } }) => event.type !== 'job.changed' || JSON.stringify(context.standing) === JSON.stringify({ holds: event['holds'], drain: event['drain'] }),
    'it waits for a check only while the job may work, and is idle only while it may not': ({ after }) => (!after.matches({ health: { watched: 'waiting' } }) || mayWork(after)) && (!after.matches({ health: { watched: 'idle' } }) || !mayWork(after)),
    'the job is held exactly when a check fails, or cannot be run': (step) => {
      const { before, event } = step;
      const trips = (event.type === 'check.failed' && before!.matches(check)) || (event.type === 'check.unloadable' && before!.matches({ health: 'watched' }) && !isTripped(before));
      const again = event.type === 'actor.restored' && before!.matches({ health: { watched: { tripped: 'telling' } } });
      return did(step, 'holdJob') === (trips || again);
    },
    'the job is held for what the check said': (step) => !did(step, 'holdJob') || step.after.context.problem?.reason === (step.event['reason'] ?? step.before!.context.problem?.reason),
    'it is tripped until somebody resumes the job, its code can be run, or nothing is to be checked': ({ before, event, after }) =>
      !isTripped(before) || isTripped(after) || !isWatched(after) || (event.type === 'job.changed' && event['holds'].guard === undefined) || (event.type === 'check.loaded' && before!.context.problem?.ofCode === true),
    'the job is freed only from what was wrong with the code': (step) => did(step, 'freeJob') === (step.event.type === 'check.loaded' && isTripped(step.before) && step.before!.context.problem?.ofCode === true),
    'what has ended is counted until the next check asks about it': ({ before, event, after }) => {
      if (event.type !== 'work.ended' || !before!.matches({ health: 'watched' })) return true;
      const { stage, attempts, failures } = event as unknown as ReturnType<typeof worked>;
      const was = before!.context.tally[stage] ?? { attempts: 0, failures: 0 };
      return after.matches(check) && !before!.matches(check) ? after.context.asked?.tally[stage]?.attempts === was.attempts + attempts : after.context.tally[stage]?.attempts === was.attempts + attempts && after.context.tally[stage]?.failures === was.failures + failures;
    },
    'a check takes with it what was counted, and the count begins anew': (step) =>
      !entered(step, check) || (Object.keys(step.after.context.tally).length === 0 && step.after.context.lastAt === step.event.at && step.after.context.nextAt === step.event.at + MINUTE),
    'a batch is looked at within seconds': ({ before, event, after }) =>
      event.type !== 'work.ended' || !before!.matches({ health: { watched: 'waiting' } }) || after.context.nextAt <= Math.max(event.at, (before!.context.lastAt ?? -Infinity) + 5_000),
    'what was spent is known as the check said': ({ before, event, after }) => !event.type.startsWith('check.') || event['spent'] === undefined || !before!.matches(check) || JSON.stringify(after.context.spent) === JSON.stringify(event['spent']),
    'its context is what it says it is': ({ after }) => guardsContext.safeParse(after.context).success,
  },

  stories: {
    'a full queue is open again when a tenth of it has ended': [
      { start: input, is: { queue: 'open', money: 'within', health: { watched: 'loading' } }, children: ['code'] },
      { send: full, is: { queue: 'full' }, children: ['code', 'room'] },
      { restart: 5, is: { queue: 'full' }, children: ['code', 'room'] },
      { send: { type: 'queue.drained' }, is: { queue: 'open' }, children: ['code'] },
    ],
    'another limit is watched anew, and none is no limit': [
      { send: full, is: { queue: 'full' } },
      { send: follows({ maxPending: 20, validate: true }), is: { queue: 'full' }, context: { maxPending: 20 }, does: [{ 'xstate.spawnChild': { id: 'room' } }] },
      { send: follows({ validate: true }), is: { queue: 'open' }, context: { maxPending: null } },
      { send: full, is: { queue: 'open' } },
    ],
    'money that is over is seen, and that it is there again': [{ send: changed(budget), is: { money: 'spent' } }, { send: changed({}), is: { money: 'within' } }],
    'the handler is asked at once, then every minute': [
      { start: input },
      { send: loaded, is: isAt('waiting') },
      { wait: 0, is: isAt('checking'), children: ['check', 'code'], context: { asked: { tally: {}, spent: null, from: 0 } } },
      { send: passed, is: isAt('waiting'), context: { spent: { fetch: 5 } } },
      { wait: 59_999, is: isAt('waiting') },
      { wait: 1, is: isAt('checking'), context: { asked: { spent: { fetch: 5 } } } },
    ],
    'and soon after work has ended, with what has ended since': [
      { start: input }, { send: loaded }, { wait: 0 }, { send: passed },
      { wait: 1_000 },
      { send: worked('fetch', 3, 1), is: isAt('waiting'), context: { nextAt: 5_000 } },
      { send: worked('fetch', 2, 0) }, { send: worked('score', 1, 1) },
      { wait: 3_999, is: isAt('waiting') },
      { wait: 1, is: isAt('checking'), context: { asked: { tally: { fetch: { attempts: 5, failures: 1 }, score: { attempts: 1, failures: 1 } } }, tally: {} } },
      { send: worked('fetch', 1, 0), context: { tally: { fetch: { attempts: 1 } } } },
      { send: passed }, { wait: 20_000, is: isAt('waiting') },
      { send: worked(), context: { nextAt: 25_000 } }, { wait: 0, is: isAt('checking') },
    ],
    'a check that fails holds the job; who resumes it has it checked again at once, and nothing of before counts': [
      { start: input }, { send: loaded }, { wait: 0 },
      { send: failed, is: { health: { watched: { tripped: 'telling' } } }, does: ['holdJob'], context: { problem: { reason: 'guard: all empty', ofCode: false }, spent: { fetch: 7 } }, children: ['code'] },
      { send: changed(operator), is: { health: { watched: { tripped: 'telling' } } } },
      { restart: 5, is: { health: { watched: { tripped: 'telling' } } }, does: ['holdJob'] },
      { send: changed(guard), is: { health: { watched: { tripped: 'held' } } } },
      { restart: 5, is: { health: { watched: { tripped: 'held' } } }, spares: ['holdJob'] },
      { send: changed({ ...guard, ...operator }), is: { health: { watched: { tripped: 'held' } } } },
      { send: worked(), context: { tally: { fetch: { attempts: 3 } } } },
      { send: loaded, spares: ['freeJob'], is: { health: { watched: { tripped: 'held' } } } },
      { send: unloadable, spares: ['holdJob'], is: { health: { watched: { tripped: 'held' } } } },
      { wait: 200_000, is: { health: { watched: { tripped: 'held' } } } },
      { send: changed({}), is: isAt('loading'), context: { tally: {}, from: 200_010 }, does: [{ 'xstate.spawnChild': { id: 'code' } }] },
      { send: loaded }, { wait: 0, is: isAt('checking'), context: { asked: { from: 200_010, tally: {} } } },
    ],
    'one that starts anew and is held by a check stays so': [
      { start: { ...input, holds: guard }, is: { health: { watched: { tripped: 'held' } } }, context: { problem: { reason: 'guard: all empty' } }, spares: ['holdJob'] },
      { send: changed({}), is: isAt('loading') },
    ],
    'a check that cannot be run holds the job until it can': [
      { start: input },
      { send: unloadable, is: { health: { watched: 'tripped' } }, does: ['holdJob'], context: { problem: { reason: 'guard: no such file', ofCode: true } } },
      { send: changed(guard) },
      { wait: 50 },
      { send: loaded, is: isAt('idle'), does: ['freeJob'], context: { from: 50, nextAt: 50 } },
      { send: changed({}), is: isAt('waiting') }, { wait: 0, is: isAt('checking') },
    ],
    'nothing is checked while the job is held or drains, and at once when it goes on': [
      { start: input }, { send: loaded }, { wait: 0 }, { send: passed },
      { send: changed(operator), is: isAt('idle') }, { wait: 90_000, is: isAt('idle') },
      { send: changed({}, 'draining'), is: isAt('idle') },
      { send: changed({}), is: isAt('waiting') }, { wait: 0, is: isAt('checking') },
    ],
    'a check that is under way when Rivus ends is done again': [{ start: input }, { send: loaded }, { wait: 0 }, { restart: 9, is: isAt('checking'), children: ['check', 'code'] }],
    'nobody is asked when jobs.yaml does not say so': [
      { start: { ...input, spec: { validate: false } }, is: { health: 'unwatched' }, children: [] },
      { send: worked(), context: { tally: {} } },
      { send: follows(all), is: isAt('loading'), children: ['code'] },
      { send: follows({ validate: false }), is: { health: 'unwatched' }, children: [] },
    ],
  },

  survivors: {
    'guards.health begins in watched, not in unwatched': 'what is not to be watched is unwatched in the same step',
    'guards.money begins in spent, not in within': 'with money left it is within in the same step',
    'guards.health.watched.tripped.held job.changed to unwatched, not to watched': 'what is to be watched is watched, from its beginning, in the same step',
  },
});
