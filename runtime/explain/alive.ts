/** What an explanation asks of the runner that lives in this process. */
import type { RunnerBudget } from '../budget.ts';
import type { GroupCommit } from '../ledger/ledger.ts';
import type { Alive } from './scene.ts';

type Parts = Pick<Alive, 'capacities'> & { ledger: GroupCommit; budget: RunnerBudget };

export const aliveIn = ({ capacities, ledger, budget }: Parts): Alive => ({
  capacities,
  useOf: (name) => ledger.useOf(name),
  nextToken: (name, ahead) => ledger.nextToken(name, ahead),
  shortOf: (job, stage) => budget.shortOf(job, stage),
});
