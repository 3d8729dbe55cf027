/** The configuration that runs: read at the start, replaced as a whole by a reload, never half. */
import { paceOf, type DoctorSpec, type HttpSpec, type JobSpec, type NotifySpec, type RateSpec, type ResourceSpec, type RetentionSpec, type RuntimeSpec } from '../machines/spec.ts';
import { DEFAULT_HTTP } from './config/http.ts';
import { formatProblems, KeptReading, listProblems, loadConfig, type Problem, type Strategies } from './config/index.ts';
import type { ModelSpecs } from './llm/catalogue.ts';
import type { KnownStrategies } from './own-strategies.ts';

/** What a file says that can be used, with the strategies that it was read with. `text`: as it stands there, `${VAR}` unexpanded; `data`: what that says, unchecked. */
export type Configured = RuntimeSpec & { text: string; data: unknown; strategies: Strategies };

/** jobs.yaml has mistakes; nothing was changed. `list` says them without the lines of the file. */
export class InvalidConfiguration extends Error {
  override name = 'InvalidConfiguration';
  readonly list: string;
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(formatProblems(problems));
    this.problems = problems;
    this.list = listProblems(problems);
  }
}

export class ConfigInForce {
  /** jobs.yaml; absolute. */
  readonly file: string;
  private readonly kept: KeptReading | undefined;
  private configured: Configured;
  private otherModels = (): void => {};
  private otherFile = (): void => {};

  /** @throws InvalidConfiguration */
  constructor(file: string, known: KnownStrategies, kept?: KeptReading) {
    this.file = file;
    this.kept = kept;
    this.configured = this.look(known);
  }

  get current(): Configured {
    return this.configured;
  }

  get jobs(): readonly JobSpec[] {
    return this.configured.jobs;
  }

  get retention(): RetentionSpec {
    return this.configured.retention;
  }

  get doctor(): DoctorSpec {
    return this.configured.doctor;
  }

  get notify(): NotifySpec {
    return this.configured.notify;
  }

  /** All that `discovery.strategy` may name. */
  get strategies(): Strategies {
    return this.configured.strategies;
  }

  /** By the names that handlers use. */
  get models(): ModelSpecs {
    return this.configured.models;
  }

  /** A job that is gone may still have an attempt in flight. */
  http(job: string): HttpSpec {
    return this.configured.http[job] ?? DEFAULT_HTTP;
  }

  job(id: string): JobSpec | undefined {
    return this.configured.jobs.find((job) => job.id === id);
  }

  /** Most slots of each resource. */
  capacities(): Record<string, number> {
    return Object.fromEntries(this.configured.resources.map(({ name, concurrency }) => [name, concurrency]));
  }

  /** How fast what uses a resource may start, by its name, and how fast the tasks of a job, as `job/ID`. */
  rates(): Record<string, RateSpec> {
    return ratesOf(this.configured);
  }

  /**
   * What the file says now; nothing follows from it yet.
   * @throws InvalidConfiguration
   */
  look(known: KnownStrategies): Configured {
    const checked = loadConfig(this.file, { ...known, known: (text) => this.kept?.find(text) });
    if (!checked.ok) throw new InvalidConfiguration(checked.problems);
    return { ...checked.spec, text: checked.text, data: checked.data, strategies: known.strategies };
  }

  /** Calls when other models stand behind the names. */
  onModels(changed: () => void): void {
    this.otherModels = changed;
  }

  /** Calls when another file is in force. */
  onAdopted(adopted: () => void): void {
    this.otherFile = adopted;
  }

  /** So that the next start has less to do. */
  keep(): void {
    this.kept?.keep(this.configured.text, this.configured.data);
  }

  adopt(configured: Configured): void {
    const before = JSON.stringify(this.models);
    this.configured = configured;
    this.keep();
    if (before !== JSON.stringify(this.models)) this.otherModels();
    this.otherFile();
  }
}

export function ratesOf({ jobs, resources }: { jobs: readonly JobSpec[]; resources: readonly ResourceSpec[] }): Record<string, RateSpec> {
  const rates: Record<string, RateSpec> = {};
  for (const { name, rate } of resources) if (rate) rates[name] = rate;
  for (const { id, pacing } of jobs) if (pacing) rates[paceOf(id)] = pacing;
  return rates;
}
