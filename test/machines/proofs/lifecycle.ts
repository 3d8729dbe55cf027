import fc from 'fast-check';
import { HOLD_CAUSES, lifecycleEvent, lifecycleMachine, RESUMABLE, type Hold, type HoldCause } from '../../../machines/lifecycle.ts';
import { arbitraryOf } from '../../support/arbitrary.ts';
import { did, prove, type Sent } from '../../support/proof.ts';

const RUNNING = { pause: 'running', drain: 'flowing' };
const PAUSED = { pause: 'paused' };
const budget = { budget: { reason: '$5 of $5', since: 0 } };
const ends = ({ until = Infinity }: Hold) => until;
const given = (holds: Partial<Record<HoldCause, Hold>>) => Object.entries(holds) as [HoldCause, Hold][];

/** How a hold that was in force may have ended in a step. */
function mayEnd(cause: HoldCause, hold: Hold, { type, at, ...event }: { type: string; at: number; [payload: string]: any }): boolean {
  if (type === 'hold.lifted') return event['cause'] === cause;
  if (type === 'RESUME') return event['force'] === true || RESUMABLE.includes(cause);
  return type.startsWith('xstate.after') && ends(hold) <= at;
}

/** `running` leads to `paused` in the same step while something holds the job. */
const THERE_AT_ONCE = 'it is paused in the same step: what is in force by then leads there from `running`';

