/** What was to run at a moment, and what of it did: as the supervisor had been told. */
import type { Holds } from '../../machines/lifecycle.ts';
import { none, type Restarts } from '../../machines/restarts.ts';
import type { supervisorContext } from '../../machines/supervisor.ts';
import type { z } from 'zod';
import type { Handle } from '../store/open.ts';
import { seenAt, UnknownPast } from './history.ts';

const ROOT = 'supervisor';
const JOB = /^job\/[^/]+(?=\/)/;

type Root = z.infer<typeof supervisorContext>;
type Parent = Pick<Root, 'restarts'>;

/** `alive`: whether an actor lived. `holds`: by job, as each had said last. `parents`: what each remembered of its children; the path of the root is ''. */
export type PlansThen = Pick<Root, 'jobs' | 'resources'> & { alive(path: string): boolean; holds(job: string): Holds; parents(): { path: string; restarts: Restarts }[] };

/** @throws UnknownPast before the first entry that is kept */
export function plansAt(db: Handle, seq: number): PlansThen {
  const { jobs, resources, restarts, standings } = seenAt(db, ROOT, seq).state.context as Root;
  const below = new Map<string, Restarts>();
  const remembered = (job: string): Restarts => {
    if (!below.has(job)) below.set(job, restarts.alive.includes(job) ? restartsOf(db, job, seq) : none);
    return below.get(job)!;
  };
  const alive = (path: string): boolean => {
    const job = JOB.exec(path)?.[0];
    return job === undefined ? restarts.alive.includes(path) : remembered(job).alive.includes(path.slice(job.length + 1));
  };
  const parents = () => [{ path: '', restarts }, ...jobs.map(({ id }) => ({ path: `job/${id}`, restarts: remembered(`job/${id}`) }))];
  return { jobs, resources, alive, holds: (job) => standings[job]?.holds ?? {}, parents };
}

function restartsOf(db: Handle, job: string, seq: number): Restarts {
  try {
    return (seenAt(db, job, seq).state.context as Parent).restarts;
  } catch (error) {
    if (error instanceof UnknownPast) return none;
    throw error;
  }
}
