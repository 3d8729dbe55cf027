/**
 * The names in a file and where they stand, read without trust: the checks across the file also run when a part of it
 * has the wrong shape, so that all mistakes are reported at once. What is no name is left to the schema.
 */
import type { Path } from './locate.ts';

/** A name, and where it was written. */
export type Word = { text: string; path: Path };

export type StageOutline = { name: Word; resources: Word[] };

export type JobOutline = {
  id: string;
  path: Path;
  handler?: Word | undefined;
  strategy?: Word | undefined;
  /** What stands under `discovery` beside `strategy` and `every`. */
  options: Record<string, unknown>;
  /** Patterns of web addresses. */
  accepts: Word[];
  stages: StageOutline[];
  deps: { stage: Word; needs: Word[] }[];
  /** Of `requires`. */
  models: Word[];
};

export type Outline = { resources: string[]; models: string[]; jobs: JobOutline[] };

export function outlineOf(data: unknown): Outline {
  const file = map(data);
  return {
    resources: Object.keys(map(file.resources)),
    models: Object.keys(map(file.models)),
    jobs: Object.entries(map(file.jobs)).map(([id, job]) => jobOutline(id, map(job))),
  };
}

function jobOutline(id: string, job: Record<string, unknown>): JobOutline {
  const path = ['jobs', id];
  const { strategy, every, ...options } = map(job.discovery);
  return {
    id,
    path,
    handler: word(job.handler, [...path, 'handler']),
    strategy: word(strategy, [...path, 'discovery', 'strategy']),
    options,
    accepts: words(job.accepts, [...path, 'accepts']),
    stages: list(job.stages).flatMap((stage, index) => {
      const at = [...path, 'stages', index];
      const { name, resource } = map(stage);
      const named = word(name, [...at, 'name']);
      return named ? [{ name: named, resources: words(resource, [...at, 'resource']) }] : [];
    }),
    models: words(map(job.requires).models, [...path, 'requires', 'models']),
    deps: Object.entries(map(job.stage_deps)).map(([stage, needs]) => {
      const at = [...path, 'stage_deps', stage];
      return { stage: { text: stage, path: at }, needs: words(needs, at) };
    }),
  };
}

function words(value: unknown, path: Path): Word[] {
  if (!Array.isArray(value)) return [word(value, path) ?? []].flat();
  return value.flatMap((entry, index) => word(entry, [...path, index]) ?? []);
}

function word(value: unknown, path: Path): Word | undefined {
  return typeof value === 'string' ? { text: value, path } : undefined;
}

function map(value: unknown): Record<string, unknown> {
  return Object(value) === value && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
