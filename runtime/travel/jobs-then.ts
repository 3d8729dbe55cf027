/** The jobs as they stood, in the words in which the status tells how they stand. */
import type { HoldView, JobView, StageView } from '../../inspector/protocol.ts';
import { breakersOf } from '../../machines/breaker.ts';
import type { Holds, Standing } from '../../machines/lifecycle.ts';
import type { JobSpec, StageSpec } from '../../machines/spec.ts';
import type { WorkThen } from '../store/replay-view.ts';
import { stateText } from '../store/state-name.ts';
import { needsBeside } from '../store/status.ts';
import { TASK_STATES } from '../store/types.ts';
import type { ActorThen, SystemThen } from './then.ts';

/** What a job says of itself, as far as it is looked at here. */
type JobContext = Partial<Standing> & { spec: JobSpec };
type DiscoveryContext = { nextAt: number; lastFound: number | null };
type WorkerContext = { p50Ms?: number | null; p95Ms?: number | null };

const JOB = /^job\/[^/]+$/;

/** `notes`: of which stages nobody knows how many tasks were in which state. What a job cost is not among what is known. */
export function jobsThen({ actors, work }: SystemThen): { jobs: JobView[]; notes: string[] } {
  const byPath = new Map(actors.map((actor) => [actor.path, actor]));
  const jobs = actors.filter(({ path, status }) => JOB.test(path) && status === 'active').map((actor) => jobThen(actor, byPath, work)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const uncounted = work.filter(({ counts }) => !counts).map(({ job, stage }) => `${job} ${stage}`);
  return { jobs, notes: uncounted.length > 0 ? [`how many tasks were in which state was not kept for ${uncounted.join(', ')}`] : [] };
}

function jobThen({ path, context }: ActorThen, actors: ReadonlyMap<string, ActorThen>, work: readonly WorkThen[]): JobView {
  const { spec, ...own } = context as JobContext;
  const lifecycle = actors.get(`${path}/lifecycle`);
  const drain = (lifecycle?.value as { drain?: string } | undefined)?.drain ?? own.drain ?? 'flowing';
  const holds = holdsOf((lifecycle?.context as Standing | undefined)?.holds ?? own.holds ?? {});
  const discovery = actors.get(`${path}/discovery`);
  const guards = actors.get(`${path}/guards`);
  return {
    id: spec.id,
    ...(spec.emoji && { emoji: spec.emoji }),
    ...(spec.pipeline && { pipeline: spec.pipeline }),
    state: drain === 'draining' || drain === 'drained' ? drain : holds.length > 0 ? 'paused' : 'running',
    holds,
    reason: holds.map(({ reason }) => reason).join('; ') || null,
    resumeAt: holds.length > 0 && holds.every(({ until }) => until !== undefined) ? Math.max(...holds.map(({ until }) => until!)) : null,
    costToday: 0, reservedToday: 0, unpricedToday: 0, dailyCostLimit: null, softLimit: false,
    ...(discovery && { discovery: discoveryThen(discovery) }),
    ...(guards && { guards: { state: stateText(guards.value) } }),
    breaker: breakerThen(path, spec, actors),
    stages: spec.stages.map((stage, n) => stageThen(path, spec, n, actors, work)),
  };
}

const holdsOf = (holds: Holds): HoldView[] => Object.entries(holds).map(([cause, hold]) => ({ cause: cause as HoldView['cause'], ...hold })).sort((a, b) => a.since - b.since);

function discoveryThen({ value, context }: ActorThen): NonNullable<JobView['discovery']> {
  const { nextAt, lastFound } = context as DiscoveryContext;
  return { state: stateText(value), nextAt: nextAt ?? null, lastFound: lastFound ?? null };
}

function breakerThen(path: string, spec: JobSpec, actors: ReadonlyMap<string, ActorThen>): JobView['breaker'] {
  const stateOf = (id: string) => stateText(actors.get(`${path}/${id}`)?.value ?? 'closed');
  if (spec.breaker.scope === 'job') return { state: stateOf('breaker') };
  const tripped = Object.keys(breakersOf(spec)).map((id) => [id.slice('breaker/'.length), stateOf(id)] as const).filter(([, state]) => state !== 'closed');
  return tripped.length === 0 ? { state: 'closed' } : { state: tripped[0]![1], stages: Object.fromEntries(tripped) };
}

function stageThen(path: string, spec: JobSpec, n: number, actors: ReadonlyMap<string, ActorThen>, work: readonly WorkThen[]): StageView {
  const { name, concurrency } = spec.stages[n] as StageSpec;
  const worker = actors.get(`${path}/stage/${name}`);
  const known = work.find(({ job, stage }) => job === spec.id && stage === name);
  const { p50Ms, p95Ms } = (worker?.context ?? {}) as WorkerContext;
  const counts = Object.fromEntries(TASK_STATES.map((state) => [state, known?.counts?.[state] ?? (state === 'done' ? (known?.done ?? 0) : 0)])) as Record<(typeof TASK_STATES)[number], number>;
  return {
    name, concurrency, ...needsBeside(spec, n), ...counts, stale: 0,
    ...(worker && { state: worker.status === 'active' ? stateText(worker.value).replace('flowing.', '') : worker.status }),
    ...(p50Ms != null && { p50Ms }),
    ...(p95Ms != null && { p95Ms }),
  };
}
