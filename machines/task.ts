/**
 * The life of a task: one item at one stage. Tasks are rows, so no actor runs this chart. It is what the store's verbs do
 * to a row (a test runs each verb on a row in each state), and what the inspector draws.
 *
 *   blocked ── open ──▶ ready ── claim ──▶ running ── done · skip · reject · fail ──▶ done · skipped · rejected · failed
 *   running ── wait ──▶ waiting ── promote ──▶ ready
 *   running ── giveBack · sweep ──▶ ready              (not its own fault; and dead, when it was, three times)
 *   blocked · ready · waiting ── endItem ──▶ rejected  (another stage rejected the item; reopenItem takes it back)
 *   ended · waiting ── RETRY · RESET · REPROCESS ──▶ ready, or blocked
 *   whatever followed from a need ── block ──▶ blocked (the need is open again)
 *
 * A task is never ready, waiting or running without its needs satisfied, unless a need was reopened while it ran: then it
 * is blocked as soon as it would go back. Only `done` and `skipped` satisfy the stages that need this one.
 */
import { setup } from 'xstate';

/** What decides where a verb leads. */
type Facts = {
  /** The tasks that it needs are done or skipped. */
  needsMet?: boolean;
  /** Another stage rejected the item while this one ran. */
  itemEnded?: boolean;
  /** How often the process died while this task ran alone. */
  soloCrashes?: number;
};

export type TaskVerb =
  | 'open' | 'block' | 'claim' | 'promote' | 'endItem' | 'reopenItem'
  | 'done' | 'skip' | 'reject' | 'fail' | 'wait' | 'giveBack' | 'sweep'
  | 'RETRY' | 'RESET' | 'REPROCESS';
export type TaskEvent = { type: TaskVerb } & Facts;

const DEADLY_SOLO_CRASHES = 3;

const again = (description: string) => [{ guard: 'needsMet', target: 'ready', description } as const, { target: 'blocked', description } as const];
const back = (target: 'ready' | 'waiting') =>
  [{ guard: 'itemEnded', target: 'rejected' } as const, { guard: 'needsMet', target } as const, { target: 'blocked' } as const];

const RETRY = again('Try it again, with all its tries.');
const RESET = again('Begin it anew, whatever was decided about it.');
const REPROCESS = again('Run it again; its output stays until a new one replaces it.');

export const taskMachine = setup({
  types: { events: {} as TaskEvent },
  guards: {
    needsMet: ({ event }) => event.needsMet === true,
    itemEnded: ({ event }) => event.itemEnded === true,
    isDeadly: ({ event }) => (event.soloCrashes ?? 0) >= DEADLY_SOLO_CRASHES,
  },
}).createMachine({
  id: 'task',
  initial: 'blocked',
  states: {
    blocked: {
      description: 'A stage that it needs has not ended well yet.',
      on: { open: 'ready', endItem: 'rejected' },
    },
    ready: {
      description: 'Is claimed as soon as its job may work and a slot is free.',
      on: { claim: 'running', block: 'blocked', endItem: 'rejected' },
    },
    waiting: {
      description: 'Is ready again at a known time.',
      on: { promote: 'ready', block: 'blocked', endItem: 'rejected', RESET },
    },
    running: {
      description: 'A handler is at work on it.',
      on: {
        done: 'done',
        skip: 'skipped',
        reject: 'rejected',
        fail: 'failed',
        wait: back('waiting'),
        giveBack: back('ready'),
        sweep: [{ guard: 'isDeadly', target: 'dead' }, ...back('ready')],
      },
    },
    done: {
      description: 'Its output is recorded.',
      on: { block: 'blocked', REPROCESS },
    },
    skipped: {
      description: 'There was nothing to do here; counts as done, without an output.',
      on: { block: 'blocked', RESET, REPROCESS },
    },
    rejected: {
      description: 'The item ends here, or ended at another stage.',
      on: { block: 'blocked', reopenItem: again('The stage that had rejected the item begins anew.'), RESET, REPROCESS },
    },
    failed: {
      description: 'Its tries are used up, or its own data is at fault.',
      on: { block: 'blocked', RETRY, RESET, REPROCESS },
    },
    dead: {
      description: 'The process died three times while it ran alone.',
      on: { block: 'blocked', RETRY, RESET, REPROCESS },
    },
  },
});
