/** From what the operator wrote to what the machines need: names in camelCase, defaults applied, `stage_deps` turned into `needs`. */
import { DEFAULT_BREAKER, type BreakerSpec, type JobSpec, type RateSpec, type ResourceSpec, type RestartSpec, type RuntimeSpec, type StageSpec } from '../../machines/spec.ts';
import { doctorSpec } from './doctor.ts';
import { httpSpec } from './http.ts';
import { modelSpec, variablesOfModels } from './model.ts';
import { notifySpec } from './notify.ts';
import type { Config } from './schema.ts';
import { windowSpec, type ReadFile } from './window.ts';
import { defaultBurst, type Rate } from './units.ts';

type JobConfig = Config['jobs'][string];
type StageConfig = JobConfig['stages'][number];

/** Plain JSON: it travels in machine inputs, events and snapshots. */
export function toSpec(config: Config, read?: ReadFile): RuntimeSpec {
  const { retention } = config;
  return {
    jobs: Object.entries(config.jobs).map(([id, job]) => jobSpec(id, job, config, read)),
    resources: Object.entries(config.resources).map(([name, resource]) => resourceSpec(name, resource, config)),
    budget: {
      tz: config.day.tz,
      ...(config.daily_cost_limit !== undefined && { dailyCostLimit: config.daily_cost_limit }),
      ...(config.doctor?.daily_cost_limit !== undefined && { doctorCostLimit: config.doctor.daily_cost_limit }),
    },
    retention: {
      journal: { ageMs: retention.journal.age, rows: retention.journal.rows },
      attemptsMs: retention.attempts,
      logs: { ageMs: retention.logs.age, attempts: retention.logs.attempts },
      outputsMs: retention.outputs,
      artifactsMs: retention.artifacts,
      commandsMs: retention.commands,
      http: { ageMs: retention.http.age, bytes: retention.http.size },
      llm: { ageMs: retention.llm.age, bytes: retention.llm.size },
      config: { ageMs: retention.config.age, revisions: retention.config.revisions },
    },
    doctor: doctorSpec(config.doctor),
    notify: notifySpec(config.notify),
    http: Object.fromEntries(Object.entries(config.jobs).map(([id, job]) => [id, httpSpec(config.http, job.http)])),
    models: Object.fromEntries(Object.entries(config.models).map(([alias, model]) => [alias, modelSpec(model)])),
    port: config.inspector.port,
  };
}

function jobSpec(id: string, job: JobConfig, { defaults, models }: Config, read: ReadFile | undefined): JobSpec {
  const { strategy, every, ...options } = job.discovery;
  const { max_pending, daily_cost_limit, item_cost_limit, validate } = job.guards;
  return {
    id,
    ...(job.emoji && { emoji: job.emoji }),
    ...(job.pipeline && { pipeline: job.pipeline }),
    handler: job.handler,
    discovery: { strategy, everyMs: every ?? defaults.discovery.every, options },
    ...(job.accepts && { accepts: job.accepts }),
    stages: job.stages.map((stage, index) => stageSpec(stage, needsOf(job, index), defaults)),
    guards: {
      ...(max_pending !== undefined && { maxPending: max_pending }),
      ...(daily_cost_limit !== undefined && { dailyCostLimit: daily_cost_limit }),
      ...(item_cost_limit !== undefined && { itemCostLimit: item_cost_limit }),
      validate,
    },
    breaker: breakerSpec({ ...defaults.breaker, ...job.breaker }),
    requires: requirements(job, models),
    ...ageingOf(job.priority?.ageing ?? defaults.priority.ageing),
    ...(job.pacing && { pacing: 'rate' in job.pacing ? rateSpec(job.pacing.rate, job.pacing.burst) : rateSpec(job.pacing) }),
    restart: restartSpec({ ...defaults.restart, ...job.restart }),
    ...(job.window !== undefined && { window: windowSpec(job.window, read) }),
  };
}

function resourceSpec(name: string, { concurrency, rate, burst, breaker }: Config['resources'][string], { defaults }: Config): ResourceSpec {
  const { scope: _, code_bug: __, ...written } = { ...defaults.breaker, ...breaker };
  return { name, concurrency, ...(rate && { rate: rateSpec(rate, burst) }), ...(Object.keys(written).length > 0 && { breaker: breakerSpec(written) }) };
}

function breakerSpec({ code_bug, cool_down, ...written }: Config['defaults']['breaker']): BreakerSpec {
  return { ...DEFAULT_BREAKER, ...written, ...(code_bug !== undefined && { codeBug: code_bug }), ...(cool_down && { coolDown: { baseMs: cool_down.baseMs, capMs: cool_down.capMs } }) };
}

/** A model is there when the variables are that its address and its key are made of. */
function requirements({ requires: { env, bin, models: aliases } }: JobConfig, models: Config['models']): JobSpec['requires'] {
  const named = aliases.map((alias) => models[alias]).filter((model) => model !== undefined);
  return { env: [...new Set([...env, ...variablesOfModels(named.map(modelSpec))])], bin };
}

function stageSpec(stage: StageConfig, needs: string[], defaults: Config['defaults']): StageSpec {
  const { baseMs, capMs } = stage.retry?.backoff ?? defaults.retry.backoff;
  return {
    name: stage.name,
    needs,
    concurrency: stage.concurrency ?? defaults.concurrency,
    resources: [stage.resource ?? []].flat(),
    timeoutMs: stage.timeout ?? defaults.timeout,
    retry: { max: stage.retry?.max ?? defaults.retry.max, baseMs, capMs },
    isolate: stage.isolate ?? defaults.isolate,
    ...(stage.max_cost !== undefined && { maxCost: stage.max_cost }),
    ...(stage.daily_cost_limit !== undefined && { dailyCostLimit: stage.daily_cost_limit }),
  };
}

const ageingOf = (ageing: number | 'never') => (ageing === 'never' ? {} : { ageingMs: ageing });

const rateSpec = (rate: Rate, burst = defaultBurst(rate)): RateSpec => ({ ...rate, burst });
function restartSpec({ max, within, stalled_after }: Config['defaults']['restart']): RestartSpec {
  return { max, withinMs: within, stalledAfterMs: stalled_after };
}

/** Once `stage_deps` is given it says everything: a stage that is no key in it needs none. */
function needsOf({ stages, stage_deps }: JobConfig, index: number): string[] {
  if (stage_deps) return stage_deps[stages[index]!.name] ?? [];
  return stages.slice(Math.max(0, index - 1), index).map((stage) => stage.name);
}
