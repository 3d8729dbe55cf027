/** What the control server asks of the runner. */
import type { AcceptingJob } from '../routing/route.ts';
import type { ActorView, Answer, Command, StatusView, WhyView } from '../../inspector/protocol.ts';
import type { Question } from '../explain/explain.ts';

export interface ControlledRuntime {
  /** In the order of jobs.yaml. */
  readonly jobs: readonly AcceptingJob[];
  /** Another one after every start. */
  bootId: string;
  /** Number of the last journal entry. */
  seq(): number;
  /** Executes a validated command; resolves after it is durable. `who` goes to the audit row; `id` makes it idempotent. */
  execute(command: Command, who: string, id: string): Promise<Answer>;
  actor(path: string): ActorView | undefined;
  status(): StatusView;
  /** Why something does not move. */
  why(question: Question): WhyView;
}
