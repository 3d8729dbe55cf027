/** What was to run at a moment, and what of it did: as the supervisor had been told. */
import type { Holds } from '../../machines/lifecycle.ts';
import type { supervisorContext } from '../../machines/supervisor.ts';
import type { z } from 'zod';
import type { Handle } from '../store/open.ts';
import { stateAt, UnknownPast } from './history.ts';

const ROOT = 'supervisor';
const JOB = /^job\/[^/]+(?=\/)/;

type Root = z.infer<typeof supervisorContext>;
type Parent = Pick<Root, 'restarts'>;

/** `alive`: whether an actor lived. `holds`: by job, as each had said last. */
export type PlansThen = Pick<Root, 'jobs' | 'resources'> & { alive(path: string): boolean; holds(job: string): Holds };

/** @throws UnknownPast before the first entry that is kept */
export function plansAt(db: Handle, seq: number): PlansThen {
  const { jobs, resources, restarts, standings } = stateAt(db, ROOT, seq).state.context as Root;
  const below = new Map<string, ReadonlySet<string>>([[ROOT, new Set(restarts.alive)]]);
  const childrenOf = (job: string): ReadonlySet<string> => {
    if (!below.has(job)) below.set(job, new Set(below.get(ROOT)!.has(job) ? aliveBelow(db, job, seq) : []));
    return below.get(job)!;
  };
  const alive = (path: string): boolean => {
    const job = JOB.exec(path)?.[0];
    return job === undefined ? below.get(ROOT)!.has(path) : childrenOf(job).has(path.slice(job.length + 1));
  };
  return { jobs, resources, alive, holds: (job) => standings[job]?.holds ?? {} };
}

function aliveBelow(db: Handle, job: string, seq: number): string[] {
  try {
    return (stateAt(db, job, seq).state.context as Parent).restarts.alive;
  } catch (error) {
    if (error instanceof UnknownPast) return [];
    throw error;
  }
}
