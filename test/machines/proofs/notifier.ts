import fc from 'fast-check';
import type { Trouble } from '../../../machines/incidents.ts';
import { notifierContext, notifierMachine, type Target } from '../../../machines/notifier.ts';
import { did, entered, prove, type Step } from '../../support/proof.ts';

const SECOND = 1_000;
const GATHER = 2 * SECOND;
const CALM = 30 * SECOND;
const QUIET_END = 100 * SECOND;

const held = (job: string, rest: Partial<Trouble> = {}): Trouble => ({ key: `${job} breaker`, group: 'f00d', job, stage: 'score', cause: 'breaker', risk: 'high', reason: 'systemic: 401', fingerprint: 'f00d', since: 0, until: null, ...rest });
const spent = (job: string): Trouble => held(job, { key: `${job} budget`, group: 'budget: $5.00 of $5.00', cause: 'budget', risk: 'medium', reason: 'budget: $5.00 of $5.00', fingerprint: null, until: 9e9 });
const closed = held('work', { key: 'work window', group: 'window', cause: 'window', risk: 'low' });
const now = (...troubles: Trouble[]) => ({ type: 'troubles.changed', troubles });
const phone: Target = { name: 'phone', minRisk: 'medium', quietUntil: null };
const team: Target = { name: 'team', minRisk: 'high', quietUntil: null };
const asleep: Target = { ...phone, quietUntil: QUIET_END };
const to = (...targets: Target[]) => ({ type: 'targets.changed', targets });
const noted = { type: 'action.noted', trouble: held('work', { key: 'action 7', cause: 'doctor', risk: 'medium', reason: 'fail_item' }) };
const deliveredTo = (target: string) => ({ type: 'message.delivered', id: 'x', target });
const delivered = deliveredTo('phone');
const failed = { type: 'message.failed', id: 'x', target: 'phone', reason: 'answered 503', again: true };
const refused = { type: 'message.failed', id: 'x', target: 'phone', reason: 'answered 401', again: false };

type State = NonNullable<Step['before']>;
const lettersOf = ({ context }: State): { id: string; kind: string; target: string }[] => context['letters'];
const sends = (kind: string, ...targets: string[]) => ({ is: 'sending', context: { sending: targets.map((target) => ({ kind, target })) } });

