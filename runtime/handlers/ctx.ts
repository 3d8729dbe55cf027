/** What a stage may use: every effect goes through `ctx`, so that a stage can run alone in a test. */
import type { Http } from '../../actors/http.ts';
import type { ArtifactRef, Log } from '../../actors/ports.ts';
import type { Exec } from '../exec.ts';
import type { Llm } from '../../actors/llm.ts';
import type { Deferred, Done, DoneOptions, Rejected, Skipped } from './ended.ts';

/** What a stage gets as `ctx`. */
export interface Ctx {
  /** Name of the job. */
  readonly job: string;
  /** Name of the stage. */
  readonly stage: string;
  readonly item: { readonly id: number; readonly key: string; readonly priority: number };
  /** Starts of this task so far, this one included. */
  readonly attempt: number;
  /** Aborted when the stage's `timeout` has passed, or when Rivus stops. */
  readonly signal: AbortSignal;
  /** The same for every attempt at this item by this version of the stage: pass it to what must not happen twice. */
  readonly idempotencyKey: string;

  /** This is the output, with a new priority for the rest of the way, or money that was spent. */
  done<const Value>(value: Value, options?: DoneOptions): Done<Value>;
  /** Nothing to do here; the next stages go on without an output of this one. */
  skip(reason: string): Skipped;
  /** The item ends here. */
  reject(reason: string): Rejected;
  /** Not before `until`: ms since the epoch, a `Date`, an ISO date, or from now on (`3h`). Not counted as a try. */
  defer(until: number | string | Date, reason: string): Deferred;

  readonly log: Log;
  readonly http: Http;
  readonly exec: Exec;
  readonly llm: Llm;
  readonly artifacts: CtxArtifacts;
  /** Adds US dollars to what this attempt has cost; they count whether it succeeds or not. Throws for NaN or less than 0. */
  readonly cost: { add(usd: number): void };
  /** A variable of the environment. Its value is struck out of logs and errors. Throws `MissingSecret`. */
  secret(name: string): string;
  /** ms since the epoch. */
  now(): number;
  /** How far this attempt is, for the onlooker. */
  progress(n: number, total?: number, message?: string): void;
  /**
   * Runs `effect` once for this item and stage, however often it is tried; later attempts get the remembered value (JSON).
   * The value is on disk before this returns. When `effect` throws, nothing is remembered.
   */
  once<Value>(name: string, effect: () => Value | Promise<Value>): Promise<Value>;
  /** All outputs that a stage of this job has now, each with the key of its item. For digests. */
  outputs<Output = any>(stage: string): Promise<{ key: string; output: Output }[]>;
}

export interface CtxArtifacts {
  /**
   * Writes a file named by its content; it is on disk before this returns. `name` is a relative path for people;
   * `publish` also puts a copy at `<data>/published/<job>/<name>`. `media` is guessed from the name when left out.
   */
  write(name: string, data: string | Uint8Array, options?: { media?: string; publish?: boolean }): Promise<ArtifactRef>;
  /** Throws `ArtifactError` when there is none, or when its bytes are not what its hash says. */
  read(ref: string | Pick<ArtifactRef, 'hash'>): Promise<Buffer>;
  /** `read`, as UTF-8. */
  text(ref: string | Pick<ArtifactRef, 'hash'>): Promise<string>;
}
