/** `ctx.llm`: what a stage may ask of models. Types only. */
import type { z } from 'zod';
import type { ArtifactRef } from './ports.ts';

export type LlmOptions = {
  /** Its name under `models` in jobs.yaml; when left out `default`, and without that the first one there. Name it in `uses` as well. */
  model?: string;
  /** For all of the call: ms or `30s`; 2 minutes unless jobs.yaml says otherwise. */
  timeout?: number | string;
  /** The same question is paid once: its answer is kept and found again, also after a restart. `false` neither looks nor keeps. */
  cache?: boolean;
};

export type LlmRequest = LlmOptions & {
  /** What the model is to do; it does not change from item to item. */
  prompt: string;
  /** What it is to do it with: text, or anything that is JSON. It is sent as material, apart from the prompt. */
  input?: unknown;
  /** Most tokens of the answer; 4096 unless jobs.yaml says otherwise. With the input, it is what a call can cost at most. */
  maxOutputTokens?: number;
  temperature?: number;
};

/** A path (relative ones start at the folder of jobs.yaml), an artifact, or the bytes. */
export type AudioFile = string | Pick<ArtifactRef, 'hash' | 'name'> | { bytes: Uint8Array; name: string };
export type TranscribeOptions = LlmOptions & {
  /** ISO-639-1, such as `en`. */
  language?: string;
  /** How long the recording is; what it can cost at most follows from it. Without, it is taken for as long as so many bytes can be. */
  seconds?: number;
};
export type Transcript = { text: string; /** How long it is, where the provider says so. */ seconds?: number };

/**
 * All reject with `LlmNotConfigured` when jobs.yaml has no such model or its key is not set, `BudgetRefused` when there is no money for
 * the call, `ModelError` for what the provider says is wrong, `NetworkError` and `ModelTimeout` when there is no answer, `ModelRefused`
 * (by the model or a filter), `AnswerCutOff` (the answer is longer than `maxOutputTokens`), `UnusableAnswer` (empty, or not what was asked
 * for), and with the reason of the attempt's signal when that aborts. These are told apart by `name`.
 */
export interface Llm {
  /** Whether the model that is asked by default can be: for stages that do without one as well. */
  readonly configured: boolean;
  /** Asks for prose. */
  text(request: LlmRequest): Promise<string>;
  /** Asks for JSON of a schema. An answer that does not fit is sent back once, with what is wrong with it. */
  object<Schema extends z.ZodType>(request: LlmRequest & { schema: Schema }): Promise<z.output<Schema>>;
  /** What is said in a recording. `model` is `transcribe` when left out. */
  transcribe(file: AudioFile, options?: TranscribeOptions): Promise<Transcript>;
}
