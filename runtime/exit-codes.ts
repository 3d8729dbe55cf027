/** How the runner ends. From 64 on the codes are those of sysexits(3), so that a service manager can tell what no restart will mend. */
import { StoreUnusable, type Unusable } from './store/unusable.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2, invalidConfiguration: 6, damaged: 65, newer: 70, notWritable: 73, disk: 74, taken: 75 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const OF_A_STORE: Record<Unusable, ExitCode> = {
  damaged: EXIT.damaged,
  rolledBack: EXIT.damaged,
  foreign: EXIT.damaged,
  newer: EXIT.newer,
  notWritable: EXIT.notWritable,
  failing: EXIT.disk,
  full: EXIT.disk,
  busy: EXIT.taken,
};

/** By name where the class would have to be loaded first. */
const BY_NAME: Record<string, ExitCode> = { InvalidConfiguration: EXIT.invalidConfiguration, RunnerAlreadyRunning: EXIT.taken };

export function exitCodeOf(error: Error): ExitCode {
  return error instanceof StoreUnusable ? OF_A_STORE[error.kind] : (BY_NAME[error.name] ?? EXIT.failed);
}
