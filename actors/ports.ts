/**
 * What the actors ask of the world. Everything that is not deterministic comes through here: time, chance,
 * the store, handlers, sources. A test fails if `Date.now`, `setTimeout`, `setImmediate` or `Math.random` is called
 * anywhere but in `runtime/clock.ts`, so that the whole runtime can run on a simulated clock.
 */
import type { Redone, Trial, Tried } from '../machines/canary.ts';
import type { Met, Opinion } from '../machines/doctor.ts';
import type { Asked } from '../machines/guards.ts';
import type { Trouble } from '../machines/incidents.ts';
import type { Letter, NotifierEvent, Target } from '../machines/notifier.ts';
import type { Summary } from '../machines/stage-worker.ts';
import type { JobSpec, StageSpec } from '../machines/spec.ts';
import type { ResourceUse } from '../machines/resource.ts';
import type { Plan } from '../machines/supervisor.ts';
import type { Http } from './http.ts';
import type { Llm } from './llm.ts';

export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** ms from an arbitrary point, never set back: for durations. */
  monotonic(): number;
  /** Runs `run` in the next turn of the event loop. */
  defer(run: () => void): void;
  /** Like the global one, but for any delay: a wait above 2^31-1 ms is split. */
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}

export interface Ports {
  clock: Clock;
  ledger: Ledger;
  budget: Budget;
  handlers: Handlers;
  sources: Sources;
  configuration: Configuration;
  requirements: Requirements;
  secrets: SecretsInUse;
  casebook: Casebook;
  doctorActions: DoctorActions;
  canaries: Canaries;
  resourceHealth: ResourceHealth;
  vitals: Vitals;
  notices: Notices;
  log: Log;
}

/** One line for the operator; `facts` are JSON. */
export type Log = Record<'debug' | 'info' | 'warn' | 'error', (message: string, facts?: Record<string, unknown>) => void>;

// ---------------------------------------------------------------- errors

/** An error as JSON, at most 8 KB. `facts`: what else it says of itself in words and numbers, such as `status` and `retryAfter` (ms). */
export type EncodedError = { name: string; message: string; code?: string; facts?: Record<string, string | number>; stack?: string; cause?: EncodedError };

export const ERROR_CLASSES = ['transient', 'item_specific', 'temporal', 'systemic', 'code_bug'] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** What follows from a class. */
export const ACTIONS = ['retry_later', 'fail_item', 'pause_job'] as const;
export type Action = (typeof ACTIONS)[number];

/** What the doctor says of a failure, and how it came to it. Times are ms since the epoch, money is micro-dollars. */
export type Verdict = {
  class: ErrorClass;
  action: Action;
  /** Try again then, not earlier. */
  retryAt?: number;
  /** The hold on the job ends then. */
  until?: number;
  /** The hold that the job gets, where it is not that of the breaker. */
  hold?: 'budget';
  /** 0 to 1; below 0.5 it is no more than a guess. */
  confidence: number;
  /** Why, for the operator. */
  evidence: string;
  by: 'rule' | 'memory' | 'model' | 'operator';
  rule?: string;
  /** What the error is, whatever item and job it comes from. */
  fingerprint: string;
  costMicroUsd: number;
  ms: number;
};
/** Of a verdict, what decides how a task goes on; failures that no handler threw have no more. */
export type Judgement = Pick<Verdict, 'class' | 'retryAt' | 'until' | 'hold'> & Partial<Verdict>;

// ---------------------------------------------------------------- attempts

/** A task that has been claimed: what a handler needs to run it, and the fence that its settlement must match. */
export type Claim = {
  job: string;
  stage: string;
  itemId: number;
  key: string;
  /** The item's data as JSON text. */
  data: string;
  priority: number;
  /** Starts of this task so far, this one included. */
  attempt: number;
  /** Tries charged so far, this one not included. */
  tries: number;
  /** Fence: a settlement must carry the lease of its claim. */
  lease: number;
  /** Hash over the hashes of the outputs of the stages that this one needs; '' when it needs none. */
  upstream: string;
  /** Micro-dollars that are reserved for it; left out for what costs nothing. */
  reserved?: number;
  /** Why it must not be run, in words: it is settled as failed at once. */
  refusal?: string;
};

/** How an attempt ended. `DESIGN.md` §2 says what follows from each. Money is in micro-dollars, times in ms since the epoch. */
export type Outcome =
  | { kind: 'done'; output: string; priority?: number; discrepancies?: string }
  | { kind: 'skipped'; reason: string }
  | { kind: 'rejected'; reason: string }
  | { kind: 'deferred'; until: number; reason: string }
  | ({ kind: 'failed'; error: EncodedError } & Judgement)
  /** Cut off by a stop, not by its own fault: `ready` again, never charged. */
  | { kind: 'interrupted' };

