/** One attempt at a task, from its claim to its receipt. */
import type { EncodedError, Judgement } from './errors.ts';
import type { Log } from './world.ts';

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
