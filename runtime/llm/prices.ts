/**
 * What calls cost. jobs.yaml goes first, then the table of `@pydantic/genai-prices`, which is part of the package: nothing is
 * asked of the network. A model that neither knows is unpriced: what it costs is not nothing, but unknown.
 */
import { createRequire } from 'node:module';
import type { ModelPrice, ModelSpec } from '../../machines/spec.ts';

/** `input` holds `cached`. `seconds`: of audio; `audio`: tokens of audio within `input`. */
export type Usage = { input: number; output: number; cached?: number; audio?: number; seconds?: number };
/** Micro-dollars, rounded up. */
export type Price = (usage: Usage) => number;

export const OPENAI_URL = 'https://api.openai.com/v1';

type Table = typeof import('@pydantic/genai-prices');
/** Loaded by the first call: it takes 50 ms, and `jobctl check` cannot wait for a promise. */
const table = (): Table => createRequire(import.meta.url)('@pydantic/genai-prices') as Table;

/** @param baseUrl expanded; @param at ms since the epoch, for prices that change; now when left out. Undefined for a model that is unpriced. */
export function priceOf({ price, model }: Pick<ModelSpec, 'price' | 'model'>, baseUrl: string, at?: number): Price | undefined {
  if (price) return (usage) => roundedUp(byHand(price, usage));
  return known(table(), model, baseUrl, at);
}

/** What is only the error of the sum is not rounded up. */
const roundedUp = (microUsd: number): number => Math.max(0, Math.ceil(microUsd - 1e-6));

/** A dollar for a million tokens is a micro-dollar for one. */
function byHand({ input: perInput, output: perOutput, cached: perCached = perInput, minute = 0 }: ModelPrice, usage: Usage): number {
  const cached = Math.min(usage.cached ?? 0, usage.input);
  return (usage.input - cached) * perInput + cached * perCached + usage.output * perOutput + ((usage.seconds ?? 0) / 60) * minute * 1e6;
}

/** By provider: the same name at another address is another model, or free. */
function known({ calcPrice, findProvider }: Table, model: string, baseUrl: string, at: number | undefined): Price | undefined {
  const provider = findProvider({ providerApiUrl: baseUrl });
  if (!provider) return undefined;
  const usd = ({ input, output, cached = 0, audio = 0, seconds }: Usage) =>
    calcPrice(
      { input_tokens: input, output_tokens: output, cache_read_tokens: Math.min(cached, input - audio), ...(audio > 0 && { input_audio_tokens: audio }), ...(seconds !== undefined && { audio_seconds: seconds }) },
      model,
      { provider, ...(at !== undefined && { timestamp: new Date(at) }) },
    )?.total_price;
  return usd({ input: 1, output: 1 }) === undefined ? undefined : (usage) => roundedUp(usd(usage)! * 1e6);
}
