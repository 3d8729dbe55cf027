/** The operator's code. */
import type { Asked } from '../../machines/guards.ts';
import type { AttemptLog, Claim, Result } from './attempts.ts';

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

/** What a job's own check looks at. */
export interface Vitals {
  /** `given`: for `validate`, JSON. `spent`: micro-dollars that each stage has cost in all. */
  of(job: string, asked: Asked): { given: string; spent: Record<string, number> };
}
