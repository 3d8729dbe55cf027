/** The configuration that runs: read at the start, replaced as a whole by a reload, never half. */
import type { HttpSpec, JobSpec, RetentionSpec, RuntimeSpec } from '../machines/spec.ts';
import { DEFAULT_HTTP } from './config/http.ts';
import { formatProblems, loadConfig, type Problem, type Strategies } from './config/index.ts';
import type { KnownStrategies } from './own-strategies.ts';

/** jobs.yaml has mistakes; nothing was changed. */
export class InvalidConfiguration extends Error {
  override name = 'InvalidConfiguration';
  constructor(problems: readonly Problem[]) {
    super(formatProblems([...problems]));
  }
}

export class ConfigInForce {
  private readonly file: string;
  private known: KnownStrategies;
  private spec: RuntimeSpec & { text: string };

  /** @throws InvalidConfiguration */
  constructor(file: string, known: KnownStrategies) {
    this.file = file;
    this.known = known;
    this.spec = this.read(known);
  }

  get jobs(): readonly JobSpec[] {
    return this.spec.jobs;
  }

  /** As it stands in the file, `${VAR}` unexpanded. */
  get text(): string {
    return this.spec.text;
  }

  get retention(): RetentionSpec {
    return this.spec.retention;
  }

  /** All that `discovery.strategy` may name. */
  get strategies(): Strategies {
    return this.known.strategies;
  }

  /** A job that is gone may still have an attempt in flight. */
  http(job: string): HttpSpec {
    return this.spec.http[job] ?? DEFAULT_HTTP;
  }

  job(id: string): JobSpec | undefined {
    return this.spec.jobs.find((job) => job.id === id);
  }

  /** Most slots of each resource. */
  capacities(): Record<string, number> {
    return Object.fromEntries(this.spec.resources.map(({ name, concurrency }) => [name, concurrency]));
  }

  /**
   * Reads the file again, and takes the strategies as they are now.
   * @returns what is different, in words
   * @throws InvalidConfiguration
   */
  reload(known: KnownStrategies): string {
    const before = this.spec.jobs;
    this.spec = this.read(known);
    this.known = known;
    return difference(before, this.spec.jobs);
  }

  private read(known: KnownStrategies): RuntimeSpec & { text: string } {
    const checked = loadConfig(this.file, known);
    if (!checked.ok) throw new InvalidConfiguration(checked.problems);
    return { ...checked.spec, text: checked.text };
  }
}

function difference(before: readonly JobSpec[], after: readonly JobSpec[]): string {
  const old = new Map(before.map((job) => [job.id, JSON.stringify(job)]));
  const parts = {
    new: after.filter(({ id }) => !old.has(id)),
    changed: after.filter((job) => old.has(job.id) && old.get(job.id) !== JSON.stringify(job)),
    archived: before.filter(({ id }) => !after.some((job) => job.id === id)),
  };
  const said = Object.entries(parts).filter(([, jobs]) => jobs.length > 0).map(([what, jobs]) => `${what}: ${jobs.map(({ id }) => id).join(', ')}`);
  return said.join('; ') || 'nothing changed in the jobs';
}