/** Artifacts that the attempt wrote: content-addressed files that exist already. */
export type ArtifactRef = { hash: string; name: string; bytes: number; media: string };

/** What comes back from a handler. */
export type Result = { outcome: Outcome; costMicroUsd: number; artifacts: readonly ArtifactRef[] };

/** A line that a handler logged. `at`: ms since the epoch. */
export type LogLine = { at: number; level: keyof Log; message: string; facts?: Record<string, unknown> };
/**
 * A request that a handler made of the web. `ms`: from when it was asked for, and of that `waitedMs` for the turn of the host; null as long as there is
 * no answer. `to`: where its redirects ended. `notModified`: answered from what was kept. `bytes`: of the body as it was read.
 */
export type HttpCall = { at: number; method: string; url: string; ms: number | null; waitedMs?: number; status?: number; bytes?: number; redirects?: number; to?: string; notModified?: true; error?: string };
/** What an attempt has logged and asked of the web: the newest of it, and how much older there was. */
export type AttemptLog = { lines: readonly LogLine[]; linesLost: number; calls: readonly HttpCall[]; callsLost: number };

/** A result on its way into the store. */
export type Settlement = {
  claim: Claim;
  result: Result;
  startedAt: number;
  finishedAt: number;
  /** Id of the stage's version, from `Handlers.version`; null when no code of it ran. */
  version: number | null;
  /** For `waiting` after a failure or time-out; computed by the pump (back-off with jitter). */
  dueAt?: number;
  /** This failure was the last try: `failed` instead of `waiting`. */
  lastTry: boolean;
  /** Its handler is still at it, and what it has cost is not known yet: what is reserved stays so. */
  spending?: true;
  /** Left out for an attempt that has logged nothing and asked nothing of the web. */
  log?: AttemptLog;
};

/** What the store said of a settlement: refused when the fence did not match; `invalid` when the row itself could not be written. */
export type Receipt = { settlement: Settlement; answer: 'committed' | 'refused' };

// ---------------------------------------------------------------- money

/** Whose money is spent: that of an attempt, by the lease of its claim; that of a job that looks for work; or the doctor's own. */
export type Spender = Pick<Claim, 'job' | 'stage' | 'itemId' | 'lease'> | { discovery: string } | { doctor: true };

/**
 * Money is held before it can be spent. A call that costs something reserves the most that it can cost, and says afterwards what it
 * did cost; a process that dies in between has spent all that it had reserved.
 */
export interface Budget {
  /**
   * Holds so many micro-dollars; on disk when this resolves.
   * @throws BudgetRefused when a limit would be passed: nothing is held then, and the call is not made
   * @throws CostExceeded when it is the limit of this attempt or item
   */
  reserve(spender: Spender, maxMicroUsd: number): Promise<Reservation>;
  /** Tells when the job can pay for nothing more, and when one that is held for that can pay again, until the answer is called. Never from within the call. */
  watch(job: string, tell: (exhausted: Exhausted | null) => void): () => void;
}

/** As the reason of a hold: `budget: $4.98 of $5.00`. `until`: the next day's start. */
export type Exhausted = { reason: string; until: number };

/**
 * Ends once: by `settle` or by `release`. What was settled is part of the `costMicroUsd` of the attempt's result: it counts as held until
 * that has been committed, and as spent then. A call that is still under way at that commit counts as if it cost the most, until it says otherwise.
 */
export interface Reservation {
  /** The call has been made, and cost so much; never more than was reserved, unless the provider breaks its word. */
  settle(actualMicroUsd: number): void;
  /** Nothing was spent. */
  release(): void;
}

/** It would cost this attempt or item more than it may: another day does not help. */
export class CostExceeded extends Error {
  override name = 'CostExceeded';
}

/** `until`: when there is money again, ms since the epoch; without it, when the limit is raised. */
export class BudgetRefused extends Error {
  override name = 'BudgetRefused';
  readonly until: number | undefined;
  /** @param reason that of the hold: `budget: $4.98 of $5.00` */
  constructor(reason: string, until?: number) {
    super(reason);
    this.until = until;
  }
}

// ---------------------------------------------------------------- ledger

/**
 * The group commit. Everything that members hand in until the next turn of the loop goes into one transaction;
 * only after it has committed are claims handed out, settlements confirmed and promises resolved.
 */
