/** What the control server asks of the runner. */
import type { AcceptingJob } from '../routing/route.ts';
import type { Answer, Command } from '../../inspector/protocol.ts';
import type { StoredArtifact } from '../item-artifacts.ts';
import type { Read, ReadQuery } from './queries.ts';
import type { Watched } from './watch.ts';

export interface ControlledRuntime extends Watched {
  /** In the order of jobs.yaml. */
  readonly jobs: readonly AcceptingJob[];
  /** Another one after every start. */
  bootId: string;
  /** Number of the last journal entry. */
  seq(): number;
  /** Executes a validated command; resolves after it is durable. `who` goes to the audit row; `id` makes it idempotent. */
  execute(command: Command, who: string, id: string): Promise<Answer>;
  read(query: ReadQuery): Promise<Read>;
  /** A file that an attempt of the item wrote, by its hash. */
  artifact(item: number, hash: string): StoredArtifact | undefined;
}
