/** What an explanation asks of the runner that lives in this process. */
import type { RunnerBudget } from '../budget.ts';
import type { DiskSpace } from '../disk-space.ts';
import type { GroupCommit } from '../ledger/ledger.ts';
import type { Alive } from './scene.ts';

type Parts = Pick<Alive, 'capacities'> & { ledger: GroupCommit; budget: RunnerBudget; space: DiskSpace };

export const aliveIn = ({ capacities, ledger, budget, space }: Parts): Alive => ({
  capacities,
  fullDisk: space.reason === undefined ? undefined : { reason: space.reason, since: space.since },
  useOf: (name) => ledger.useOf(name),
  nextToken: (name, ahead) => ledger.nextToken(name, ahead),
  dayEnds: budget.dayEnds(),
  shortOf: (job, stage) => budget.shortOf(job, stage),
  heldFor: (job) => budget.heldFor(job),
});
