/** The models of jobs.yaml: by the names that handlers use, with their variables filled in. */
import type { ModelSpec } from '../../machines/spec.ts';
import { expand, variablesOf } from '../config/expand.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import type { Secrets } from '../handlers/redact.ts';
import { LlmNotConfigured } from './errors.ts';
import { OPENAI_URL } from './prices.ts';

export type ModelSpecs = Readonly<Record<string, ModelSpec>>;
type Env = Readonly<Record<string, string | undefined>>;

/** `baseUrl`, `apiKey`, `model`: expanded. */
export type Model = Omit<ModelSpec, 'baseUrl' | 'apiKey'> & { alias: string; baseUrl: string; apiKey: string };

/** For servers that want none, and for cassettes. */
const NO_KEY = 'none';

/** Its own name, `default`, or the first one of the file. Throws `LlmNotConfigured`. */
export function specOf(specs: ModelSpecs, alias: string | undefined): { alias: string; spec: ModelSpec } {
  const names = Object.keys(specs);
  const name = alias !== undefined && alias !== 'default' ? alias : Object.hasOwn(specs, 'default') ? 'default' : names[0];
  if (name !== undefined && Object.hasOwn(specs, name)) return { alias: name, spec: specs[name]! };
  if (names.length === 0) throw new LlmNotConfigured(`jobs.yaml names no models: write models: { ${alias ?? 'default'}: gpt-4o-mini } there, or {model, base_url, api_key} for another provider`);
  throw new LlmNotConfigured(`jobs.yaml has no model "${name}"${didYouMeanOrList(name!, names)}`);
}

/** With its variables. Throws `LlmNotConfigured` when one is not set, unless `keyless`: then a key is not needed. */
export function modelOf(specs: ModelSpecs, asked: string | undefined, { env, secrets, keyless = false }: { env: Env; secrets?: Secrets; keyless?: boolean }): Model {
  const { alias, spec } = specOf(specs, asked);
  const { apiKey = NO_KEY, baseUrl = OPENAI_URL, model, ...rest } = spec;
  const needed = keyless ? `${baseUrl} ${model}` : `${baseUrl} ${model} ${apiKey}`;
  const unset = variablesOf(needed).filter((name) => !env[name]);
  if (unset.length > 0) {
    throw new LlmNotConfigured(`the model "${alias}" needs ${unset.join(' and ')}, which is not set: set it in the environment and start again; \`requires: { models: [${alias}] }\` in jobs.yaml makes the job wait for it`);
  }
  for (const name of variablesOf(apiKey)) if (env[name]) secrets?.add(name, env[name]);
  const key = variablesOf(apiKey).every((name) => env[name]) ? expand(apiKey, env) : NO_KEY;
  return { ...rest, alias, model: expand(model, env), baseUrl: expand(baseUrl, env).replace(/\/+$/, ''), apiKey: key };
}

/** Whether it can be asked, as far as the configuration can say. */
export function isThere(models: { specs(): ModelSpecs; keyless: boolean }, alias: string | undefined, env: Env): boolean {
  try {
    return modelOf(models.specs(), alias, { env, keyless: models.keyless }) !== undefined;
  } catch (error) {
    if (error instanceof LlmNotConfigured) return false;
    throw error;
  }
}

/** Of a model, what its answers depend on: with this they become stale. Neither the price nor the key is part of it. */
export type ModelFacets = Readonly<Record<string, { model: string; baseUrl: string; temperature?: number }>>;

export function facetsOf(specs: ModelSpecs): ModelFacets {
  const facets = Object.entries(specs).map(([alias, { model, baseUrl = OPENAI_URL, temperature }]) => [alias, { model, baseUrl, ...(temperature !== undefined && { temperature }) }] as const);
  const [first] = facets;
  return Object.fromEntries([...(first && !Object.hasOwn(specs, 'default') ? [['default', first[1]] as const] : []), ...facets]);
}