export const notifier = prove(notifierMachine, {
  inputs: [{ at: 0 }],
  events: [
    now(), now(held('work')), now(spent('work')), to(phone, team), to(), to(asleep), noted, delivered, deliveredTo('team'), failed, refused, { ...failed, target: 'team' }, { type: 'actor.restored' },
  ],
  payloads: fc.oneof(
    fc.subarray([held('work'), held('other'), spent('work'), spent('other'), closed]).map((some) => now(...some)),
    fc.subarray([phone, team, { ...team, name: 'third', minRisk: 'low' as const }]).map((some) => to(...some)),
    fc.record({ type: fc.constant('message.failed'), id: fc.constant('x'), target: fc.constantFrom('phone', 'team', 'third'), reason: fc.constant('no'), again: fc.boolean(), retryAt: fc.nat(9e6) }, { requiredKeys: ['type', 'id', 'target', 'reason', 'again'], noNullPrototype: true }),
  ),
  abstract: ({ value, context: { targets, incidents, letters, sending, failing } }) => [
    value, targets.length > 0, targets.some(({ quietUntil }) => quietUntil !== null), incidents.slice(0, 1).map(({ told, tellAt, overAt }) => [told.length > 0, tellAt === null, overAt === null]),
    letters[0]?.kind, sending.map(({ kind, target }) => [kind, target]), Object.keys(failing).length > 0,
  ],

  invariants: {
    'it always hears what is amiss, and where to send to': ({ after }) => 'troubles' in after.children && 'targets' in after.children,
    'it delivers exactly while it is sending': ({ after }) => 'deliver' in after.children === after.matches('sending') && (after.context.sending.length > 0) === after.matches('sending'),
    'no target gets two at once': ({ after: { context: { sending } } }) => new Set(sending.map(({ target }) => target)).size === sending.length,
    'what is due goes to all at once': (step) => !entered(step, 'sending') || step.after.context.sending.every(({ target }) => lettersOf(step.after).some((one) => one.target === target)),
    'it rests only when nothing is to be told, now or later': ({ after }) => !after.matches('resting') || (after.context.letters.length === 0 && after.context.incidents.every(({ tellAt, overAt }) => tellAt === null && overAt === null)),
    'no two open incidents are of one group, and no trouble is in two': ({ after: { context: { incidents } } }) => {
      const keys = incidents.flatMap(({ troubles }) => troubles.map(({ key }) => key));
      return new Set(incidents.map(({ group }) => group)).size === incidents.length && new Set(keys).size === keys.length;
    },
    'all that is amiss is in an incident': ({ event, after: { context: { incidents } } }) =>
      event.type !== 'troubles.changed' || event['troubles'].every((one: Trouble) => incidents.some(({ troubles }) => troubles.some(({ key }) => key === one.key))),
    'an incident is over only when nothing of it is amiss': ({ before, event, after }) =>
      event.type !== 'troubles.changed' || !before || before.context.incidents.every(({ id, troubles }) => after.context.incidents.some((one) => one.id === id) || !troubles.some(({ key }) => event['troubles'].some((one: Trouble) => one.key === key))),
    'no letter is written twice': ({ after }) => new Set(lettersOf(after).map(({ id }) => id)).size === lettersOf(after).length,
    'letters go only to targets that are there': ({ event, after }) => event.type !== 'targets.changed' || lettersOf(after).every(({ target }) => event['targets'].some(({ name }: Target) => name === target)),
    'nothing of less risk than a target wants goes there': (step) => {
      if (!entered(step, 'sending')) return true;
      const { sending, incidents, targets } = step.after.context;
      const rank = (risk: string) => ['low', 'medium', 'high'].indexOf(risk);
      const least = (target: string) => targets.find(({ name }) => name === target)!.minRisk;
      return sending.every(({ target, kind, incident }) => rank(incidents.find(({ id }) => id === incident.id)?.risk ?? incident.risk) >= rank(least(target)) || kind !== 'opened');
    },
    'what is taken is not sent again': ({ before, event, after }) => event.type !== 'message.delivered' || !lettersOf(after).some(({ id }) => before!.context.sending.some((sent) => sent.id === id && sent.target === event['target'])),
    'what fails is tried again later, unless that is in vain': ({ before, event, after }) => {
      const sent = before?.context.sending.find(({ target }) => target === event['target']);
      if (event.type !== 'message.failed' || !sent) return true;
      const left = after.context.letters.find(({ id }) => id === sent.id);
      return event['again'] && sent.tries < 14 ? (left === undefined ? lettersOf(after).some(({ kind, target }) => kind === 'over' && target === sent.target) || !lettersOf(before!).some(({ id }) => id === sent.id) : left.tries === sent.tries + 1 && left.dueAt > event.at) : left === undefined;
    },
    'rows are kept in step with all that changes': (step) => !step.before || JSON.stringify([step.before.context.incidents, step.before.context.letters]) === JSON.stringify([step.after.context.incidents, step.after.context.letters]) || did(step, 'record'),
    'its context is what it says it is': ({ after }) => notifierContext.safeParse(after.context).success,
  },

  stories: {
    'what is amiss in two jobs for one reason is one message, and one when it is over': [
      { start: { at: 0 }, is: 'resting', children: ['targets', 'troubles'] },
      { send: to(phone, team), is: 'resting' },
      { send: now(held('work')), is: 'waiting', does: ['record'] },
      { wait: 1_000 }, { send: now(held('work'), held('other')), is: 'waiting', context: { incidents: [{ risk: 'high', troubles: [{ job: 'work' }, { job: 'other' }] }] } },
      { wait: 999, is: 'waiting' },
      { wait: 1, ...sends('opened', 'phone', 'team'), children: ['deliver', 'targets', 'troubles'], does: ['record'] },
      { send: delivered, ...sends('opened', 'team'), does: ['record'] },
      { send: deliveredTo('team'), is: 'resting', context: { letters: [], sending: [] } },
      { send: now(held('other')), is: 'resting' },
      { send: now(), is: 'waiting' },
      { wait: CALM - 1, is: 'waiting' },
      { wait: 1, ...sends('ended', 'phone', 'team') },
      { send: deliveredTo('team'), ...sends('ended', 'phone') }, { send: delivered, is: 'resting', context: { incidents: [] } },
    ],
    'an error that holds nobody yet is told after a minute, or soon after it holds somebody': [
      { send: to(phone) }, { send: now(held('work', { cause: 'doctor' })), is: 'waiting' }, { wait: 59_999, is: 'waiting' }, { wait: 1, ...sends('opened', 'phone') }, { send: delivered },
      { send: now() }, { wait: CALM }, { send: delivered, is: 'resting' },
      { send: now(held('work', { cause: 'doctor' })) }, { wait: 10_000 }, { send: now(held('work')) }, { wait: GATHER, ...sends('opened', 'phone') },
    ],
    'what is over at once is not worth a message': [{ send: to(phone) }, { send: now(held('work')) }, { wait: 1_000 }, { send: now(), is: 'resting', context: { incidents: [], letters: [] } }],
    'what comes back soon was never over': [
      { send: to(phone) }, { send: now(held('work')) }, { wait: GATHER }, { send: delivered },
      { send: now() }, { wait: 20 * SECOND }, { send: now(held('work')), is: 'resting', context: { incidents: [{ overAt: null }] } },
      { wait: CALM, is: 'resting', context: { letters: [] } },
    ],
    'a trouble stays in its incident, whatever is said of it later': [
      { send: to(phone) }, { send: now(held('work', { group: 'unknown', fingerprint: null })) }, { wait: GATHER }, { send: delivered },
      { send: now(held('work')), is: 'resting', context: { incidents: [{ group: 'unknown' }] } },
    ],
    'a target hears only of what is bad enough for it, and of the rest when it gets worse': [
      { send: to(phone, team) }, { send: now(spent('work')) }, { wait: GATHER, ...sends('opened', 'phone') }, { send: delivered, is: 'resting' },
      { send: now(closed, spent('work')), is: 'waiting' }, { wait: GATHER, is: 'resting', context: { letters: [] } },
      { send: now(held('work', { key: 'work budget' })), is: 'waiting' },
      { wait: GATHER, ...sends('opened', 'team') }, { send: deliveredTo('team'), is: 'resting' },
      { send: now() }, { wait: CALM, ...sends('ended', 'phone', 'team') }, { send: delivered, ...sends('ended', 'team') }, { send: deliveredTo('team'), is: 'resting' },
    ],
    'in quiet hours only what is bad goes out; the rest waits until they end': [
      { send: to(asleep) }, { send: now(spent('work')) }, { wait: GATHER, is: 'waiting', context: { letters: [{ kind: 'opened' }] } },
      { send: now(spent('work'), held('other')) }, { wait: GATHER, ...sends('opened', 'phone'), context: { sending: [{ incident: { risk: 'high' } }] } },
      { send: delivered, is: 'waiting' },
      { wait: QUIET_END - 2 * GATHER - 1, is: 'waiting' }, { wait: 1, ...sends('opened', 'phone') }, { send: delivered, is: 'resting' },
    ],
    'what gets worse in quiet hours goes out': [
      { send: to(asleep) }, { send: now(spent('work')) }, { wait: GATHER, is: 'waiting' },
      { send: now(held('work', { key: 'work budget' })), ...sends('opened', 'phone') },
    ],
    'what begins and is over in quiet hours is one message in the morning': [
      { send: to(asleep) }, { send: now(spent('work')) }, { wait: GATHER }, { send: now() }, { wait: CALM, is: 'waiting', context: { letters: [{ kind: 'over' }], incidents: [] } },
      { wait: QUIET_END - GATHER - CALM, ...sends('over', 'phone') }, { send: delivered, is: 'resting' },
    ],
    'quiet hours that end earlier let go at once': [{ send: to(asleep) }, { send: now(spent('work')) }, { wait: GATHER, is: 'waiting' }, { send: to(phone), ...sends('opened', 'phone') }],
    'a target that fails is left alone for a while, longer each time, and keeps nobody waiting': [
      { send: to(phone, team) }, { send: now(held('work')) }, { wait: GATHER, ...sends('opened', 'phone', 'team') },
      { send: failed, ...sends('opened', 'team'), does: ['record'], context: { sending: [{ target: 'team' }], failing: { phone: { failures: 1, until: GATHER + 10_000, reason: 'answered 503' } } } },
      { send: deliveredTo('team'), is: 'waiting' },
      { wait: 9_999, is: 'waiting' }, { wait: 1, ...sends('opened', 'phone') },
      { send: failed, is: 'waiting', context: { failing: { phone: { failures: 2 } } } },
      { wait: 19_999, is: 'waiting' }, { wait: 1, ...sends('opened', 'phone') },
      { send: { ...failed, retryAt: 200_000 }, is: 'waiting' }, { wait: 200_000 - 32_000 - 1, is: 'waiting' }, { wait: 1, is: 'sending' },
      { send: delivered, is: 'resting', context: { failing: {} } },
    ],
    'a target that answers late keeps nobody waiting, and what nobody sent changes nothing': [
      { send: to(phone, team) }, { send: now(held('work')) }, { wait: GATHER, ...sends('opened', 'phone', 'team') },
      { send: deliveredTo('team'), ...sends('opened', 'phone') }, { send: deliveredTo('team'), ...sends('opened', 'phone') }, { send: { ...failed, target: 'team' }, ...sends('opened', 'phone') }, { send: failed, is: 'waiting', context: { letters: [{ target: 'phone', tries: 1 }], failing: { phone: { failures: 1 } } } },
    ],
    'what is refused for good is given up at once': [{ send: to(phone) }, { send: now(held('work')) }, { wait: GATHER }, { send: refused, is: 'resting', does: ['record'], context: { letters: [] } }],
    'a message that is under way when Rivus dies is sent again, and nothing that waits is lost': [
      { send: to(phone) }, { send: now(held('work')) }, { restart: 1_000, is: 'waiting' }, { wait: 1_000, is: 'sending' },
      { restart: 5_000, ...sends('opened', 'phone'), children: ['deliver', 'targets', 'troubles'] },
      { send: failed, is: 'waiting' }, { restart: 60_000 }, { wait: 0, ...sends('opened', 'phone') },
    ],
    'what the doctor did is told once, and has no end': [{ send: to(phone, team) }, { send: noted, ...sends('note', 'phone'), does: ['record'] }, { send: delivered, is: 'resting', context: { letters: [] } }],
    'the same, while something else waits': [{ send: to(phone) }, { send: now(held('work')), is: 'waiting' }, { send: noted, ...sends('note', 'phone') }, { send: delivered, is: 'waiting' }],
    'the same, while something else is under way': [{ send: to(phone) }, { send: now(held('work')) }, { wait: GATHER, ...sends('opened', 'phone') }, { send: noted, is: 'sending', does: ['record'] }, { send: delivered, ...sends('note', 'phone') }],
    'a target that is gone gets nothing any more': [
      { send: to(phone) }, { send: now(held('work')) }, { wait: GATHER }, { send: failed, is: 'waiting' },
      { send: to(team), is: 'resting', context: { letters: [], failing: {} }, does: ['record'] }, { send: now() }, { wait: CALM, is: 'resting', context: { incidents: [] } },
    ],
  },
});
