/** What attempts use of the runtime. */
import type { Claim, Clock, HttpCall, Ledger, Log } from '../../actors/ports.ts';
import type { Artifacts } from '../artifacts.ts';
import type { Doctor } from '../doctor/doctor.ts';
import type { Web } from '../http/web.ts';
import type { Exec } from '../exec.ts';
import type { Asker } from '../llm/asker.ts';
import type { Caller } from '../llm/call.ts';
import type { ModelSpecs } from '../llm/catalogue.ts';
import type { Llm } from '../../actors/llm.ts';
import type { VersionHashes } from './facets.ts';
import type { Meter } from './meter.ts';
import type { Secrets } from './redact.ts';

/** At once, or from another thread. */
type Perhaps<Value> = Value | Promise<Value>;

export type Env = Readonly<Record<string, string | undefined>>;

/** Of the store, what handlers ask. */
export interface HandlersStore {
  /** Of this database, for ever. */
  readonly uuid: string;
  /** Id of a stage's version, made at `at` (ms since the epoch) when its hashes are new. */
  versionId(job: string, stage: string, hashes: VersionHashes, at: number): number | Promise<number>;
  readonly outputs: {
    /** Bodies (JSON text) by name, of those of the stages that have an output. */
    ofItem(itemId: number, stages: readonly string[]): Record<string, string>;
    /** Of all items of a job; outputs are parsed. */
    ofStage(job: string, stage: string): Perhaps<{ key: string; output: unknown }[]>;
  };
}

/** What `ctx.progress` says. */
export type Progress = { job: string; stage: string; itemId: number; key: string; n: number; total?: number; message?: string };

/** What attempts have of the models. */
export interface AskedModels {
  /** Of the configuration in force. */
  specs(): ModelSpecs;
  /** Answers are played from a cassette: no key is needed. */
  readonly keyless: boolean;
  /** Asks for one attempt; `caller` is asked for once per call. */
  for(caller: () => Caller): Asker;
}

export type World = {
  clock: Clock;
  log: Log;
  env: Env;
  /** Folder of jobs.yaml, absolute. */
  root: string;
  web: Pick<Web, 'of'>;
  store: HandlersStore;
  ledger: { recall(key: string): Perhaps<string | undefined>; remember: Ledger['remember'] };
  artifacts: Artifacts;
  /** `signal` is asked for once per program. */
  exec(signal: () => AbortSignal): Exec;
  doctor: Doctor;
  models: AskedModels;
  /** Instead of `models`, in a test. */
  llm?: Llm | undefined;
  /** What attempts have spent that have spent something, by the claim that they were started with. */
  meters: WeakMap<Claim, Meter>;
  secrets: Secrets;
  /** A handler of the job has read this variable. */
  onSecret?(job: string, name: string): void;
  /** A line of an attempt: for the log of the runner, and for its own. Secrets are struck out, and what of the facts is no JSON left out. */
  say(claim: Claim, level: keyof Log, message: string, facts?: Record<string, unknown>): void;
  /** An attempt asks something of the web. */
  noteCall(claim: Claim, call: HttpCall): void;
  /** Frames in bundles as places in the operator's files, secrets struck out. */
  clean(text: string): string;
  onProgress(progress: Progress): void;
  /** US dollars, as soon as they are known: an attempt in a thread may not live to report them. */
  onSpend(usd: number): void;
};
