/** How all jobs stand, from the rows alone: the same with the runner alive or stopped. Reads only. */
import type { Database } from 'better-sqlite3';
import type { ConfigView, HoldView, JobView, RunnerView, StageView, StatusView } from '../../inspector/protocol.ts';
import type { BudgetSpec, JobSpec } from '../../machines/spec.ts';
import { READABLE } from './actors.ts';
import { readCanaries, type CanaryView } from './canaries-view.ts';
import { readAsideOfLastStart } from './aside-view.ts';
import { OPEN } from './counts.ts';
import { downByJob, type Down } from './deaths-view.ts';
import { daysIn } from './money/days.ts';
import { needOf } from './money/micro.ts';
import { readUndelivered } from './notices-view.ts';
import { preparedFor } from './prepared.ts';
import { readResources } from './resources-view.ts';
import { stateName } from './state-name.ts';
import { TASK_STATES, type TaskState } from './types.ts';

/** What was given up longer ago is history. */
const DAY_MS = 86_400_000;

type JobRow = { id: string; spec: string; draining: number; archived: number };
type HoldRow = Omit<HoldView, 'until'> & { job: string; until: number | null };
type StageRow = { id: number; job: string; name: string; largestCost: number };
/** Micro-dollars. */
type DayCost = { job: string; spent: number; reserved: number; unpriced: number };
type CountRow = { stageId: number; state: number; n: number };
type ActorFacts = { path: string; value: string | null; nextAt: number | null; lastFound: number | null; p50Ms: number | null; p95Ms: number | null };

const statements = preparedFor((db) => ({
  jobs: db.prepare<[], JobRow>('SELECT id, spec, draining, archived FROM job ORDER BY archived, id'),
  holds: db.prepare<[], HoldRow>('SELECT job, cause, reason, since, until FROM hold ORDER BY job, since, cause'),
  stages: db.prepare<[], StageRow>('SELECT id, job, name, largest_cost AS largestCost FROM stage WHERE active = 1 ORDER BY job, position'),
  counts: db.prepare<[], CountRow>('SELECT stage_id AS stageId, state, n FROM task_count WHERE n > 0'),
  parked: db.prepare<[], { job: string; stage: string; tasks: number }>(
    `SELECT job, name AS stage, sum(n) AS tasks FROM stage JOIN task_count ON stage_id = stage.id AND ${OPEN} WHERE active = 0 GROUP BY stage.id HAVING tasks > 0 ORDER BY job, position`,
  ),
  config: db.prepare<[], { readAt: number; problems: string | null }>(
    `SELECT snapshot ->> '$.context.readAt' AS readAt, snapshot ->> '$.context.problems' AS problems FROM actor WHERE path = 'config' AND ${READABLE}`,
  ),
  revision: db.prepare<[], { id: number; at: number }>('SELECT id, at FROM config_revision ORDER BY id DESC LIMIT 1'),
  costs: db.prepare<[string], DayCost>(
    'SELECT job, sum(settled + lost) AS spent, sum(reserved) AS reserved, sum(unpriced) AS unpriced FROM cost_day WHERE day = ? GROUP BY job',
  ),
  budget: db.prepare<[], BudgetSpec>('SELECT tz, daily_cost_limit AS dailyCostLimit FROM budget'),
  // A snapshot can be large; only these parts of it leave SQLite. '0' follows '/'.
  actors: db.prepare<[], ActorFacts>(
    `SELECT path, snapshot ->> '$.value' AS value, snapshot ->> '$.context.nextAt' AS nextAt, snapshot ->> '$.context.lastFound' AS lastFound,
            snapshot ->> '$.context.p50Ms' AS p50Ms, snapshot ->> '$.context.p95Ms' AS p95Ms
       FROM actor WHERE path > 'job/' AND path < 'job0' AND ${READABLE}`,
  ),
}));

/** Everything that one pass over the tables found, by what it belongs to. */
type Facts = {
  holds: Map<string, HoldView[]>;
  stages: Map<string, StageRow[]>;
  parked: Map<string, { stage: string; tasks: number }[]>;
  counts: Map<number, Partial<Record<TaskState, number>>>;
  costs: Map<string, DayCost>;
  actors: Map<string, ActorFacts>;
  down: Map<string, Down[]>;
  canaries: Map<string, CanaryView[]>;
};

