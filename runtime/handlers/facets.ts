/** What an output depends on beside the items: one hash for each facet, so that it can be said which one has changed. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ModelFacets } from '../llm/catalogue.ts';
import type { Schema } from './define.ts';

/** SHA-256 as hex, or '' where there is nothing to hash. */
export type VersionHashes = { bundle: string; prompts: string; model: string; config: string; schema: string };

type Facets = {
  bundle: string;
  prompts: string;
  /** `uses` of the stage, and what the seed's VERSION_DEPS names for it. */
  uses: readonly unknown[] | undefined;
  deps: unknown;
  /** What stands behind the names of models that `uses` holds. */
  models: ModelFacets;
  out: Schema | undefined;
  /** Stages whose outputs it reads. Nothing else of a stage's settings changes what it puts out: not how many run at once, how long or how often. */
  needs: readonly string[];
};

export function hashFacets({ bundle, prompts, uses, deps, models, out, needs }: Facets): VersionHashes {
  return {
    bundle,
    prompts,
    model: uses?.length || deps !== undefined ? hash('sha256', canonical([(uses ?? []).map((use) => withModel(use, models)), deps ?? []])) : '',
    config: hash('sha256', canonical({ needs: [...needs].sort() })),
    schema: out ? hash('sha256', canonical(jsonSchemaOf(out))) : '',
  };
}

/** Another model under the same name makes outputs stale as well. */
function withModel(use: unknown, models: ModelFacets): unknown {
  return typeof use === 'string' && Object.hasOwn(models, use) ? [use, models[use]] : use;
}

/** One hash for all, e.g. for `ctx.idempotencyKey`. */
export function hashOfVersion({ bundle, prompts, model, config, schema }: VersionHashes): string {
  return hash('sha256', [bundle, prompts, model, config, schema].join('|'));
}

/** A schema that no JSON Schema can say is part of the bundle all the same. */
function jsonSchemaOf(out: Schema): unknown {
  try {
    return z.toJSONSchema(out, { io: 'output', unrepresentable: 'any' });
  } catch {
    return null;
  }
}

/** JSON with sorted keys, in which also functions and what else JSON leaves out can be told apart. */
export function canonical(value: unknown, above: readonly unknown[] = []): string {
  if (typeof value === 'function') return JSON.stringify(`function ${value.toString()}`);
  if (typeof value === 'bigint' || typeof value === 'symbol' || value === undefined) return JSON.stringify(`${typeof value} ${String(value)}`);
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(`number ${value}`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (above.includes(value)) return '"circle"';
  if ('_zod' in value) return canonical(jsonSchemaOf(value as Schema), above);
  const inside = [...above, value];
  if (value instanceof Date || value instanceof RegExp) return JSON.stringify(`${value.constructor.name} ${String(value)}`);
  if (value instanceof Map || value instanceof Set) return canonical([...value], inside);
  if (Array.isArray(value)) return `[${value.map((held) => canonical(held, inside)).join()}]`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held, inside)}`).join()}}`;
}