export interface Ledger {
  /** A stage's pump takes its seat. */
  join(job: string, stage: StageSpec, member: Member): Seat;
  /**
   * Records what a discovery found; resolves after the commit. A job's finds keep their order. With `decision` the keys are
   * only noted: there is no room for them.
   */
  found(job: string, candidates: readonly Candidate[], more?: { cursor?: string; decision?: 'over_max_pending' }): Promise<FoundReceipt>;
  /** Tasks of the job that are ready, waiting or running. Kept in memory, exact as of the last commit. */
  pending(job: string): number;
  /** Calls once, after a commit that left fewer than `below` tasks pending. */
  whenPendingBelow(job: string, below: number, then: () => void): () => void;
  /** How the stages of a job stand, whatever their pumps believe; nothing while nobody could claim (the database is locked, the disk full, the runner stops). */
  lookAt(job: JobSpec): StageLook[];
  /** Calls with who holds the slots of a resource and who waits: soon, and when that has changed, four times a second at most. */
  watchResource(name: string, tell: (use: ResourceUse) => void): () => void;
  /** The failures of these items at a stage, one for each time an id occurs, are not charged, and they are ready again: joins the next flush. */
  absolve(job: string, stage: string, items: readonly number[]): void;
  /** A remembered value of `ctx.once`, or undefined. */
  recall(key: string): string | undefined;
  /** Remembers a value for `ctx.once`; resolves after the commit. */
  remember(key: string, value: string): Promise<void>;
}

/** `claims`: tasks that its pump was given since it sat down. `couldClaim`: it would be given one now, if it asked. */
export type StageLook = { stage: string; claims: number; couldClaim: boolean };

/** A stage's pump, as the ledger sees it. Its methods are called between transactions, never within one. */
export interface Member {
  /** How many tasks it could start now. Asked once a flush, before the transaction. */
  free(): number;
  /** Micro-dollars that an attempt costs at most, as declared; 0 where nothing is. */
  maxCost(): number;
  /** Attempts that hold a slot: started and neither handed in nor given up. */
  inFlight(): number;
  /** Slots in use by resource: an attempt keeps those that it was started with, whatever the configuration says since. */
  holding(): ReadonlyMap<string, number>;
  /** After the commit: run these. */
  start(claims: readonly Claim[]): void;
  /** After the commit, in the order in which they were handed in. */
  settled(receipts: readonly Receipt[], finished: number): void;
  /** The runner stops: hand in what is in flight as `interrupted`. */
  interrupt(): void;
  /** One of these has thrown: it is asked no more. Does not throw. */
  broke(error: Error): void;
}

export interface Seat {
  /** There may be work, or room for it: ask this member in the next flush. */
  wake(): void;
  /** Joins the next flush. */
  settle(settlement: Settlement): void;
  /** Nothing more is expected of an attempt that was settled while it was `spending`. */
  giveUp(claim: Claim): void;
  /** After a change of configuration. */
  update(stage: StageSpec): void;
  leave(): void;
}

// ---------------------------------------------------------------- handlers

/** A handler's own check is prepared, watched and run as a stage of this name would be: on a `Validation`, with a `Finding` as its output. */
export const VALIDATE = 'validate()';
/** What the check found amiss; null when nothing is. */
export type Finding = { problem: string | null };

export interface Handlers {
  /** Loads (bundles) the stage's code as the files are now. Rejects with a readable error when it cannot; what was loaded before stays. */
  prepare(job: string, stage: string): Promise<void>;
  /** Whether some code of the stage is loaded: that of now, or of before a mistake. */
  isReady(job: string, stage: string): boolean;
  /** Calls `changed` when files that the stage is made of have changed since it was last prepared, until the answer is called. */
  watch(job: string, stage: string, changed: () => void): () => void;
  /** US dollars that an attempt costs at most, as the loaded code says; undefined when it says nothing. */
  maxCost(job: string, stage: string): number | undefined;
  /** The loaded version of a stage; its row holds the hashes of bundle, prompts, model, config and schema. */
  version(job: string, stage: string): number;
  /** Runs one attempt. Never throws, never rejects: an error is an outcome. It may never settle. */
  run(claim: Claim, signal: AbortSignal | (() => AbortSignal)): Promise<Result>;
  /** What an attempt that is over has logged and asked of the web; undefined when it did neither. From then on nothing of it is kept. */
  takeLog(claim: Claim): AttemptLog | undefined;
}

// ---------------------------------------------------------------- discovery

/**
 * One thing that a strategy found. `filtered` says why it is not taken (the key is recorded all the same).
 * `revision` names the state of its source; a filtered key is looked at again when it changes.
 */
