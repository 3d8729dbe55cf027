/** Looks whether a job has what it requires, and whether its secrets are others: at its start, when its specification changes or somebody asks, and now and then. */
import { fromCallback } from 'xstate';
import type { JobEvent } from '../machines/job.ts';
import type { JobSpec } from '../machines/spec.ts';
import type { Ports } from './ports.ts';

const LOOK_AGAIN_MS = 60_000;

type Input = { job: string; known: string | null };

/** Says only what is news: an operator who lifted the hold by force is not contradicted every minute. */
export const requirements = ({ clock, requirements, secrets }: Ports, specOf: (job: string) => JobSpec | undefined) =>
  fromCallback<{ type: string }, Input>(({ input: { job, known }, sendBack, receive }) => {
    let timer: unknown;
    const tell = sendBack as (event: JobEvent) => void;
    const look = () => {
      clock.clearTimeout(timer);
      const spec = specOf(job);
      if (spec === undefined) return;
      const { env, bin } = spec.requires;
      if (env.length + bin.length > 0) timer = clock.setTimeout(look, LOOK_AGAIN_MS);
      const names = secrets.changed(spec);
      if (names.length > 0) tell({ type: 'secrets.changed', names, at: clock.now() });
      const unmet = requirements.unmet(spec.requires);
      if (unmet === known) return;
      known = unmet;
      tell(unmet === null ? { type: 'requirement.met', at: clock.now() } : { type: 'requirement.unmet', reason: unmet, at: clock.now() });
    };
    receive(look);
    look();
    return () => clock.clearTimeout(timer);
  });
