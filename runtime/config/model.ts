/** `models:` in jobs.yaml: the models that handlers ask, by the names that they use for them. */
import { z } from 'zod';
import type { ModelSpec } from '../../machines/spec.ts';
import { variablesOf } from './expand.ts';
import { duration } from './units.ts';
import { name, secret, text, usd } from './words.ts';

const price = z
  .strictObject({
    input: usd.describe('for a million tokens of input'),
    cached: usd.optional().describe('for a million tokens of input that the provider had read before; as `input` when left out'),
    output: usd.describe('for a million tokens of output'),
    minute: usd.optional().describe('for a minute of audio'),
  })
  .describe('US dollars; it goes before the prices that Rivus knows');

const inFull = z.strictObject({
  model: text.describe("the provider's name of the model"),
  base_url: text.optional().describe('of an OpenAI-compatible API, such as http://localhost:11434/v1; a host that is named here may be a private one'),
  api_key: secret.optional().describe('write a ${NAME} here, never the key; ${OPENAI_API_KEY} when there is no base_url'),
  price: price.optional(),
  max_output_tokens: z.int().min(1).max(1_000_000).optional().describe('most tokens of an answer where the handler does not say; 4096 when left out'),
  temperature: z.number().min(0).max(2).optional(),
  timeout: duration.optional().describe('of one call; 2m when left out'),
});

export const model = z.union([text, inFull], { error: "must be a model's name, or {model, base_url, api_key, price, …}" }).meta({ id: 'Model', description: 'a model of any OpenAI-compatible API' });

export const models = z.record(name, model).describe('models by the names that handlers use for them; `default` is the one that is asked when a handler names none, else the first');

export const OPENAI_KEY = '${OPENAI_API_KEY}';

export type ModelsConfig = z.input<typeof models>;

/** By alias, in the order of the file. */
export const modelSpecs = (written: ModelsConfig = {}): Record<string, ModelSpec> => Object.fromEntries(Object.entries(models.parse(written)).map(([alias, model]) => [alias, modelSpec(model)]));

export function modelSpec(written: z.output<typeof model>): ModelSpec {
  if (typeof written === 'string') return { model: written, apiKey: OPENAI_KEY };
  const { model, base_url: baseUrl, api_key: apiKey = baseUrl === undefined ? OPENAI_KEY : undefined, price, max_output_tokens: maxOutputTokens, temperature, timeout: timeoutMs } = written;
  return JSON.parse(JSON.stringify({ model, baseUrl, apiKey, price, maxOutputTokens, temperature, timeoutMs }));
}

/** Names of the variables that a call cannot do without. */
export const variablesOfModels = (models: readonly ModelSpec[]): string[] => models.flatMap(({ model, baseUrl = '', apiKey = '' }) => variablesOf(`${model} ${baseUrl} ${apiKey}`));
