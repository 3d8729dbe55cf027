/** Tells a job when its money is over, and when there is some again. */
import { fromCallback } from 'xstate';
import type { JobEvent } from '../machines/job.ts';
import type { Ports } from './ports.ts';

export const budget = ({ clock, budget }: Ports) =>
  fromCallback<{ type: string }, { job: string }>(({ input: { job }, sendBack }) => {
    const tell = sendBack as (event: JobEvent) => void;
    return budget.watch(job, (exhausted) => tell(exhausted ? { type: 'budget.exhausted', ...exhausted, at: clock.now() } : { type: 'budget.restored', at: clock.now() }));
  });
