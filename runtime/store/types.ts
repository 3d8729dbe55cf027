/** What goes into one flush and what comes out of it. */
import type { Candidate, Claim, FoundReceipt, Receipt, Settlement, Spender } from '../../actors/ports.ts';
import type { Condition, STATES_THEN } from '../../inspector/protocol.ts';
import type { DoctorNote } from './doctor.ts';
import type { Notice } from './notices.ts';
import type { Hold, HoldCause } from '../../machines/lifecycle.ts';
import type { Grant } from './money/calls.ts';
import type { Tokens } from './permit/permits.ts';
import type { Short } from './permit/share-out.ts';

export const TASK_STATES = ['blocked', 'ready', 'waiting', 'running', 'done', 'skipped', 'rejected', 'failed', 'dead'] as const;
export type TaskState = (typeof TASK_STATES)[number];
/** Of a task at a time in the past. */
export type StateThen = (typeof STATES_THEN)[number];

/** An event that an actor received, as it was taken from its mailbox. `event` is JSON text. */
/** An event as an actor took it, as JSON text. `state` marks the state that it led to; null when the actor died of it. */
export type JournalEntry = { seq: number; at: number; path: string; type: string; event: string; source: string | null; cause: number | null; state: string | null };

/** An actor's snapshot without its children. `snapshot` is JSON text. */
export type ActorRow = { path: string; parent: string | null; id: string; src: string; version: number; seq: number; snapshot: string };

/** With what the journal holds of its last entry: the mark of the state that it led to; null when none was made, undefined without such an entry. */
export type StoredActorRow = ActorRow & { mark: string | null | undefined };

/** What a lifecycle actor says about its job. */
export type JobProjection = { job: string; claiming: boolean; draining: boolean; holds: Partial<Record<HoldCause, Hold>> };

export type CommandRow = { id: string; at: number; who: string; command: string; state: 'pending' | 'applied' | 'refused'; answer: string | null; seq: number | null };

/**
 * Candidates of one job, in order; `cursor` (JSON text) is stored with them. With `decision`, new keys are recorded as
 * met when there was no room, and become items when they come again.
 */
export type FoundBatch = { job: string; at: number; candidates: readonly Candidate[]; cursor?: string; decision?: 'over_max_pending' };

/** By hand: tasks go back to `ready`, or `blocked` when their needs are not met. */
export type TaskEdit = {
  verb: 'retry' | 'reset' | 'reprocess';
  job: string;
  stage?: string;
  /** Item ids; all items of the job when left out. */
  items?: readonly number[];
  /** All must be true of a task that is taken. */
  where?: readonly Condition[];
  /** Stages that need these run again too, whatever they came to. */
  downstream?: boolean;
  /** It is remembered, and can be undone. */
  mark?: EditMark;
};

export const EDIT_STATES = ['running', 'done', 'aborted', 'failed', 'interrupted', 'undone'] as const;
export type EditState = (typeof EDIT_STATES)[number];
/**
 * An edit by an operator, as it is remembered. `id`: as `edits.next` gave it, the same for all its parts; `about`: what was asked for, as JSON text; `items`: that are meant in all,
 * `part`: of which this flush deals with so many. Without a job: items of several. `at` in ms since the epoch.
 */
export type EditMark = { id: number; at: number; who: string; verb: TaskEdit['verb'] | 'priority'; job?: string; bulk?: string; about: string; items: number; part: number; isLast: boolean };
/** By hand: tasks that an edit made ready or blocked, and nobody has begun since, are what they were; of some items at a time. */
export type Undo = { verb: 'undo'; edit: number };
/** An edit of several parts goes on no more. */
export type EditEnd = { verb: 'end'; edit: number; state: EditState };

/** By hand: items and all their tasks come earlier (lower) or later. */
export type PriorityEdit = { verb: 'priority'; job: string; items: readonly number[]; priority: number; mark?: EditMark };
/** By the doctor: tasks that wait to be tried again after this kind of error fail, for no try will help. */
export type Condemnation = { verb: 'condemn'; job: string; stage: string; fingerprint: string };
/** By a breaker that opened: the failures of these items at the stage, one for each time an id occurs, are not charged, and they are ready again. */
export type AbsolveEdit = { verb: 'absolve'; job: string; stage: string; items: readonly number[] };
export type Edit = TaskEdit | PriorityEdit | Condemnation | AbsolveEdit | Undo | EditEnd;

