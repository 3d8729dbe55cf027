/** The children of a job: which it has, and what each is given when it starts. */
import { breakersOf } from './breaker.ts';
import type { JobContext } from './job-context.ts';
import type { JobSpec } from './spec.ts';

export const LIFECYCLE = 'lifecycle';
/** Names of the actors that a job spawns. */
export type Source = 'lifecycle' | 'discovery' | 'breaker' | 'canary' | 'stageWorker' | 'guards' | 'window' | 'requirements' | 'budget' | 'deadMan';

/**
 * What a job has one of, by id, in the order in which it starts: further ones join here. Each says what it is given; those that are
 * no machines have no row and no path of their own. With the stages a job has at most about 30 children.
 */
const ONE_OF_EACH: Record<Exclude<Source, 'breaker' | 'canary' | 'stageWorker'>, { leaf?: true; wanted?(spec: JobSpec): boolean; input(context: JobContext, at: number): object }> = {
  lifecycle: { input: ({ holds, drain }, at) => ({ at, holds, drain }) },
  discovery: { input: ({ spec }, at) => ({ at, job: spec.id, spec: spec.discovery, maxPending: spec.guards.maxPending }) },
  guards: { wanted: isGuarded, input: ({ spec, holds, drain }, at) => ({ at, job: spec.id, spec: spec.guards, holds, drain }) },
  window: { wanted: ({ window }) => window !== undefined, input: ({ spec }, at) => ({ at, job: spec.id }) },
  requirements: { leaf: true, input: ({ spec, holds }) => ({ job: spec.id, known: holds.requirement?.reason ?? null }) },
  budget: { leaf: true, input: ({ spec }) => ({ job: spec.id }) },
  deadMan: { leaf: true, input: ({ spec }) => ({ job: spec.id }) },
};

function isGuarded({ guards: { maxPending, dailyCostLimit, validate } }: JobSpec): boolean {
  return maxPending !== undefined || dailyCostLimit !== undefined || validate;
}

/** Ids of the children that a job has. */
export const childrenOf = (spec: JobSpec, canaries: JobContext['canaries'] = {}): string[] => [
  ...Object.entries(ONE_OF_EACH).filter(([, { wanted }]) => wanted?.(spec) ?? true).map(([id]) => id),
  ...Object.keys(breakersOf(spec)),
  ...spec.stages.map(({ name }) => `stage/${name}`),
  ...Object.keys(canaries).map(canaryOf),
];

export const canaryOf = (fingerprint: string): string => `canary/${fingerprint}`;

/** What to spawn for a child's id. Its path is its systemId: a second one of the same path is a loud error. */
export function childOf(id: string, context: JobContext, at: number): [src: any, options: any] {
  const { spec } = context;
  const systemId = `job/${spec.id}/${id}`;
  const stage = spec.stages.find(({ name }) => id === `stage/${name}`);
  if (stage) return ['stageWorker', { id, systemId, input: { at, job: spec.id, spec: stage } }];
  const guarded = breakersOf(spec)[id];
  if (guarded) return ['breaker', { id, systemId, input: { at, job: spec.id, ...guarded } }];
  const redone = Object.entries(context.canaries).find(([fingerprint]) => id === canaryOf(fingerprint));
  if (redone) return ['canary', { id, systemId, input: { at, job: spec.id, fingerprint: redone[0], ...redone[1] } }];
  const { leaf, input } = ONE_OF_EACH[id as keyof typeof ONE_OF_EACH];
  return [id, { id, ...(!leaf && { systemId }), input: input(context, at) }];
}
