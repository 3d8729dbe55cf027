/**
 * The life of a task: one item at one stage. Tasks are rows, so no actor runs this chart. It is what the store's verbs do
 * to a row (a test runs each verb on a row in each state), and what the inspector draws.
 *
 *   blocked ── open ──▶ ready ── claim ──▶ running ── done · skip · reject · fail ──▶ done · skipped · rejected · failed
 *   running ── wait ──▶ waiting ── promote ──▶ ready
 *   running ── giveBack · sweep ──▶ ready              (not its own fault; and dead, when it was, three times)
 *   waiting ── condemn ──▶ failed                     (the doctor knows better what its error means)
 *   blocked · ready · waiting ── endItem ──▶ rejected  (another stage rejected the item; reopenItem takes it back)
 *   waiting · failed ── absolve ──▶ ready              (the breaker has opened: it was not their fault)
 *   ended · waiting ── RETRY · RESET · REPROCESS ──▶ ready, or blocked
 *   ready · blocked ── UNDO ──▶ what it was before     (as long as nobody has claimed it since)
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
  /** The state from which an operator had it run again. */
  was?: 'ready' | 'waiting' | 'done' | 'skipped' | 'rejected' | 'failed' | 'dead';
};

export type TaskVerb =
  | 'open' | 'block' | 'claim' | 'promote' | 'endItem' | 'reopenItem'
  | 'done' | 'skip' | 'reject' | 'fail' | 'wait' | 'giveBack' | 'sweep' | 'condemn' | 'absolve'
  | 'RETRY' | 'RESET' | 'REPROCESS' | 'UNDO';
export type TaskEvent = { type: TaskVerb } & Facts;

const DEADLY_SOLO_CRASHES = 3;

const again = (description: string) =>
  [{ guard: 'needsMet', target: 'ready', description } as const, { target: 'blocked', description: `${description} A stage that it needs comes first.` } as const];
const back = (target: 'ready' | 'waiting', description: string) =>
  [
    { guard: 'itemEnded', target: 'rejected', description: 'Another stage rejected the item meanwhile.' } as const,
    { guard: 'needsMet', target, description } as const,
    { target: 'blocked', description: 'A stage that it needs was taken back meanwhile.' } as const,
  ];

const RETRY = again('Try it again, with all its tries.');
const RESET = again('Begin it anew, whatever was decided about it.');
const REPROCESS = again('Run it again; its output stays until a new one replaces it.');
const UNDO = [
  { guard: 'wasDone', target: 'done', description: 'Nobody had begun it: its output stands, as before.' } as const,
  { guard: 'wasSkipped', target: 'skipped', description: 'Nobody had begun it: it is skipped, as before.' } as const,
  { guard: 'wasRejected', target: 'rejected', description: 'Nobody had begun it: the item ends here, as before.' } as const,
  { guard: 'wasFailed', target: 'failed', description: 'Nobody had begun it: it has failed, as before, with the same error.' } as const,
  { guard: 'wasDead', target: 'dead', description: 'Nobody had begun it: it is dead, as before.' } as const,
  { guard: 'wasWaiting', target: 'waiting', description: 'Nobody had begun it: it waits for its time, as before.' } as const,
];
const wasReady = { guard: 'wasReady', target: 'ready', description: 'What it needs was put back: it is ready, as before.' } as const;
const block = { target: 'blocked', description: 'A stage that it needs begins anew.' } as const;
const absolve = { target: 'ready', description: 'The breaker has opened: it was not its fault, and is not charged.' } as const;
const endItem = { target: 'rejected', description: 'Another stage rejected the item: it ends here.' } as const;

export const taskMachine = setup({
  types: { events: {} as TaskEvent },
  guards: {
    needsMet: ({ event }) => event.needsMet === true,
    itemEnded: ({ event }) => event.itemEnded === true,
    wasDone: ({ event }) => event.was === 'done',
    wasSkipped: ({ event }) => event.was === 'skipped',
    wasRejected: ({ event }) => event.was === 'rejected',
    wasFailed: ({ event }) => event.was === 'failed',
    wasDead: ({ event }) => event.was === 'dead',
    wasWaiting: ({ event }) => event.was === 'waiting' && event.needsMet === true,
    wasReady: ({ event }) => event.was === 'ready' && event.needsMet === true,
    isDeadly: ({ event }) => (event.soloCrashes ?? 0) >= DEADLY_SOLO_CRASHES,
  },
}).createMachine({
  id: 'task',
  description: 'One item at one stage.',
  initial: 'blocked',
  states: {
    blocked: {
      description: 'A stage that it needs has not ended well yet.',
      on: { open: { target: 'ready', description: 'All stages that it needs are done or skipped.' }, endItem, UNDO: [...UNDO, wasReady] },
    },
    ready: {
      description: 'Is claimed as soon as its job may work and a slot is free.',
      on: { claim: { target: 'running', description: 'A worker has a slot for it, and its job is neither held nor draining.' }, block, endItem, UNDO },
    },
    waiting: {
      description: 'Is ready again at a known time.',
      on: {
        promote: { target: 'ready', description: 'Its time has come.' },
        condemn: { target: 'failed', description: 'The doctor has found that its error does not pass: no try will help.' },
        block, endItem, absolve, RESET,
      },
    },
    running: {
      description: 'A handler is at work on it.',
      on: {
        done: { target: 'done', description: 'The handler returned a value, or `ctx.done`.' },
        skip: { target: 'skipped', description: '`ctx.skip`: nothing to do here; the stages after it go on without its output.' },
        reject: { target: 'rejected', description: '`ctx.reject`: the item is not worth going on with; all its further tasks are rejected too.' },
        fail: { target: 'failed', description: 'The last try of a transient error, or an error of this item alone.' },
        wait: back('waiting', '`ctx.defer`, or a transient error or time-out with tries left: the back-off doubles, with jitter.'),
        giveBack: back('ready', 'A temporal or systemic error, or the first bug; or Rivus was stopped.'),
        sweep: [{ guard: 'isDeadly', target: 'dead', description: 'It ran alone and took the process with it, three times.' }, ...back('ready', 'Rivus was killed meanwhile: not charged as a try.')],
      },
    },
    done: {
      description: 'Its output is recorded.',
      on: { block, REPROCESS },
    },
    skipped: {
      description: 'There was nothing to do here; counts as done, without an output.',
      on: { block, RESET, REPROCESS },
    },
    rejected: {
      description: 'The item ends here, or ended at another stage.',
      on: { block, reopenItem: again('The stage that had rejected the item begins anew.'), RESET, REPROCESS },
    },
    failed: {
      description: 'Its tries are used up, or its own data is at fault.',
      on: { block, absolve, RETRY, RESET, REPROCESS },
    },
    dead: {
      description: 'The process died three times while it ran alone.',
      on: { block, RETRY, RESET, REPROCESS },
    },
  },
});