export const lifecycle = prove(lifecycleMachine, {
  inputs: [{ at: 0 }, { at: 0, holds: budget, drain: 'drained' }],
  events: [
    { type: 'PAUSE', reason: 'r' }, { type: 'PAUSE', reason: 'r', until: 9 }, { type: 'RESUME', force: false }, { type: 'RESUME', force: true },
    { type: 'DRAIN' }, { type: 'work.finished' },
    ...['budget', 'breaker'].flatMap((cause) => [
      { type: 'hold.placed', cause, reason: 'r' }, { type: 'hold.placed', cause, reason: 'r', until: 5 }, { type: 'hold.lifted', cause },
    ]),
  ],
  payloads: arbitraryOf(lifecycleEvent) as fc.Arbitrary<Sent>,
  abstract: ({ value, context }) => [value, context.holds],

  invariants: {
    'it is paused exactly when something holds it': ({ after }) => after.matches({ pause: 'running' }) === (given(after.context.holds).length === 0),
    'every hold has a reason, says since when, and whether it ends by itself': ({ after, event }) =>
      given(after.context.holds).every(([cause, { reason, since, until }]) => HOLD_CAUSES.includes(cause) && reason !== '' && since <= event.at && (until === undefined || Number.isFinite(until))),
    'it waits for an end exactly when some hold has one': ({ after }) => after.matches({ pause: { paused: 'untilLapse' } }) === given(after.context.holds).some(([, hold]) => hold.until !== undefined),
    'a hold that is placed is in force, with its reason and its end': ({ event: { type, at, cause, reason, until }, after }) => {
      if (type !== 'PAUSE' && type !== 'hold.placed') return true;
      const hold = after.context.holds[(cause ?? 'operator') as HoldCause];
      return hold?.reason === reason && hold?.since === at && hold?.until === until;
    },
    'a hold ends only when it is lifted, resumed or over': ({ before, event, after }) =>
      given(before?.context.holds ?? {}).every(([cause, hold]) => after.context.holds[cause] !== undefined || mayEnd(cause, hold, event)),
    'what is to end ends': ({ before, event, after }) =>
      given(before?.context.holds ?? {}).every(([cause, hold]) => !mayEnd(cause, hold, event) || after.context.holds[cause] === undefined),
    'a timer leaves no hold that is over': ({ event, after }) => !event.type.startsWith('xstate.after') || given(after.context.holds).every(([, hold]) => ends(hold) > event.at),
    'the job is told whatever changes': (step) => JSON.stringify(step.before?.context.holds) === JSON.stringify(step.after.context.holds) || did(step, 'tellJob'),
    'the job is told when it begins or ends to drain': ({ before, after, effects }) =>
      before?.value.drain === after.value.drain || effects.some(({ type, params }) => type === 'tellJob' && (params as { drain?: string }).drain === after.value.drain),
    'it drains from DRAIN to RESUME': ({ before, event, after }) =>
      !before || (before.matches({ drain: 'flowing' }) ? !after.matches({ drain: 'drained' }) && after.matches({ drain: 'flowing' }) === (event.type !== 'DRAIN') : after.matches({ drain: 'flowing' }) === (event.type === 'RESUME')),
    'it is drained only when nothing is in flight any more': ({ before, event, after }) =>
      !before?.matches({ drain: 'draining' }) || after.matches({ drain: 'drained' }) === (event.type === 'work.finished'),
    'what is drained stays so until RESUME': ({ before, event, after }) => !before?.matches({ drain: 'drained' }) || event.type === 'RESUME' || after.matches({ drain: 'drained' }),
  },

  stories: {
    'it begins at work, and says so': [{ start: { at: 0 }, is: RUNNING, context: { holds: {} }, does: [{ tellJob: { drain: 'flowing' } }] }],
    'a pause with an end resumes by itself, on time': [
      { send: { type: 'PAUSE', reason: 'market closed', until: 3_000 }, is: { pause: { paused: 'untilLapse' } }, does: ['tellJob'] },
      { wait: 2_999, is: PAUSED },
      { wait: 1, is: RUNNING, does: ['tellJob'] },
    ],
    'a pause without an end stays': [{ send: { type: 'PAUSE', reason: 'lunch' } }, { wait: 1e9, is: { pause: { paused: 'untilLifted' } } }, { restart: 1e9, is: PAUSED }],
    'a pause whose end comes while Rivus is down ends with the next start': [
      { send: { type: 'PAUSE', reason: 'night', until: 3_000 } },
      { restart: 9_000, is: RUNNING },
    ],
    'a pause whose end comes after a restart ends on time': [
      { send: { type: 'PAUSE', reason: 'night', until: 3_000 } },
      { restart: 2_000, is: PAUSED },
      { wait: 999, is: PAUSED },
      { wait: 1, is: RUNNING },
    ],
    'a second PAUSE replaces the reason and the end of the first': [
      { send: { type: 'PAUSE', reason: 'lunch', until: 1_000 } },
      { send: { type: 'PAUSE', reason: 'lunch, and a walk', until: 2_000 }, context: { holds: { operator: { reason: 'lunch, and a walk', until: 2_000 } } }, does: ['tellJob'] },
      { wait: 1_000, is: PAUSED },
      { wait: 1_000, is: RUNNING },
    ],
    'it runs only when the last of several holds has lapsed': [
      { send: { type: 'PAUSE', reason: 'lunch', until: 1_000 } },
      { send: { type: 'hold.placed', cause: 'budget', reason: '$5.00 of $5.00', until: 5_000 } },
      { wait: 1_000, is: PAUSED, context: { holds: { budget: { until: 5_000 } } } },
      { wait: 4_000, is: RUNNING },
    ],
    'a hold that is lifted leaves the others': [
      { send: { type: 'PAUSE', reason: 'lunch' } },
      { send: { type: 'hold.placed', cause: 'window', reason: 'outside 09:00–17:00', until: 500 } },
      { send: { type: 'hold.lifted', cause: 'window' }, is: { pause: { paused: 'untilLifted' } }, does: ['tellJob'] },
      { send: { type: 'hold.lifted', cause: 'operator' }, is: RUNNING, context: { holds: {} } },
    ],
    'RESUME leaves a budget hold in force unless it is forced': [
      { send: { type: 'PAUSE', reason: 'lunch' } },
      { send: { type: 'hold.placed', cause: 'budget', reason: '$5.00 of $5.00' } },
      { send: { type: 'RESUME', force: false }, is: PAUSED, context: { holds: budget && { budget: { reason: '$5.00 of $5.00' } } } },
      { send: { type: 'RESUME', force: true }, is: RUNNING },
    ],
    'draining forgets no hold': [
      { send: { type: 'hold.placed', cause: 'budget', reason: '$5.00 of $5.00' } },
      { send: { type: 'DRAIN' }, is: { drain: 'draining', pause: 'paused' }, does: [{ tellJob: { drain: 'draining' } }] },
      { send: { type: 'work.finished' }, is: { drain: 'drained' }, does: [{ tellJob: { drain: 'drained' } }] },
      { send: { type: 'RESUME', force: false }, is: { ...PAUSED, drain: 'flowing' } },
    ],
    'one that drains can be taken back': [{ send: { type: 'DRAIN' } }, { send: { type: 'RESUME', force: false }, is: RUNNING, does: [{ tellJob: { drain: 'flowing' } }] }],
    'one that starts anew is held by what held it, and still ends it': [
      { start: { at: 0, holds: { budget: { reason: '$5.00 of $5.00', since: 0, until: 500 } } }, is: { pause: { paused: 'untilLapse' } }, does: ['tellJob'] },
      { wait: 500, is: RUNNING },
    ],
    'one that starts anew drains on if it did': [{ start: { at: 0, drain: 'drained' }, is: { drain: 'draining' } }, { send: { type: 'work.finished' }, is: { drain: 'drained' } }],
  },

  survivors: {
    'lifecycle.pause.running PAUSE to running, not to paused': THERE_AT_ONCE,
    'lifecycle.pause.running hold.placed to running, not to paused': THERE_AT_ONCE,
    'lifecycle.pause.paused PAUSE to running, not to paused': THERE_AT_ONCE,
    'lifecycle.pause.paused hold.placed to running, not to paused': THERE_AT_ONCE,
    'lifecycle.pause.paused hold.lifted (2) to running, not to paused': THERE_AT_ONCE,
    'lifecycle.pause.paused RESUME (2) to running, not to paused': THERE_AT_ONCE,
    'lifecycle.pause.paused.untilLapse after untilNextLapse (2) to running, not to paused': THERE_AT_ONCE,
  },
});