export type Candidate = { key: string; data: unknown; priority?: number; title?: string; filtered?: string; revision?: string };

export const DECISIONS = ['new', 'seen', 'filtered', 'over_max_pending'] as const;
export type Decision = (typeof DECISIONS)[number];
export type FoundReceipt = Record<'new' | 'seen' | 'filtered', number>;

/** What a strategy may use. Nothing else: no globals. */
export type SourceContext = {
  job: string;
  signal: AbortSignal;
  log: Log;
  now(): number;
  /** Resolves in the next turn of the event loop: called between the parts of long work, so that nobody waits for all of it. */
  turn(): Promise<void>;
  /** Folder of jobs.yaml, absolute: relative paths in options start here. */
  root: string;
  /** Guarded, paced and cached like `ctx.http`; it ends with the poll. A feed that has not changed is answered with `notModified`. */
  http: Http;
  /** As in a stage. Its calls are the job's own, and no item's: they count for the limits of the job and of the whole runner. */
  llm: Llm;
  /** What costs money without `llm`, such as a search that is paid for. */
  cost: {
    /**
     * Holds so many US dollars, the most that a call can cost, before it is made. What has not ended with the poll counts as spent.
     * @throws BudgetRefused when a limit would be passed; then the job is held until there is room for it, and looks again
     */
    reserve(most: number): Promise<{ settle(cost: number): void; release(): void }>;
  };
  /** JSON that the strategy stored at its last finished poll of this job, or undefined. */
  cursor(): unknown;
  /** Stores a cursor. It is written together with the candidates yielded before. */
  saveCursor(value: unknown): void;
  /** Reads outputs of another job that were committed after `since`, in order of commit. */
  outputs(query: OutputQuery): OutputRow[];
};

export type OutputQuery = { job: string; stage?: string; since: number; limit: number };
/** `seq` rises with every commit of an output, also when an item is reprocessed. `output` is parsed JSON. */
export type OutputRow = { seq: number; itemId: number; key: string; stage: string; data: unknown; output: unknown; hash: string; priority: number };

/** A discovery strategy: its name, its own options, one async generator of candidates. */
export interface Strategy<Options = Record<string, unknown>> {
  name: string;
  /** A zod object schema; what jobs.yaml may say under `discovery` beside `strategy` and `every`. */
  options: { parse(value: unknown): Options };
  discover(options: Options, source: SourceContext): AsyncGenerator<Candidate, void, void>;
  /** Jobs whose commits wake this one (for chaining); none by default. */
  upstream?(options: Options): string[];
}

/** What comes out of a poll, in order. A cursor covers every candidate before it: commit it together with them, or later. */
export type Found = { candidate: Candidate } | { cursor: string };

export interface Sources {
  /**
   * Starts a poll. The generator may be left suspended for as long as the queue is full; `signal` closes it, also then.
   * It throws what the strategy throws, and ends quietly when it was closed.
   */
  poll(job: JobSpec, signal: AbortSignal): AsyncGenerator<Found, void, void>;
  /** Jobs that this one reads from: it wants to be polled when one of them has finished something. */
  upstream(job: JobSpec): string[];
}

// ---------------------------------------------------------------- configuration

/** What came of reading jobs.yaml: `changes` and `problems` are text for people. */
export type Reading = { kind: 'unchanged' } | { kind: 'accepted'; revision: number; changes: readonly string[] } | { kind: 'refused'; problems: string };

export interface Configuration {
  /**
   * Reads the file. What can be used is stored and in force as a whole when this resolves; else nothing has changed. Never rejects.
   * @param asked somebody asks who means the file as it is; else it may be half written, and what looks so is refused
   * @returns undefined when it was aborted: then nothing has changed either
   */
  read(asked: boolean, signal: AbortSignal): Promise<Reading | undefined>;
  /** Calls when the file has changed and is still again, until the answer is called. */
  watch(changed: () => void): () => void;
  /** The jobs in force, and what each reads from. */
  plan(): Plan;
}

/** What the operator is told. */
export interface Notices {
  /** Calls at once with all that is amiss, and with news until the answer is called. */
  watch(tell: (news: { type: 'troubles.changed'; troubles: Trouble[] } | { type: 'action.noted'; trouble: Trouble }) => void): () => void;
  /** Calls at once with where to send to, and when that changes, until the answer is called. */
  watchTargets(tell: (targets: Target[]) => void): () => void;
  /** Delivers within a time. Never rejects. `again`: another try may help, not before `retryAt` (ms since the epoch). */
  deliver(letter: Letter, signal: AbortSignal): Promise<{ ok: true; said: string } | { ok: false; reason: string; again: boolean; retryAt?: number }>;
  /** Writes down how incidents and letters stand after an event. Joins the next flush. */
  record(state: { incidents: Letter['incident'][]; letters: Letter[]; failing: Record<string, { reason: string }> }, event: NotifierEvent): void;
}

