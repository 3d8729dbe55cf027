import { taskMachine, type TaskVerb } from '../../../machines/task.ts';
import { prove, type Moment, type Stories } from '../../support/proof.ts';

const VERBS: TaskVerb[] = ['open', 'block', 'claim', 'promote', 'endItem', 'reopenItem', 'done', 'skip', 'reject', 'fail', 'wait', 'giveBack', 'sweep', 'condemn', 'absolve', 'RETRY', 'RESET', 'REPROCESS', 'UNDO'];
const OF_A_RUN = ['done', 'skip', 'reject', 'fail', 'wait', 'giveBack', 'sweep'];
const BY_HAND = ['RETRY', 'RESET', 'REPROCESS'];
const ENDED = ['done', 'skipped', 'rejected', 'failed', 'dead'] as const;
const FORMER = ['ready', 'waiting', ...ENDED] as const;
const AT_WORK_OR_DUE = ['ready', 'waiting', 'running'];

/** How a task gets to a state, told as verbs. */
const WAY: Record<string, { type: TaskVerb; soloCrashes?: number; needsMet?: boolean }[]> = {
  blocked: [], ready: [{ type: 'open' }],
  running: [{ type: 'open' }, { type: 'claim' }],
  waiting: [{ type: 'open' }, { type: 'claim' }, { type: 'wait', needsMet: true }],
  done: [{ type: 'open' }, { type: 'claim' }, { type: 'done' }],
  skipped: [{ type: 'open' }, { type: 'claim' }, { type: 'skip' }],
  rejected: [{ type: 'open' }, { type: 'claim' }, { type: 'reject' }],
  failed: [{ type: 'open' }, { type: 'claim' }, { type: 'fail' }],
  dead: [{ type: 'open' }, { type: 'claim' }, { type: 'sweep', soloCrashes: 3 }],
};

/** Brought to `from`, then told `verb`. */
const after = (from: string, verb: { type: TaskVerb; [fact: string]: unknown }, is: string): Moment[] => [...WAY[from]!.map((send) => ({ send })), { wait: 0, is: from }, { send: verb, is }];

/** What an operator may do again, from where, and what the needs of the task make of it. */
const again = (verb: TaskVerb, from: readonly string[]): Stories =>
  Object.fromEntries(
    from.flatMap((state) => [
      [`${verb} of one that is ${state} makes it ready`, after(state, { type: verb, needsMet: true }, 'ready')],
      [`${verb} of one that is ${state} waits for what it needs`, after(state, { type: verb }, 'blocked')],
    ]),
  );