/** `now` (ms since the epoch) says which day's money is shown. Without `runner` the runner counts as stopped. */
export function readStatus(db: Database, now: number, runner: RunnerView = { state: 'stopped' }): StatusView {
  const prepared = statements(db);
  const read = db.transaction(() => {
    const facts: Facts = {
      holds: holdsByJob(prepared.holds.all()),
      stages: Map.groupBy(prepared.stages.all(), (stage) => stage.job),
      parked: Map.groupBy(prepared.parked.all(), ({ job }) => job),
      counts: countsByStage(prepared.counts.all()),
      costs: new Map(prepared.costs.all(daysIn(prepared.budget.get()!.tz).of(now)).map((cost) => [cost.job, cost])),
      actors: new Map(prepared.actors.all().map((actor) => [actor.path, actor])),
      down: downByJob(db),
      canaries: Map.groupBy(readCanaries(db), ({ job }) => job),
    };
    const undelivered = readUndelivered(db, now - DAY_MS);
    const [aside, resources] = [readAsideOfLastStart(db), readResources(db, runner.state !== 'stopped')];
    return { jobs: prepared.jobs.all().map((job) => jobView(job, facts)), ...configView(prepared.config.get(), prepared.revision.get()), ...(resources.length > 0 && { resources }), ...(aside.length > 0 && { aside }), ...(undelivered.length > 0 && { undelivered }) };
  });
  return { runner, ...read() };
}

function jobView(row: JobRow, facts: Facts): JobView {
  const spec = JSON.parse(row.spec) as JobSpec;
  const holds = facts.holds.get(row.id) ?? [];
  const discovery = facts.actors.get(`job/${row.id}/discovery`);
  const guards = facts.actors.get(`job/${row.id}/guards`);
  const [parked, down, canaries] = [facts.parked.get(row.id), facts.down.get(row.id), facts.canaries.get(row.id)];
  return {
    id: row.id,
    ...(spec.emoji && { emoji: spec.emoji }),
    ...(spec.pipeline && { pipeline: spec.pipeline }),
    state: jobState(row, holds, facts),
    holds,
    reason: holds.map((hold) => hold.reason).join('; ') || null,
    resumeAt: resumeAt(holds),
    ...moneyView(facts.costs.get(row.id)),
    dailyCostLimit: spec.guards.dailyCostLimit ?? null,
    softLimit: (facts.stages.get(row.id) ?? []).some((stage) => isSoft(stage, spec)),
    ...(discovery && { discovery: { state: stateName(discovery.value), nextAt: discovery.nextAt, lastFound: discovery.lastFound } }),
    ...(guards && { guards: { state: stateName(guards.value) } }),
    breaker: breakerView(row.id, spec, facts),
    stages: (facts.stages.get(row.id) ?? []).map((stage) => stageView(stage, spec, facts)),
    ...(canaries && { canaries: canaries.map(({ job: _, ...canary }) => canary) }),
    ...(down && { down }),
    ...(parked && { parked: parked.map(({ stage, tasks }) => ({ stage, tasks })) }),
  };
}

function breakerView(job: string, { stages }: JobSpec, { actors }: Facts): JobView['breaker'] {
  const stateOf = (id: string) => stateName(actors.get(`job/${job}/${id}`)?.value ?? 'closed');
  if (actors.has(`job/${job}/breaker`)) return { state: stateOf('breaker') };
  const tripped = stages.map(({ name }) => [name, stateOf(`breaker/${name}`)] as const).filter(([, state]) => state !== 'closed');
  return tripped.length === 0 ? { state: 'closed' } : { state: (tripped.find(([, state]) => state.startsWith('open')) ?? tripped[0]!)[1], stages: Object.fromEntries(tripped) };
}

function moneyView(cost: DayCost | undefined): Pick<JobView, 'costToday' | 'reservedToday' | 'unpricedToday'> {
  const { spent = 0, reserved = 0, unpriced = 0 } = cost ?? {};
  return { costToday: spent / 1e6, reservedToday: reserved / 1e6, unpricedToday: unpriced };
}

