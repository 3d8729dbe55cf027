import fc from 'fast-check';
import { windowMachine } from '../../../machines/window.ts';
import { did, prove } from '../../support/proof.ts';
import { hours } from './parts.ts';

const reason = 'window: 09:30-16:00';
const opened = (until: number | null) => ({ type: 'window.opened', until });
const closed = (until: number | null) => ({ type: 'window.closed', until, reason });
const until = fc.option(fc.nat(1_000));

export const window = prove(windowMachine, {
  inputs: [{ at: 0, job: 'watch' }],
  events: [opened(5), opened(null), closed(9), closed(12), closed(null), { ...closed(9), reason: 'window: 10:00-16:00' }, { type: 'spec.changed', spec: hours }],
  payloads: fc.oneof(until.map(opened), until.map(closed)),
  abstract: ({ value, context }) => [value, context.until, context.reason],

  invariants: {
    'it always asks the calendar': ({ after }) => 'calendar' in after.children,
    'it stands as the calendar said last': ({ event, after }) =>
      !event.type.startsWith('window.') || (after.matches(event.type === 'window.opened' ? 'open' : 'closed') && after.context.until === event['until'] && after.context.reason === (event['reason'] ?? null)),
    'it has a reason exactly while it is closed': ({ after }) => (after.context.reason !== null) === after.matches('closed'),
    'the job hears of every closing and every opening that it does not know': (step) => {
      const { before, event, after } = step;
      if (!event.type.startsWith('window.')) return !did(step, 'tellJob');
      const isNews = !after.matches(before!.value) || (after.matches('closed') && JSON.stringify(before!.context) !== JSON.stringify(after.context));
      return did(step, 'tellJob') === isNews;
    },
    'another specification has the calendar look again, and nothing else': (step) =>
      step.event.type !== 'spec.changed' || (did(step, 'tellCalendar') && JSON.stringify(step.before!.context) === JSON.stringify(step.after.context)),
  },

  stories: {
    'it closes, opens, and closes again': [
      { start: { at: 0, job: 'watch' }, is: 'unknown', children: ['calendar'] },
      { send: closed(9), is: 'closed', does: ['tellJob'], context: { until: 9, reason } },
      { send: opened(20), is: 'open', does: ['tellJob'], context: { until: 20, reason: null } },
      { send: closed(30), is: 'closed', does: ['tellJob'] },
    ],
    'the same closing is told once, also across a restart: who lifted it by force is not contradicted': [
      { send: closed(9), does: ['tellJob'] },
      { send: closed(9), is: 'closed', spares: ['tellJob'] },
      { restart: 5, is: 'closed', children: ['calendar'] },
      { send: closed(9), spares: ['tellJob'] },
    ],
    'another opening, or other hours, are told': [{ send: closed(9) }, { send: closed(12), does: ['tellJob'], context: { until: 12 } }, { send: { ...closed(12), reason: 'window: 10:00-16:00' }, does: ['tellJob'] }],
    'an open job hears nothing of another closing': [{ send: opened(5), does: ['tellJob'] }, { send: opened(6), is: 'open', spares: ['tellJob'], context: { until: 6 } }],
    'other hours have the calendar look again': [{ send: { type: 'spec.changed', spec: hours }, is: 'unknown', does: ['tellCalendar'] }],
  },
});
