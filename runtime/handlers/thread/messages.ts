/** What the runner and a handler's thread tell each other. One thread runs one version of one stage, one attempt at a time. */
import type { Claim, Result } from '../../../actors/ports.ts';
import type { JobSpec, StageSpec } from '../../../machines/spec.ts';
import type { ModelSpecs } from '../../llm/catalogue.ts';
import type { Bundle } from '../bundle.ts';
import type { VersionHashes } from '../facets.ts';
import type { WireError } from './wire-error.ts';

/** What a thread is started with. `root`, `bundles`: absolute. */
export type Assignment = { job: JobSpec; stage: StageSpec; bundle: Pick<Bundle, 'hash' | 'prompts'>; bundles: string; root: string; uuid: string; models: ModelSpecs; keyless: boolean };

export type ToThread =
  /** `prev`: bodies of what the stage needs, JSON by name. */
  | { type: 'run'; claim: Claim; prev: Record<string, string> }
  | { type: 'abort'; name: string; message: string }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refusal'; id: number; error: WireError };

export type FromThread =
  | { type: 'loaded'; hashes: VersionHashes; needs: readonly string[]; maxCost: number | undefined }
  | { type: 'unloadable'; message: string }
  /** An effect that the runner is asked for; it is answered. */
  | { type: 'call'; id: number; effect: string; given: unknown[] }
  /** One that needs no answer. */
  | { type: 'say'; effect: string; given: unknown[] }
  /** Something has gone wrong outside of any attempt's path: it runs no more of them. */
  | { type: 'tainted' }
  | { type: 'ended'; result: Result };
