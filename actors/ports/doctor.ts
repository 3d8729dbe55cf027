/** What is known of errors over all attempts, and what follows from it. */
import type { Redone, Trial, Tried } from '../../machines/canary.ts';
import type { Met, Opinion } from '../../machines/doctor.ts';
import type { Summary } from '../../machines/stage-worker.ts';
import type { Action, ErrorClass, Verdict } from './errors.ts';

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
