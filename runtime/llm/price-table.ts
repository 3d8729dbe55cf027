/** What the models of jobs.yaml cost, and who says so. */
import { createRequire } from 'node:module';
import type { PricedModel, PricesView } from '../../inspector/protocol.ts';
import type { ModelSpec } from '../../machines/spec.ts';
import { expand, variablesOf } from '../config/expand.ts';
import { OPENAI_URL, priceOf, type Usage } from './prices.ts';

/** `doctor`: its own, where it has one. */
export type NamedModels = { env: Readonly<Record<string, string | undefined>>; models: Readonly<Record<string, ModelSpec>>; doctor?: ModelSpec | undefined };

/** Prices of many tokens are those of the first ones: some models are dearer beyond a length. */
const TOKENS = 100_000;
const TABLE = '@pydantic/genai-prices';

export function pricesNow({ env, models, doctor }: NamedModels): PricesView {
  const { dependencies } = createRequire(import.meta.url)('../../package.json') as { dependencies: Record<string, string> };
  const named = [...Object.entries(models), ...(doctor ? [[null, doctor] as const] : [])];
  return { table: `${TABLE} ${dependencies[TABLE]}`, models: named.map(([alias, spec]) => priced(alias, spec, env)) };
}

function priced(alias: string | null, { model: written, baseUrl = OPENAI_URL, price }: ModelSpec, env: NamedModels['env']): PricedModel {
  const [model, url] = [written, baseUrl].map((text) => (variablesOf(text).every((name) => env[name]) ? expand(text, env) : text)) as [string, string];
  const about = { alias, model, host: URL.canParse(url) ? new URL(url).host : url };
  if (price) return { ...about, source: 'jobs.yaml', cached: price.input, ...price };
  const known = priceOf({ model }, url);
  if (!known) return { ...about, source: null };
  // A micro-dollar for a token is a dollar for a million.
  const perMillion = (usage: Usage) => known(usage) / TOKENS;
  return { ...about, source: 'table', input: perMillion({ input: TOKENS, output: 0 }), output: perMillion({ input: 0, output: TOKENS }), cached: perMillion({ input: TOKENS, output: 0, cached: TOKENS }) };
}