export const task = prove(taskMachine, {
  inputs: [{}] as never,
  events: VERBS.flatMap((type) => [{ type }, { type, needsMet: true }, { type, itemEnded: true }, { type, soloCrashes: 3 }]).concat(FORMER.map((was) => ({ type: 'UNDO', was, needsMet: true })) as never),
  abstract: ({ value }) => value,

  invariants: {
    'it is claimed only when it is ready': ({ before, after }) => after.value !== 'running' || before?.value === 'running' || before?.value === 'ready',
    'what a run says counts only while it runs': ({ before, event, after }) => !OF_A_RUN.includes(event.type) || before!.value === 'running' || before!.value === after.value,
    'a run that ends leaves it running no longer': ({ before, event, after }) => before?.value !== 'running' || !OF_A_RUN.includes(event.type) || after.value !== 'running',
    'it is not ready or waiting without its needs': ({ before, event, after }) =>
      before === null || before.value === after.value || !AT_WORK_OR_DUE.includes(after.value) || event['needsMet'] === true || ['open', 'claim', 'promote', 'absolve'].includes(event.type),
    'an operator takes back only what has ended or waits': ({ before, event, after }) => !BY_HAND.includes(event.type) || before!.value === after.value || [...ENDED, 'waiting'].includes(before!.value as never),
    'a need that opens again blocks all but what runs': ({ before, event, after }) => event.type !== 'block' || after.value === (before!.value === 'running' ? 'running' : 'blocked'),
    'an item that ended elsewhere ends here': ({ before, event, after }) => event.type !== 'endItem' || !['blocked', 'ready', 'waiting'].includes(before!.value as never) || after.value === 'rejected',
    'what is taken back goes to where it was, and only while nobody has begun it': ({ before, event, after }) => event.type !== 'UNDO' || before!.value === after.value || (['ready', 'blocked'].includes(before!.value as never) && after.value === event['was']),
    'it is dead only when it took the process with it three times': ({ before, event, after }) => after.value !== 'dead' || before?.value === 'dead' || event['was'] === 'dead' || (event.type === 'sweep' && event['soloCrashes'] >= 3),
  },

  survivors: Object.fromEntries(
    [['ready', 5], ['blocked', 6]].flatMap(([state, n]) => Array.from({ length: n as number }, (_, at) => [`task.${state} UNDO (${at + 1}) after the next`, 'A task was in one state: of these guards one is true.'])),
  ),

  stories: {
    'a task waits for its needs, is claimed and done': [{ start: {}, is: 'blocked' }, ...after('blocked', { type: 'open' }, 'ready'), { send: { type: 'claim' }, is: 'running' }, { send: { type: 'done' }, is: 'done' }],
    'a run may skip it': after('running', { type: 'skip' }, 'skipped'),
    'a run may reject it': after('running', { type: 'reject' }, 'rejected'),
    'a run may fail': after('running', { type: 'fail' }, 'failed'),
    'a run that is to be tried later waits, and is ready when its time has come': [...after('running', { type: 'wait', needsMet: true }, 'waiting'), { send: { type: 'promote' }, is: 'ready' }],
    'one that waits to be tried again fails when the doctor knows that no try helps': after('waiting', { type: 'condemn' }, 'failed'),
    'a run that is not at fault is given back': after('running', { type: 'giveBack', needsMet: true }, 'ready'),
    'what ran when Rivus was killed is ready again': after('running', { type: 'sweep', needsMet: true }, 'ready'),
    'what took Rivus with it three times is dead': after('running', { type: 'sweep', needsMet: true, soloCrashes: 3 }, 'dead'),
    'it is dead then, whatever became of its item meanwhile': after('running', { type: 'sweep', itemEnded: true, soloCrashes: 3 }, 'dead'),
    ...Object.fromEntries(
      (['wait', 'giveBack', 'sweep'] as const).flatMap((type) => [
        [`${type}: it is rejected when another stage rejected the item meanwhile`, after('running', { type, itemEnded: true, needsMet: true }, 'rejected')],
        [`${type}: it is blocked when a need was taken back meanwhile`, after('running', { type }, 'blocked')],
      ]),
    ),
    ...Object.fromEntries(['blocked', 'ready', 'waiting'].map((state) => [`it ends when another stage rejects its item while it is ${state}`, after(state, { type: 'endItem' }, 'rejected')])),
    ...Object.fromEntries(['ready', 'waiting', ...ENDED].map((state) => [`it is blocked when a need opens again while it is ${state}`, after(state, { type: 'block' }, 'blocked')])),
    'one that failed for what a breaker opened for is ready again': after('failed', { type: 'absolve' }, 'ready'),
    'one that waits after that need not wait': after('waiting', { type: 'absolve' }, 'ready'),
    ...again('RETRY', ['failed', 'dead']),
    ...again('RESET', ['waiting', 'skipped', 'rejected', 'failed', 'dead']),
    ...again('REPROCESS', ['done', 'skipped', 'rejected', 'failed', 'dead']),
    ...again('reopenItem', ['rejected']),
    ...Object.fromEntries(
      FORMER.flatMap((was) => [
        [`what was ${was} and is to run again goes back, if nobody has begun it`, after('blocked', { type: 'UNDO', was, needsMet: true }, was)],
        ...(was === 'ready' ? [] : [[`what was ${was} and is ready goes back, if nobody has begun it`, after('ready', { type: 'UNDO', was, needsMet: true }, was)] as const]),
        [`what was ${was} and runs again does not go back`, after('running', { type: 'UNDO', was, needsMet: true }, 'running')],
      ]),
    ),
    'what waited does not go back while something that it needs is open': after('blocked', { type: 'UNDO', was: 'waiting' }, 'blocked'),
  },
});
