/** All that an explanation looks at. */
import type { ResourceUse } from '../../machines/resource.ts';
import type { RateSpec } from '../../machines/spec.ts';
import type { JobFacts, StageFacts } from '../store/explain-view.ts';
import type { Handle } from '../store/open.ts';
import type { Shortage } from '../store/types.ts';

/** What only a living runner knows. A `name` is that of a resource, or the pace of a job. */
export type Alive = {
  /** Nothing starts until it has room again. */
  fullDisk: { reason: string; since: number | undefined } | undefined;
  /** Slots of each resource. */
  capacities: Readonly<Record<string, number>>;
  useOf(name: string): ResourceUse;
  /** When there is a token for the one that `ahead` others come before (ms since the epoch); undefined where there is one now, or no rate. */
  nextToken(name: string, ahead: number): { rate: RateSpec; at: number } | undefined;
  /** When the next day of money begins, ms since the epoch. */
  dayEnds: number;
  /** What keeps money from a stage, at the last look. */
  shortOf(job: string, stage: string): Shortage | undefined;
  /** What there was no money for when a job was held; undefined of a hold from before the runner started. */
  heldFor(job: string): Shortage | undefined;
};

export type World = {
  db: Handle;
  /** Whether a runner lives on the database. */
  running: boolean;
  alive?: Alive;
};

export type Scene = World & { jobs: JobFacts[] };

/** Stage of a job; undefined when the configuration has it no more. */
export const specOf = ({ spec }: JobFacts, { name }: StageFacts) => spec.stages.find((stage) => stage.name === name);

/** Attempts that were given up and still keep their slot. */
export const zombiesOf = ({ actors }: JobFacts, { name }: StageFacts): number => Number(actors.get(`stage/${name}`)?.context['zombies'] ?? 0);

/** Why the code of a stage, as it is in its file, cannot be run. */
export function brokenCodeOf({ actors }: JobFacts, { name }: StageFacts): string | undefined {
  const reason = actors.get(`stage/${name}`)?.context['unloadable'];
  return typeof reason === 'string' ? reason : undefined;
}

export const inUse = (job: JobFacts, stage: StageFacts): number => stage.counts.running + zombiesOf(job, stage);

export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