/**
 * A stage that could take up to `limit` tasks, and the resources of which each task takes one slot (and one token). `pace`: name
 * of its job's token bucket. `ticket`: lower for who has waited longer for slots and tokens. `maxCost`: micro-dollars that an attempt
 * costs at most, as declared.
 */
export type ClaimRequest = { job: string; stage: string; limit: number; resources: readonly string[]; pace?: string; ticket?: number; maxCost?: number };

/**
 * What calls do with money, in micro-dollars: one is about to be made, one has cost so much of what was reserved for it, and an
 * attempt of which nothing will be heard any more.
 */
export type MoneyMove =
  | { kind: 'reserve'; spender: Spender; need: number }
  | { kind: 'end'; id: number; reserved: number; cost: number }
  | { kind: 'lose'; claim: Claim };

export type ShortScope = 'runner' | 'job' | 'stage';
/**
 * A limit that keeps money from being spent, in micro-dollars: `need` is what is missing for one more, `used` what is spent or reserved.
 * `isOver`: nothing in flight will give any of it back.
 */
export type Shortage = { job: string; stage?: string; scope: ShortScope; need: number; limit: number; used: number; isOver: boolean };

/**
 * One call of a model. Money is in micro-dollars, null where there is no price; `assumed`: what it cost is unknown, and this is the most that it
 * can be. `kept`: answered from what was paid before. `outcome`: `ok`, or a word for what went wrong.
 */
/** As the stage of what no attempt does, but a job's discovery. */
export const DISCOVERY = '';

export type LlmCall = Pick<Claim, 'job' | 'stage' | 'itemId' | 'lease'> & {
  attempt: number;
  kind: 'text' | 'object' | 'transcribe';
  alias: string;
  model: string;
  tokensIn: number | null;
  tokensOut: number | null;
  tokensCached: number | null;
  seconds: number | null;
  microUsd: number | null;
  assumed: boolean;
  kept: boolean;
  outcome: string;
  requestId: string | null;
  ms: number;
  at: number;
};
/** What a model answered, packed. */
export type LlmReply = { key: string; body: Buffer };
/** An answer to be kept; without a body it is one that was found again. */
export type NotedReply = { key: string; body?: Buffer };

export type Batch = {
  at: number;
  /** Calendar day for money, e.g. `2026-11-24`. */
  day: string;
  journal: readonly JournalEntry[];
  snapshots: readonly ActorRow[];
  /** Paths of actors that are no more; their rows (and those below them) go. */
  gone: readonly string[];
  jobs: readonly JobProjection[];
  commands: readonly CommandRow[];
  memos: readonly { key: string; value: string }[];
  calls: readonly { call: LlmCall; reply?: NotedReply | undefined }[];
  notes: readonly DoctorNote[];
  notices: readonly Notice[];
  settlements: readonly Settlement[];
  found: readonly FoundBatch[];
  edits: readonly Edit[];
  money: readonly MoneyMove[];
  claims: readonly ClaimRequest[];
  /** Free slots by resource, before this batch's claims. */
  slots: Readonly<Record<string, number>>;
  /** What is in the token buckets, before this batch's claims. */
  tokens: Readonly<Record<string, Tokens>>;
  /** Attempts whose slot is still in use after this batch's settlements, over all stages: a suspect runs alone. */
  inFlight: number;
};

export type Flushed = {
  /** Number of the commit: one more with each. */
  commit: number;
  receipts: Receipt[];
  found: FoundReceipt[];
  /** Tasks that each edit made ready or blocked again, absolved or put back; of a priority, the items that have another one now. */
  edited: number[];
  claims: Claim[];
  /** To each reserve among the moves of money, in their order. */
  grants: Grant[];
  /** Who had a task to start, and there was no money for it. */
  shortages: Shortage[];
  /** Nothing (or one task) was given out because of a task that must run alone: every stage has to ask again when something settles. */
  heldBack: boolean;
  /** Who had a task to start and lacked slots or tokens. */
  short: Short[];
  /** Tokens taken by the claims, by bucket. */
  spent: ReadonlyMap<string, number>;
  /** Jobs of which a task ended `done` in a stage that nothing needs. */
  finished: Set<string>;
  /** Jobs and stages in which tasks became ready in this flush. */
  readied: { job: string; stage: string }[];
  /** Tasks ready, waiting or running, by job, for the jobs in which that changed. */
  pending: Map<string, number>;
  /** When the earliest waiting task is due, or undefined. */
  nextDue: number | undefined;
};