/** It has cost more than it declares. */
const isSoft = ({ name, largestCost }: StageRow, { stages }: JobSpec): boolean => largestCost > needOf(stages.find((stage) => stage.name === name)?.maxCost ?? 0);

/** While the file is being read, what was said of it last still holds. */
function configView(config: { readAt: number; problems: string | null } | undefined, revision: { id: number; at: number } | undefined): { config?: ConfigView } {
  if (!config) return {};
  const { readAt, problems } = config;
  return { config: { state: problems === null ? 'inForce' : 'refused', readAt, ...(problems !== null && { problems }), ...(revision && { revision }) } };
}

/** A drain shows before a hold: the operator asked for it and waits for its end, and the holds are listed anyway. */
function jobState({ id, draining, archived }: JobRow, holds: readonly HoldView[], { actors, stages, counts }: Facts): JobView['state'] {
  if (archived) return 'archived';
  if (draining) {
    const lifecycle = actors.get(`job/${id}/lifecycle`)?.value;
    const atRest = (stages.get(id) ?? []).every((stage) => !counts.get(stage.id)?.running);
    return (lifecycle ? stateName(lifecycle).includes('drained') : atRest) ? 'drained' : 'draining';
  }
  return holds.length > 0 ? 'paused' : 'running';
}

function resumeAt(holds: readonly HoldView[]): number | null {
  const ends = holds.map((hold) => hold.until);
  return ends.length > 0 && ends.every((end) => end !== undefined) ? Math.max(...ends) : null;
}

function stageView({ id, job, name }: StageRow, spec: JobSpec, { actors, counts, down }: Facts): StageView {
  const worker = actors.get(`job/${job}/stage/${name}`);
  const n = counts.get(id) ?? {};
  const at = spec.stages.findIndex((stage) => stage.name === name);
  return {
    name,
    ...(worker ? { state: stateName(worker.value).replace('flowing.', '') } : stateOfDown(name, down.get(job))),
    concurrency: spec.stages[at]?.concurrency ?? 0,
    ...needsBeside(spec, at),
    ...resourcesOf(spec, at),
    blocked: n.blocked ?? 0,
    ready: n.ready ?? 0,
    waiting: n.waiting ?? 0,
    running: n.running ?? 0,
    done: n.done ?? 0,
    skipped: n.skipped ?? 0,
    rejected: n.rejected ?? 0,
    failed: n.failed ?? 0,
    dead: n.dead ?? 0,
    stale: 0,
    ...(worker && worker.p50Ms !== null && { p50Ms: worker.p50Ms }),
    ...(worker && worker.p95Ms !== null && { p95Ms: worker.p95Ms }),
  };
}

const resourcesOf = ({ stages }: JobSpec, at: number): Pick<StageView, 'resources'> => (stages[at] && stages[at].resources.length > 0 ? { resources: stages[at].resources } : {});

/** Left out where a stage waits for the one before it. */
export function needsBeside({ stages }: JobSpec, at: number): Pick<StageView, 'needs'> {
  const needs = stages[at]?.needs ?? [];
  const before = stages[at - 1]?.name;
  return needs.length === Number(at > 0) && (needs[0] === before || at === 0) ? {} : { needs };
}

function stateOfDown(stage: string, down: readonly Down[] = []): { state?: string } {
  const dead = down.find(({ child }) => child === `stage/${stage}`);
  return dead ? { state: dead.until === null ? 'given up' : 'restarting' } : {};
}

function holdsByJob(rows: readonly HoldRow[]): Map<string, HoldView[]> {
  const views = new Map<string, HoldView[]>();
  for (const { job, until, ...hold } of rows) views.set(job, [...(views.get(job) ?? []), { ...hold, ...(until !== null && { until }) }]);
  return views;
}

function countsByStage(rows: readonly CountRow[]): Facts['counts'] {
  const counts: Facts['counts'] = new Map();
  for (const { stageId, state, n } of rows) counts.set(stageId, { ...counts.get(stageId), [TASK_STATES[state]!]: n });
  return counts;
}