/** What a job's own check looks at. */
export interface Vitals {
  /** `given`: for `validate`, JSON. `spent`: micro-dollars that each stage has cost in all. */
  of(job: string, asked: Asked): { given: string; spent: Record<string, number> };
}

export interface Requirements {
  /** What is missing, as the reason of a hold: `requirement: FINNHUB_API_KEY is not set`; null when nothing is. */
  unmet(requires: JobSpec['requires']): string | null;
}

/** The secrets that jobs use: those of the environment that jobs.yaml names, and those that handlers have read. */
export interface SecretsInUse {
  /** Names of those that are others than when this was last asked, also by a runner before this one. */
  changed(job: JobSpec): string[];
}

// ---------------------------------------------------------------- the doctor

/** News for the doctor, out of what was committed. */
export type CaseNews = ({ type: 'case.met' } & Met) | ({ type: 'evidence.changed' } & Opinion);
/** What came of asking a model. `againAt`: ask nothing before, ms since the epoch. */
export type CaseAnswer = ({ type: 'model.answered' } & Opinion) | { type: 'model.failed'; fingerprint: string; reason: string; againAt?: number };

/** What is known of kinds of errors, over all items and jobs. */
export interface Casebook {
  /** Calls with news until the answer is called. */
  watch(tell: (news: CaseNews) => void): () => void;
  /** Asks a model. Never rejects. */
  ask(about: Met, signal: AbortSignal): Promise<CaseAnswer>;
  /** Puts an opinion in force: for what comes, and for tasks that were settled before it. Joins the next flush. */
  follow(opinion: Opinion): void;
  /** An operator's correction, in force at once. Joins the next flush. */
  learn(correction: { fingerprint: string; class: ErrorClass; reason?: string }): void;
  actionOf(kind: ErrorClass): Action;
}

/** How it goes with what jobs share. */
export interface ResourceHealth {
  /** Calls, right after the commit, with failures that are the resource's and with what shows that it works, until the answer is called. The stage of a summary is the resource. */
  watch(name: string, tell: (summary: Summary) => void): () => void;
  /** The failures of these items, one for each time an id occurs, were the resource's: they are not charged, and ready again. */
  absolve(name: string, items: readonly number[]): void;
}

/** What failed by one kind of error, and how it goes when it is redone. */
export interface Canaries {
  /** Tasks that failed so and have not been tried since, the latest first. */
  next(redone: Redone, most: number): Tried[];
  /**
   * Has those run again that nobody has tried since, and calls once with how all of them ended: as soon as one has failed in the same way,
   * else when none is open. The answer ends that.
   */
  tryAgain(redone: Redone, tasks: readonly Tried[], tell: (trial: Trial) => void): () => void;
  /** Has all that are left run again, and calls with their number. The answer ends that. */
  release(redone: Redone, tell: (tasks: number) => void): () => void;
}

/** What an action costs if it was wrong: a try, an item, or the time of a whole job until somebody looks. */
export type Risk = 'low' | 'medium' | 'high';
/**
 * Something that the doctor did, as its row says. Times are ms since the epoch, money is micro-dollars. `job` and `stage` are null for a
 * correction, which is for all. `retry_later` becomes `pause_job` when it is this that holds the job. `until`: the hold ends by itself then. `endedAt`: what may hold a job is over when its stage works
 * again, or somebody has said that the error means something else; others have no end.
 */
export type DoctorAction = {
  id: number;
  at: number;
  job: string | null;
  stage: string | null;
  fingerprint: string;
  class: ErrorClass;
  action: Action | 'reclassify';
  by: Verdict['by'] | 'evidence';
  risk: Risk;
  reason: string;
  costMicroUsd: number;
  ms: number;
  until: number | null;
  endedAt: number | null;
};
export type ActionNews = { type: 'action.opened' | 'action.ended'; action: DoctorAction };

/** What the doctor did, for whoever sends messages. One trouble at one stage is one action, however many items meet it, until it is over. */
export interface DoctorActions {
  /** Calls right after the commit that holds the row, until the answer is called. */
  watch(tell: (news: ActionNews) => void): () => void;
  /** Those that are not over, the oldest first: for a start. */
  open(): readonly DoctorAction[];
}
