/**
 * Why a stage starts nothing although it has slots of its own: of what it shares with others a slot or a token is missing, or is kept
 * for somebody who has waited longer and still lacks another one. A task takes all that it needs at once, or nothing.
 */
import type { Explanation } from '../../inspector/protocol.ts';
import { formatRate } from '../../actors/units.ts';
import type { Holder, Waiter } from '../../machines/resource.ts';
import { paceOf, type RateSpec } from '../../machines/spec.ts';
import { runningTasks, type JobFacts, type StageFacts } from '../store/explain-view.ts';
import { specOf, type Alive, type Scene } from './scene.ts';
import { since } from './since.ts';

type Asked = { job: JobFacts; stage: StageFacts; scene: Scene; alive: Alive };
type Said = Pick<Explanation, 'cause' | 'reason' | 'since' | 'until' | 'advice'>;

export function explainShared(job: JobFacts, stage: StageFacts, scene: Scene): Explanation[] {
  const { alive } = scene;
  if (!alive) return [];
  const asked = { job, stage, scene, alive };
  const resources = specOf(job, stage)?.resources ?? [];
  const said = [...pace(asked), ...resources.flatMap((name) => resource(name, asked))];
  return said.map((one) => ({ what: `${job.id} ${stage.name}`, ...one, clearsItself: true, todo: ['npx jobctl reload'] }));
}

function resource(name: string, asked: Asked): Said[] {
  const all = asked.alive.capacities[name];
  if (all === undefined) return [];
  const { holders } = asked.alive.useOf(name);
  const taken = holders.reduce((sum, { slots }) => sum + slots, 0);
  const raise = (key: string) => ({ advice: `raise \`${key}\` of the resource "${name}" in jobs.yaml, then` });
  if (taken >= all) {
    const by = holders.map(({ job, stage, slots }) => `${slots} by ${job} ${stage}`).join(', ');
    return [{ cause: 'resource_full', reason: `${all === 1 ? `the only slot of "${name}" is` : `all ${all} slots of "${name}" are`} taken: ${by}`, ...oldest(holders, asked.scene), ...raise('concurrency') }];
  }
  const token = nextToken(name, asked);
  if (token) return [{ cause: 'resource_rate', reason: `what uses "${name}" starts at ${formatRate(token.rate)}, over all jobs: ${token.turn}`, until: token.at, ...raise('rate') }];
  const free = all - taken;
  return keptFor(name, asked).map((others) => ({ cause: 'resource_full', reason: `${free} of ${all} slots of "${name}" ${free === 1 ? 'is' : 'are'} free, and kept for ${others}`, ...raise('concurrency') }));
}

function pace(asked: Asked): Said[] {
  const { id, spec: { pacing } } = asked.job;
  if (!pacing) return [];
  const advice = `raise \`pacing\` of "${id}" in jobs.yaml, then`;
  const token = nextToken(paceOf(id), asked);
  if (token) return [{ cause: 'pacing', reason: `the tasks of ${id} start at ${formatRate(pacing)}: ${token.turn}`, until: token.at, advice }];
  return keptFor(paceOf(id), asked).map((others) => ({ cause: 'pacing', reason: `the next start of ${id} is kept for ${others}`, advice }));
}

/** When this stage gets a token, and whose turn comes before. */
function nextToken(name: string, asked: Asked): { rate: RateSpec; at: number; turn: string } | undefined {
  const ahead = before(name, asked).filter(({ lacks }) => lacks === undefined);
  const token = asked.alive.nextToken(name, ahead.length);
  return token && { ...token, turn: turnAfter(ahead) };
}

/** Those that have what is free kept for them until they have the rest too; nothing where nobody keeps this stage waiting. */
function keptFor(name: string, asked: Asked): string[] {
  const keepers = before(name, asked).filter(({ lacks }) => lacks !== undefined);
  const lacks = [...new Set(keepers.flatMap(({ lacks }) => lacks!))];
  const [have, need] = keepers.length === 1 ? ['has', 'needs'] : ['have', 'need'];
  return keepers.length > 0 && own(name, asked) !== -1 ? [`${named(keepers)}, which ${have} waited longer and still ${need} ${lacks.map(partOf).join(' and ')}`] : [];
}

const partOf = (name: string): string => (name.startsWith('job/') ? 'its turn' : `"${name}"`);

/** Who waits for it, and is served before this stage. */
function before(name: string, asked: Asked): Waiter[] {
  const { waiters } = asked.alive.useOf(name);
  const place = own(name, asked);
  return waiters.slice(0, place === -1 ? undefined : place);
}

/** The place in the line of this stage; -1 where this is not what it lacks. */
const own = (name: string, { alive, job, stage }: Asked): number => alive.useOf(name).waiters.findIndex((waiter) => waiter.job === job.id && waiter.stage === stage.name && waiter.lacks === undefined);

function turnAfter(ahead: readonly Waiter[]): string {
  if (ahead.length === 0) return 'it waits for the next token';
  return `${ahead.length === 1 ? 'the next token is' : `the next ${ahead.length} tokens are`} for ${named(ahead)}`;
}

const named = (waiters: readonly Waiter[]): string => waiters.map(({ job, stage }) => `${job} ${stage}`).join(', ');

/** Since when the one of those at work is there that began first. */
function oldest(holders: readonly Holder[], { db, jobs }: Scene): { since?: number } {
  const stages = holders.flatMap((holder) => jobs.find(({ id }) => id === holder.job)?.stages.find(({ name }) => name === holder.stage) ?? []);
  return since(stages.flatMap((stage) => runningTasks(db, stage, 1)));
}
