/** What the operator has set: the file, and what jobs need to be there. */
import type { JobSpec } from '../../machines/spec.ts';
import type { Plan } from '../../machines/supervisor.ts';

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

export interface Requirements {
  /** What is missing, as the reason of a hold: `requirement: FINNHUB_API_KEY is not set`; null when nothing is. */
  unmet(requires: JobSpec['requires']): string | null;
}

/** The secrets that jobs use: those of the environment that jobs.yaml names, and those that handlers have read. */
export interface SecretsInUse {
  /** Names of those that are others than when this was last asked, also by a runner before this one. */
  changed(job: JobSpec): string[];
}
